import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

const MAX_OUTPUT = { maxOutputLength: 16 * 1024 * 1024 } as const

// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x7f-\xff]/
/** Eight bytes, raw deflate around them, and what stands beside. */
const SHORTEST_COMPRESSED = 12

// RFC 1952 section 2.3: how each member begins.
const GZIP = new RegExp(String.fromCharCode(0x1f, 0x8b, 8), 'g')

/** Everything that the bytes may be under one encoding. */
export function* decodings(bytes: Buffer, text: string): Generator<readonly [encoding: string, decoded: Buffer]> {
  for (const { index } of text.matchAll(GZIP))
    yield* inflated('gzip', () => gunzipSync(bytes.subarray(index), MAX_OUTPUT))
  // What is compressed has bytes that no text has; trying anyway would take nearly all of the time.
  if (bytes.length >= SHORTEST_COMPRESSED && NO_TEXT.test(text)) {
    yield* inflated('deflate', () => inflateSync(bytes, MAX_OUTPUT))
    yield* inflated('raw deflate', () => inflateRawSync(bytes, MAX_OUTPUT))
    yield* inflated('br', () => brotliDecompressSync(bytes, MAX_OUTPUT))
  }
  // A wrapped base64 has line ends and the indentation of YAML in it.
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{8,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{8,})*={0,2}/g))
    yield ['base64', Buffer.from(run.replaceAll(/\s/g, ''), 'base64')]
  for (const [run] of text.matchAll(/(?:[0-9a-fA-F]{2}){8,}/g)) yield ['hex', Buffer.from(run, 'hex')]
  yield* replaced('percent', text, /%([0-9a-fA-F]{2})/g, 16)
  yield* replaced('JSON escapes', text, /\\u00([0-9a-fA-F]{2})/g, 16)
  yield* replaced('HTML escapes', text, /&#0*([0-9]{1,3});/g, 10)
  yield* replaced('HTML escapes', text, /&#[xX]0*([0-9a-fA-F]{1,2});/g, 16)
  if (/&(?:quot|amp|lt|gt|apos);/.test(text))
    yield [
      'HTML escapes',
      Buffer.from(
        text.replaceAll(/&(quot|amp|lt|gt|apos);/g, (_, name: string) => NAMED[name] ?? ''),
        'latin1',
      ),
    ]
  if (text.includes('\\/')) yield ['JSON escapes', Buffer.from(text.replaceAll('\\/', '/'), 'latin1')]
  if (/(?:[\x20-\x7e]\0){8}/.test(text) || /(?:\0[\x20-\x7e]){8}/.test(text))
    yield ['UTF-16', Buffer.from(text.replaceAll('\0', ''), 'latin1')]
}

const NAMED: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" }

function* inflated(coding: string, unpack: () => Buffer): Generator<readonly [encoding: string, decoded: Buffer]> {
  try {
    yield [coding, unpack()]
  } catch {
    // Most bytes are not in this coding: that is what was asked.
  }
}

function* replaced(
  encoding: string,
  text: string,
  escape: RegExp,
  radix: number,
): Generator<readonly [encoding: string, decoded: Buffer]> {
  const decoded = text.replaceAll(escape, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, radix)))
  if (decoded !== text) yield [encoding, Buffer.from(decoded, 'latin1')]
}
