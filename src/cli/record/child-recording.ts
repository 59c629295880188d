/** What a process that `wiretape record -- COMMAND` starts finds in its environment under {@link RECORDING_VARIABLE}, as JSON. */
export interface ChildRecording {
  /** The cassette, an absolute path. */
  readonly file: string
  /** The cassette as the user named it. */
  readonly name: string
  readonly adds: boolean
  readonly allowSecrets: boolean
  /** A file that takes a {@link ChildState}: what has become of the recording. */
  readonly state: string
}

export const RECORDING_VARIABLE = 'WIRETAPE_RECORDING'

/** `open`: something connected; `ended`: what there was is saved, or why not has been told. */
export type ChildState = 'open' | 'ended'

/** @throws SyntaxError or TypeError for a variable that nobody but this package should set. */
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
