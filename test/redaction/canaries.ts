import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'
import type { Cassette } from '../../src/tape/cassette.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'

/** An ordinary secret, and one that every encoding changes. */
export const K = ['cnry', '9f2Jm4Qx7Tz1Lw8Rb3Vd6Hs'].join('_')
export const K2 = 'p@ss/w+rd=%&"\\é~1'

/**
 * Whether a canary is left anywhere in a cassette, in clear or under layers of encodings.
 *
 * It shares nothing with the code under test: it takes every stretch for everything it could be, whatever is said of it.
 */
export function leaks(cassette: Cassette, canary: string): boolean {
  const streams = new Map<string, Uint8Array[]>()
  for (const event of cassette.tape) {
    if (
      'failure' in event &&
      event.failure !== undefined &&
      isIn(Buffer.from(event.failure.message), canary, DEPTH, new Set())
    )
      return true
    if (!('bytes' in event)) continue
    const key = `${event.connection} ${event.type}`
    streams.set(key, [...(streams.get(key) ?? []), event.bytes])
  }
  return [...streams.values()].some((segments) => {
    const bytes = Buffer.concat(segments)
    return [bytes, ...contents(bytes)].some((each) => isIn(each, canary, DEPTH, new Set()))
  })
}

/** The contents of all messages, without chunks, with all codings undone that can be. */
function contents(bytes: Buffer): Buffer[] {
  const response = new ResponseParser()
  for (let i = 0; i < 20; i += 1) response.expectResponseTo('GET')
  return [...bodiesOf(new RequestParser(), bytes), ...bodiesOf(response, bytes)]
}

function bodiesOf(parser: RequestParser | ResponseParser, bytes: Buffer): Buffer[] {
  const bodies: Buffer[][] = []
  parser.push(bytes)
  try {
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      if (event.type === 'data') bodies.at(-1)?.push(Buffer.from(event.bytes))
      if (event.type === 'end-of-message' || event.type.endsWith('head')) {
        if (event.type !== 'chunk-head') bodies.push([])
      }
    }
  } catch {
    // As far as it goes.
  }
  return bodies.map((pieces) => Buffer.concat(pieces)).filter(({ length }) => length > 0)
}

/** Layers that are undone; two of them may be content codings. */
const DEPTH = 4

function isIn(bytes: Buffer, canary: string, depth: number, seen: Set<string>): boolean {
  const key = bytes.toString('latin1')
  if (bytes.length < 8 || seen.has(key)) return false
  seen.add(key)
  for (const encoding of ['utf8', 'utf16le', 'latin1'] as const)
    if (bytes.includes(Buffer.from(canary, encoding))) return true
  if (bytes.includes(Buffer.from(canary, 'utf16le').swap16())) return true
  return depth > 0 && peel(bytes, depth === DEPTH).some((inner) => isIn(inner, canary, depth - 1, seen))
}

/** Only gzip can be told by its beginning; the other formats are tried on whole contents. */
function peel(bytes: Buffer, isContent: boolean): Buffer[] {
  const inner: Buffer[] = []
  const others = isContent ? [inflateSync, inflateRawSync, brotliDecompressSync] : []
  for (const decode of [...(bytes.readUInt16BE(0) === 0x1f8b ? [gunzipSync, inflateMember] : []), ...others]) {
    try {
      const decoded = decode(bytes, { maxOutputLength: 1 << 20, finishFlush: decode === brotliDecompressSync ? 1 : 2 })
      if (decoded.length > 0) inner.push(decoded)
    } catch {
      // Not this one.
    }
  }
  const text = bytes.toString('latin1')
  const texts = [
    text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    text.replaceAll(/%([0-9a-f]{2})|\+/gi, (_, hex?: string) =>
      hex === undefined ? ' ' : String.fromCharCode(parseInt(hex, 16)),
    ),
    text.replaceAll(/\\u([0-9a-f]{4})|\\(.)/gi, (_, hex?: string, char?: string) =>
      hex === undefined ? (char ?? '') : utf8(String.fromCharCode(parseInt(hex, 16))),
    ),
    text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all: string, decimal?: string, hex?: string, name = '') =>
      decimal !== undefined
        ? utf8(String.fromCodePoint(Number(decimal)))
        : hex !== undefined
          ? utf8(String.fromCodePoint(parseInt(hex, 16)))
          : (NAMED[name] ?? all),
    ),
  ]
  for (const each of texts) if (each !== text) inner.push(Buffer.from(each, 'latin1'))
  // Also in several lines.
  for (const flat of new Set([text, text.replaceAll(/(?:\r?\n|\\r|\\n)[ \t]*/g, '')])) {
    for (const [run] of flat.matchAll(/[A-Za-z0-9+/_-]{11,}/g))
      for (const lead of [0, 1, 2, 3, Math.max(0, run.indexOf('H4sI'))])
        inner.push(Buffer.from(run.slice(lead), 'base64'))
    for (const [run] of flat.matchAll(/[0-9a-f]{16,}/gi))
      for (const lead of [0, 1]) inner.push(Buffer.from(run.slice(lead), 'hex'))
  }
  return inner
}

/** A member of gzip with something behind it, which gunzip refuses; the head of one without a name is 10 bytes long. */
const inflateMember = (bytes: Buffer, options: ZlibOptions): Buffer => inflateRawSync(bytes.subarray(10), options)

const utf8 = (char: string): string => Buffer.from(char).toString('latin1')
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
