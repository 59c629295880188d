import { crc32, inflateRawSync } from 'node:zlib'
import { CassetteError } from '../errors.ts'

/** The most bytes that the files of an archive may have in all: an archive may hold a bomb. */
const LONGEST = 1024 * 1024 * 1024

/** Whether a file begins like a ZIP archive. */
export const isZip = (file: Uint8Array): boolean => file[0] === 0x50 && file[1] === 0x4b && (file[2] ?? 0) <= 7

/**
 * The files in a ZIP archive by their names, as its directory lists them (APPNOTE 4.3.12): stored or deflated, checked by CRC-32.
 *
 * @throws CassetteError `IMPORT_INVALID` for an archive that is damaged, encrypted, larger than 4 GiB or in several parts.
 */
export function readZip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  // The end of the directory is the last thing but for a comment.
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end === -1 || file.length < end + 22) throw damaged('it has no directory')
  const files = new Map<string, Uint8Array>()
  let [at, total] = [file.readUInt32LE(end + 16), 0]
  for (let left = file.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + 46 > end || file.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory is cut off')
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset))
    const name = file.toString('utf8', at + 46, at + 46 + (nameLength ?? 0))
    const content = contentOf(file, at, name, LONGEST - total)
    total += content.length
    if (!name.endsWith('/')) files.set(name, content)
    at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return files
}

function contentOf(file: Buffer, at: number, name: string, most: number): Uint8Array {
  if ((file.readUInt16LE(at + 8) & 1) !== 0) throw damaged(`${name} is encrypted`)
  const [method, sum] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 16)]
  const [packed, start] = [file.readUInt32LE(at + 20), file.readUInt32LE(at + 42)]
  if (start + 30 > file.length) throw damaged(`${name} is not there`)
  const from = start + 30 + file.readUInt16LE(start + 26) + file.readUInt16LE(start + 28)
  if (packed === 0xffff_ffff || from + packed > file.length) throw damaged(`${name} is cut off, or larger than 4 GiB`)
  const content = unpacked(file.subarray(from, from + packed), method, name, most)
  if (crc32(content) !== sum) throw damaged(`${name} does not have the checksum that the directory gives`)
  return content
}

function unpacked(bytes: Buffer, method: number, name: string, most: number): Uint8Array {
  if (method === 0) return bytes
  if (method !== 8) throw damaged(`${name} is compressed by method ${method}`)
  try {
    return inflateRawSync(bytes, { maxOutputLength: most })
  } catch (error) {
    throw damaged(`${name} cannot be inflated: ${String(error)}`)
  }
}

const damaged = (why: string): CassetteError =>
  new CassetteError('IMPORT_INVALID', `the ZIP archive cannot be read: ${why}`)
