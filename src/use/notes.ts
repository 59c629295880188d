import { Recording, type RecordingOptions } from '../recorder/recording.ts'
import { RecordingInMemory } from '../recorder/recording-in-memory.ts'
import type { Cassette } from '../tape/cassette.ts'
import type { Connector } from '../transport.ts'

/** What notes the traffic, and where that can be read again. */
export interface Notes {
  /** What it is added to. */
  readonly base: Cassette | undefined
  /** All of it, `base` included. */
  readonly cassette: Cassette
  /** The same as it is saved, or would be. */
  readonly redacted: Cassette
  wrap(inner: Connector): Connector
  save(): Promise<void>
  discard(): void
}

/** How a recording is made. */
export interface NotesOptions extends RecordingOptions {
  /** Whether it gets into a file. */
  readonly saves: boolean
}

/** Begins a recording at `path`, in a file or in memory; `base` is the cassette that is there. @throws CassetteError as `Recording.open`. */
export async function openNotes(path: string, base: Cassette | undefined, options: NotesOptions): Promise<Notes> {
  const { saves, ...recording } = options
  return saves ? Recording.open(path, recording) : new RecordingInMemory(base, recording)
}
