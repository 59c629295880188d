/** What `wiretape record -- COMMAND` passes to the processes that it starts: JSON in the variable {@link RECORDING_VARIABLE}. */
export interface ChildRecording {
  /** The cassette, an absolute path. */
  readonly file: string
  /** The cassette as the user named it. */
  readonly name: string
  readonly adds: boolean
  readonly allowSecrets: boolean
  /** The file to which a process writes the {@link ChildState} of the recording. */
  readonly state: string
}

export const RECORDING_VARIABLE = 'WIRETAPE_RECORDING'

/** `open`: something connected; `ended`: the recording is saved, or the reason why not is printed. */
export type ChildState = 'open' | 'ended'

/** @throws SyntaxError or TypeError if the variable was not set by this package. */
export function parseChildRecording(json: string): ChildRecording {
  const value: unknown = JSON.parse(json)
  if (!isChildRecording(value)) throw new TypeError(`${RECORDING_VARIABLE} is not what wiretape record sets`)
  return value
}

const isChildRecording = (value: unknown): value is ChildRecording =>
  typeof value === 'object' &&
  value !== null &&
  'file' in value &&
  typeof value.file === 'string' &&
  'name' in value &&
  typeof value.name === 'string' &&
  'adds' in value &&
  typeof value.adds === 'boolean' &&
  'allowSecrets' in value &&
  typeof value.allowSecrets === 'boolean' &&
  'state' in value &&
  typeof value.state === 'string'
