import { Recording, type RecordingOptions } from '../recorder/recording.ts'
import { RecordingInMemory } from '../recorder/recording-in-memory.ts'
import type { Cassette } from '../tape/cassette.ts'
import type { Connector } from '../transport.ts'

/** Records the traffic, and lets it be read again. */
export interface Notes {
  /** The cassette to which it is added. */
  readonly base: Cassette | undefined
  /** All of it, `base` included. */
  readonly cassette: Cassette
  /** The same in the form in which it is or would be saved. */
  readonly redacted: Cassette
  wrap(inner: Connector): Connector
  save(): Promise<void>
  discard(): void
}

/** How to make a recording. */
export interface NotesOptions extends RecordingOptions {
  /** Whether it is written to a file. */
  readonly saves: boolean
}

/** Begins a recording at `path`, in a file or in memory; `base` is the existing cassette. @throws CassetteError as `Recording.open`. */
export async function openNotes(path: string, base: Cassette | undefined, options: NotesOptions): Promise<Notes> {
  const { saves, ...recording } = options
  return saves ? Recording.open(path, recording) : new RecordingInMemory(base, recording)
}
