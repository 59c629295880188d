/** From this many bytes on, unreadable content is stored next to a cassette instead of in it. */
export const BLOB_SIZE = 65_536

/** The name of a blob. It cannot be a path, so no cassette can point outside its folder. */
export const BLOB_NAME = /^[\da-f]{64}$/

/** A range of a blob, which is stored next to the cassette. */
export interface BlobRange {
  /** The hash of the whole blob, in 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly from: number
  /** The offset after the last byte. */
  readonly to: number
}

/** A blob whose bytes match its name. */
export interface OpenBlob {
  readonly size: number
  /** Whether its bytes are read from the disk each time, because they are not in memory. */
  readonly isLong: boolean
  /** @throws CassetteError `BLOB_DAMAGED` if it has changed since it was opened. */
  read(from: number, to: number): Uint8Array
}

/** Opens the blobs that a text names. */
export interface BlobSource {
  /** @throws CassetteError that names the blob: `BLOB_MISSING`, `BLOB_DAMAGED` and others. */
  open(sha256: string): OpenBlob
}

/** A blob that is written in parts. A failure removes it. */
export interface BlobWriter {
  /** Returns the place of the bytes in the blob. */
  write(bytes: Uint8Array): Omit<BlobRange, 'sha256'>
  /** Returns the name of the blob, which is on the disk then. */
  finish(): string
  /** Discards the written bytes. */
  discard(): void
}

/** Stores the bytes of a text that become blobs. */
export interface BlobSink {
  /** Returns the name of the blob, which is on the disk then. */
  write(bytes: Uint8Array): string
  /** Begins a blob that need not fit into memory. */
  begin(): BlobWriter
}

/** Means that a text is self-contained: it holds all bytes and names no blob. */
export const INLINE = 'inline'
export type Inline = typeof INLINE
