import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import * as nodeZlib from 'node:zlib'
import type { FieldLine } from '../http1/events.ts'
import { listElements } from '../http1/framing.ts'

/** More than this is not decoded, nor are more codings than these. */
const MOST_DECODED = 64 << 20
const MOST_CODINGS = 5

/** The content of a message without its content codings; unchanged if they cannot be decoded. */
export function decodedContent(body: Uint8Array, fields: readonly FieldLine[]): Uint8Array {
  return decode(body, codingsOf(fields)) ?? body
}

/** The declared Content-Encoding that a body does not have; an unknown one may be right. */
export function undecodableCoding(body: Uint8Array, fields: readonly FieldLine[]): string | undefined {
  const codings = codingsOf(fields)
  const isKnown =
    codings.length > 0 && codings.every((coding) => Object.hasOwn(DECODERS, coding) && DECODERS[coding]?.length)
  return isKnown && body.length > 0 && decode(body, codings) === undefined ? codings.join(', ') : undefined
}

const codingsOf = (fields: readonly FieldLine[]): readonly string[] =>
  listElements(fieldValue(fields, 'content-encoding')).filter((name) => name !== 'identity')

function decode(body: Uint8Array, codings: readonly string[]): Uint8Array | undefined {
  if (codings.length > MOST_CODINGS) return undefined
  let content: Uint8Array | undefined = body
  for (const coding of codings.toReversed()) content = content && undo(coding, content)
  return content
}

/** The values of all fields of a name, joined by commas (RFC 9110 section 5.3). */
export function fieldValue(fields: readonly FieldLine[], name: string): string {
  const values = fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value)
  return values.join(', ')
}

function undo(coding: string, bytes: Uint8Array): Uint8Array | undefined {
  for (const decodeOne of Object.hasOwn(DECODERS, coding) ? (DECODERS[coding] ?? []) : []) {
    try {
      return decodeOne(bytes)
    } catch {
      // Not this coding, or truncated: content that cannot be decoded is compared unchanged.
    }
  }
  return undefined
}

const LIMIT = { maxOutputLength: MOST_DECODED }

type Decode = (bytes: Uint8Array) => Uint8Array

const gunzip: Decode = (bytes) => gunzipSync(bytes, LIMIT)

/** The part of `node:zlib` that exists from Node 22.15 on. */
interface WithZstd {
  zstdDecompressSync(bytes: Uint8Array, options: object): Uint8Array
}

const hasZstd = (zlib: object): zlib is WithZstd => 'zstdDecompressSync' in zlib

function zstdDecoders(zlib: object): readonly Decode[] {
  return hasZstd(zlib) ? [(bytes) => zlib.zstdDecompressSync(bytes, LIMIT)] : []
}

const DECODERS: Readonly<Record<string, readonly Decode[]>> = {
  gzip: [gunzip],
  'x-gzip': [gunzip],
  // Some servers leave out the zlib wrapper (RFC 9110 section 8.4.1.2).
  deflate: [(bytes) => inflateSync(bytes, LIMIT), (bytes) => inflateRawSync(bytes, LIMIT)],
  br: [(bytes) => brotliDecompressSync(bytes, LIMIT)],
  zstd: zstdDecoders(nodeZlib),
}
