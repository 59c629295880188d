import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CassetteError } from '../errors.ts'
import { replaceFile } from './append-only-file.ts'
import { BlobsBeside, removeUnnamedBlobs } from './blobs.ts'
import type { Cassette, DecodedCassette, TapeEvent } from '../tape/cassette.ts'
import { decodeWithBlobs, encodeWithBlobs } from '../format/codec.ts'
import { checkFaithful } from '../format/faithful.ts'
import { type CodesBySystemCode, fileError, systemCode } from './file-error.ts'
import { openLazily } from '../format/lazy-reader.ts'
import { recordsOf } from '../tape/record.ts'
import { salvage } from './salvage.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'

/**
 * Reads the cassette at `path`.
 *
 * @throws CassetteError that names the file: `CASSETTE_NOT_FOUND` where there is none, `NOT_A_REGULAR_FILE` for a folder, link, pipe or
 * device, `CASSETTE_IO` where the system refuses, `CASSETTE_TOO_LARGE`, and what `decodeCassette` throws. A broken cassette is
 * never taken for a missing one.
 */
export async function loadCassette(path: string, { recover = false }: LoadOptions = {}): Promise<DecodedCassette> {
  const bytes = await readRegularFile(path)
  return recover ? salvage(bytes, path).cassette : decodeText(bytes, path)
}

/**
 * Reads the cassette at `path` to be played: quickly, however long it is.
 *
 * The answers are decoded when they are asked for, so what is broken in one is told then; checksums are not looked at. A
 * cassette in another form than the one in which it was written is decoded as a whole. The `bytes` of an event are decoded each time that
 * they are read, as `{ ...event }` does, which makes a plain copy.
 *
 * @throws CassetteError as {@link loadCassette}.
 */
export async function openCassette(path: string): Promise<Cassette> {
  const bytes = await readRegularFile(path)
  return openLazily(bytes, path, new BlobsBeside(path)) ?? decodeText(bytes, path)
}

export interface LoadOptions {
  /** Whether of a file that has lost its end (`TORN_TAIL`) the whole records are read. Default: `false`. */
  readonly recover?: boolean | undefined
}

/** The cassette in a file that nobody has to trust. @throws CassetteError as {@link loadCassette}. */
export function decodeText(bytes: Uint8Array, path: string): DecodedCassette {
  return decodeWithBlobs(decodeUtf8(withoutCutCharacter(bytes, path), path), path, new BlobsBeside(path))
}

/** A file that was cut may end within a character; it is refused for what it lost, which is more. */
function withoutCutCharacter(bytes: Uint8Array, path: string): Uint8Array {
  const cut = CUT_CHARACTER.exec(Buffer.from(bytes.subarray(-3)).toString('latin1'))?.[0].length ?? 0
  const whole = bytes.subarray(0, bytes.length - cut)
  if (cut === 0 || !isUtf8(whole)) return bytes
  try {
    decodeWithBlobs(decodeUtf8(whole, path), path, new BlobsBeside(path))
  } catch (error) {
    if (error instanceof CassetteError && error.code === 'TORN_TAIL') throw error
  }
  return bytes
}

/** The beginning of a character of UTF-8 whose rest is missing. */
const CUT_CHARACTER = /(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$/

/**
 * Writes a cassette to `path`, folder included, so that there is the old file or the whole new one at any moment.
 *
 * What will be written is decoded again and compared byte for byte first.
 *
 * @throws CassetteError that names the file: `CASSETTE_UNFAITHFUL` where this cassette cannot be given back exactly,
 * `NOT_A_REGULAR_FILE`, `CASSETTE_IO`. The old file is then as it was.
 */
export async function saveCassette(
  path: string,
  cassette: Cassette,
  { records = recordsOf(cassette.tape) }: SaveOptions = {},
): Promise<void> {
  const blobs = new BlobsBeside(path)
  try {
    const text = encodeWithBlobs(cassette, records, blobs)
    checkFaithful(path, text, cassette, blobs)
    const bytes = Buffer.from(text)
    if (bytes.length > MAX_SIZE) throw new CassetteError('CASSETTE_TOO_LARGE', `${bytes.length} bytes`, { file: path })
    await mkdir(dirname(path), { recursive: true })
    await checkTarget(path)
    replaceFile(path, bytes)
  } catch (error) {
    removeUnnamedBlobs(path, blobs.written)
    throw fileError(error, path)
  }
}

export interface SaveOptions {
  /** The events as they are to be listed, record by record. Default: as the events themselves tell. */
  readonly records?: readonly (readonly TapeEvent[])[] | undefined
}

/** @throws CassetteError as {@link loadCassette}. */
export async function readRegularFile(path: string): Promise<Uint8Array> {
  try {
    // A pipe without a writer would block `open`, a link could lead out of the folder.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const stats = await file.stat()
    if (!stats.isFile()) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
    if (stats.size > MAX_SIZE)
      throw new CassetteError('CASSETTE_TOO_LARGE', `it has ${stats.size} bytes`, { file: path })
    return await readAll(file, stats.size)
  } catch (error) {
    throw fileError(error, path, OPEN_ERRORS)
  }
}

/** At once: in parts, as `readFile` does it, a large file takes three times as long. */
async function readAll(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(size)
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(bytes, at, size - at, at)
    if (bytesRead === 0) return bytes.subarray(0, at)
    at += bytesRead
  }
  return bytes
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
  const isUtf16 = /^(?:\xff\xfe|\xfe\xff)/.test(Buffer.from(bytes.subarray(0, 2)).toString('latin1'))
  const detail = isUtf16 ? 'it is UTF-16; save it as UTF-8' : 'these bytes are not UTF-8'
  throw new CassetteError('CASSETTE_SYNTAX', detail, { file, ...placeOfBadByte(bytes) })
}

/** Line and column of the first byte that is not UTF-8. */
function placeOfBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  for (let start = 0, line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length
    const row = bytes.subarray(start, end)
    if (!isUtf8(row) || end === bytes.length) return { line, column: columnOfBadByte(row) }
    start = end
  }
}

/** Characters before the first bad byte, plus one. A decoder that expects more bytes keeps back what may still become a character. */
function columnOfBadByte(row: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let before = ''
  try {
    for (const byte of row) before += decoder.decode(Uint8Array.of(byte), { stream: true })
  } catch {
    // The byte that was looked for.
  }
  return before.length + 1
}

/** Refuses to put a file in the place of something that is not one; `rename` alone would replace a link or a pipe. */
async function checkTarget(path: string): Promise<void> {
  const stats = await lstat(path).catch(ignoreMissing)
  if (stats?.isFile() === false) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
}

function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error
}

const OPEN_ERRORS: CodesBySystemCode = {
  ENOENT: 'CASSETTE_NOT_FOUND',
  ENOTDIR: 'CASSETTE_NOT_FOUND',
  ELOOP: 'NOT_A_REGULAR_FILE', // a link, opened with O_NOFOLLOW
  ENXIO: 'NOT_A_REGULAR_FILE', // a socket
}
