import type { RecordMode } from '../use/record-mode.ts'

/** What `-u` and `--ci` of Jest and Vitest mean for cassettes. @param update the runner's word for it. */
export const modeOfSnapshots = (update: unknown): RecordMode | undefined =>
  typeof update === 'string' ? MODES[update] : undefined

/** `new`: what is missing is recorded, unless options say something else. */
const MODES: Readonly<Record<string, RecordMode>> = { all: 'update', none: 'none' }
