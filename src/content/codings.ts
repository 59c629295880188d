import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from 'node:zlib'
import * as nodeZlib from 'node:zlib'
import type { FieldLine } from '../http1/events.ts'
import { listElements } from '../http1/framing.ts'

/** The first bytes of gzip (RFC 1952 section 2.3.1). */
export const GZIP_MAGIC = '\x1f\x8b'

/** A content with its codings decoded as far as possible. */
export interface DecodedContent {
  readonly text: string
  /** How many codings were decoded. */
  readonly layers: number
  /** Encodes another text with the same codings. */
  readonly encode: (text: string) => string
}

export function decodeContent(body: string, fields: readonly FieldLine[], isWhole: boolean): DecodedContent {
  const layers = decodeAll(body, codingsOf(fields), isWhole)
  return {
    text: layers.at(-1)?.text ?? body,
    layers: layers.length,
    encode: (text) => layers.reduceRight((inner, layer) => layer.encode(inner), text),
  }
}

/** The codings that were applied, in order. */
export const codingsOf = (fields: readonly FieldLine[]): readonly string[] =>
  listElements(valueOf(fields, 'content-encoding')).filter((name) => name !== 'identity' && name !== 'none')

/** More than this is not decoded. */
export const MOST_DECODED = 64 << 20
const MOST_CODINGS = 5

/** The values of a field, joined as in RFC 9110 section 5.3. */
export function valueOf(fields: readonly FieldLine[], name: string): string {
  return fields
    .filter((field) => field.name.toLowerCase() === name)
    .map(({ value }) => value)
    .join(', ')
}

/** One decoded coding, and how to encode it again. */
interface Layer {
  readonly text: string
  readonly encode: (text: string) => string
}

/** Decodes the codings as far as possible, last applied first, and then content that is compressed without a declared coding. */
function decodeAll(body: string, names: readonly string[], isWhole: boolean): Layer[] {
  const layers: Layer[] = []
  if (names.length > MOST_CODINGS) return layers
  let text = body
  for (const name of names.toReversed()) {
    const layer = undo(name, text, isWhole)
    if (layer === undefined) return layers
    layers.push(layer)
    text = layer.text
  }
  while (text.startsWith(GZIP_MAGIC) && layers.length < MOST_CODINGS) {
    const layer = undo('gzip', text, isWhole)
    if (layer === undefined) break
    layers.push(layer)
    text = layer.text
  }
  return layers
}

type Code = (bytes: Buffer) => Uint8Array

function undo(name: string, body: string, isWhole: boolean): Layer | undefined {
  const bytes = Buffer.from(body, 'latin1')
  // A content that ends with its connection may still be complete; then it stays so.
  const ways = isWhole ? codecs(name, true) : [...codecs(name, true), ...codecs(name, false)]
  for (const { decode, encode } of ways) {
    try {
      const text = Buffer.from(decode(bytes)).toString('latin1')
      if (text !== '')
        return { text, encode: (content) => Buffer.from(encode(Buffer.from(content, 'latin1'))).toString('latin1') }
    } catch {
      // Not this coding; the next may fit.
    }
  }
  return undefined
}

/** How to decode a coding and encode it again; truncated content stays truncated. */
function codecs(name: string, isWhole: boolean): readonly { readonly decode: Code; readonly encode: Code }[] {
  const limit = { maxOutputLength: MOST_DECODED }
  const ending = isWhole ? {} : { finishFlush: constants.Z_SYNC_FLUSH }
  const brotliEnding = isWhole ? {} : { finishFlush: constants.BROTLI_OPERATION_FLUSH }
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return [
        { decode: (bytes) => gunzipSync(bytes, { ...limit, ...ending }), encode: (bytes) => gzipSync(bytes, ending) },
      ]
    case 'deflate':
      return [
        {
          decode: (bytes) => inflateSync(bytes, { ...limit, ...ending }),
          encode: (bytes) => deflateSync(bytes, ending),
        },
        {
          decode: (bytes) => inflateRawSync(bytes, { ...limit, ...ending }),
          encode: (bytes) => deflateRawSync(bytes, ending),
        },
      ]
    case 'br':
      return [
        {
          decode: (bytes) => brotliDecompressSync(bytes, { ...limit, ...brotliEnding }),
          encode: (bytes) => brotliCompressSync(bytes, { ...quality, ...brotliEnding }),
        },
      ]
    case 'zstd':
      return zstd !== undefined && isWhole
        ? [
            {
              decode: (bytes) => zstd.zstdDecompressSync(bytes, limit),
              encode: (bytes) => zstd.zstdCompressSync(bytes),
            },
          ]
        : []
    default:
      return []
  }
}

/** The part of `node:zlib` that exists from Node 22.15 on. */
interface WithZstd {
  zstdDecompressSync(bytes: Buffer, options: object): Buffer
  zstdCompressSync(bytes: Buffer): Buffer
}

const hasZstd = (module: object): module is WithZstd => 'zstdDecompressSync' in module

const zlibModule: object = nodeZlib
const zstd = hasZstd(zlibModule) ? zlibModule : undefined
