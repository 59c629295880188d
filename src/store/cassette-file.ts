import { isUtf8 } from 'node:buffer'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { CassetteError } from '../errors.ts'
import { BlobFiles } from './blob-files.ts'
import type { Cassette, DecodedCassette } from '../tape/cassette.ts'
import { decodeWithBlobs } from '../format/decode.ts'
import { type CodesBySystemCode, fileError } from './file-error.ts'
import { openLazily } from '../format/lazy-reader.ts'
import { MAX_SIZE } from '../format/yaml-reader.ts'

/**
 * Reads the cassette at `path` for replaying. This is quick even if the cassette is long.
 *
 * Responses are decoded when their bytes are read, and errors in them are thrown then; checksums are not checked. A cassette that was
 * edited into another form is decoded at once. The `bytes` of an event are decoded each time they are read; `{ ...event }` reads them
 * once and gives a plain copy.
 *
 * @throws CassetteError as `loadCassette`.
 */
export async function openCassette(path: string): Promise<Cassette> {
  const bytes = await readRegularFile(path)
  return openLazily(bytes, path, new BlobFiles(path)) ?? decodeText(bytes, path)
}

/** Decodes all of a cassette file and checks it. @throws CassetteError as `loadCassette`. */
export function decodeText(bytes: Uint8Array, path: string): DecodedCassette {
  return decodeWithBlobs(decodeUtf8(withoutCutCharacter(bytes, path), path), path, new BlobFiles(path))
}

/** A file that was cut may end within a character; the error should be that its end is missing. */
function withoutCutCharacter(bytes: Uint8Array, path: string): Uint8Array {
  const cut = CUT_CHARACTER.exec(Buffer.from(bytes.subarray(-3)).toString('latin1'))?.[0].length ?? 0
  const whole = bytes.subarray(0, bytes.length - cut)
  if (cut === 0) return bytes
  try {
    decodeWithBlobs(decodeUtf8(whole, path), path, new BlobFiles(path))
  } catch (error) {
    if (error instanceof CassetteError && error.code === 'TORN_TAIL') throw error
  }
  return bytes
}

/** The beginning of a character of UTF-8 whose rest is missing. */
const CUT_CHARACTER = /(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})$/

/** @throws CassetteError as `loadCassette`. */
export async function readRegularFile(path: string): Promise<Uint8Array> {
  try {
    const small = readSmallFile(path)
    if (small !== undefined) return small
    const { open } = await import('node:fs/promises')
    await using file = await open(path, READING)
    const { size } = checkFile(await file.stat(), path)
    return await readAll(file, size)
  } catch (error) {
    throw fileError(error, path, OPEN_ERRORS)
  }
}

// A pipe without a writer would block `open`, and a link could lead out of the folder.
const READING = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

function checkFile(stats: Stats, path: string): Stats {
  if (!stats.isFile()) throw new CassetteError('NOT_A_REGULAR_FILE', '', { file: path })
  if (stats.size > MAX_SIZE) throw new CassetteError('CASSETTE_TOO_LARGE', `it has ${stats.size} bytes`, { file: path })
  return stats
}

/** Most cassettes are small, and handing each call to the thread pool takes longer than reading one. */
function readSmallFile(path: string): Uint8Array | undefined {
  const file = openSync(path, READING)
  try {
    const { size } = checkFile(fstatSync(file), path)
    if (size > SMALL_FILE) return undefined
    const bytes = Buffer.allocUnsafeSlow(size)
    let at = 0
    for (let read = -1; at < size && read !== 0; at += read) read = readSync(file, bytes, at, size - at, at)
    return bytes.subarray(0, at)
  } finally {
    closeSync(file)
  }
}

const SMALL_FILE = 1 << 18

/** Reads in one piece: `readFile` reads in parts, and takes three times as long for a large file. */
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

/** Line and column of the first byte that is not UTF-8, from 1. */
function placeOfBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  for (let start = 0, line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start) + 1 || bytes.length
    const row = bytes.subarray(start, end)
    if (!isUtf8(row) || end === bytes.length) return { line, column: columnOfBadByte(row) }
    start = end
  }
}

/** Characters before the first bad byte, plus one. The decoder holds back bytes that may still become a character. */
function columnOfBadByte(row: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let before = ''
  try {
    for (const byte of row) before += decoder.decode(Uint8Array.of(byte), { stream: true })
  } catch {
    // This is the bad byte.
  }
  return before.length + 1
}

const OPEN_ERRORS: CodesBySystemCode = {
  ENOENT: 'CASSETTE_NOT_FOUND',
  ENOTDIR: 'CASSETTE_NOT_FOUND',
  ELOOP: 'NOT_A_REGULAR_FILE', // a link, opened with O_NOFOLLOW
  ENXIO: 'NOT_A_REGULAR_FILE', // a socket
}
