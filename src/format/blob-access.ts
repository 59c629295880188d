/** Bytes from which on what nobody reads lies beside a cassette instead of in it. */
export const BLOB_SIZE = 65_536

/** Names a blob, and is never a path: no cassette can point out of its folder. */
export const BLOB_NAME = /^[\da-f]{64}$/

/** Some bytes of a blob, which lies beside the cassette. */
export interface BlobRange {
  /** Of the whole blob, in 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly from: number
  /** Behind the last byte. */
  readonly to: number
}

/** A blob whose bytes are what its name says. */
export interface OpenBlob {
  readonly size: number
  /** Whether its bytes are not in memory, and are read each time that somebody asks for them. */
  readonly isLong: boolean
  /** @throws CassetteError `BLOB_DAMAGED` if it was changed since it was opened. */
  read(from: number, to: number): Uint8Array
}

/** Gives the blobs that a text names. */
export interface BlobSource {
  /** @throws CassetteError that names the blob: `BLOB_MISSING`, `BLOB_DAMAGED` and others. */
  open(sha256: string): OpenBlob
}

/** A blob that is written in parts. After a failure nothing is left of it. */
export interface BlobWriter {
  /** Returns where the bytes stand in the blob. */
  write(bytes: Uint8Array): Omit<BlobRange, 'sha256'>
  /** Returns the name of the blob, which is on the disk then. */
  finish(): string
  /** Gives up what was written. */
  discard(): void
}

/** Takes the bytes of a text that are to be blobs. */
export interface BlobSink {
  /** Returns the name of the blob, which is on the disk then. */
  write(bytes: Uint8Array): string
  /** Begins a blob whose bytes need not be in memory all at once. */
  begin(): BlobWriter
}

/** Says that a text stands for itself: all bytes are in it, and it may name no blob. */
export const INLINE = 'inline'
export type Inline = typeof INLINE
