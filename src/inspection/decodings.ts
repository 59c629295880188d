import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

const MAX_OUTPUT = { maxOutputLength: 16 * 1024 * 1024 } as const

// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x7f-\xff]/
/** Eight bytes, raw deflate around them, and what stands beside. */
const SHORTEST_COMPRESSED = 12

// RFC 1952 section 2.3: how each member begins.
const GZIP = new RegExp(String.fromCharCode(0x1f, 0x8b, 8), 'g')

// Written a second time on purpose: the scanner of `check` shares no code with the readers of src/content, whose blind spots it would share.

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
  for (const run of runsIn(text, BASE64)) yield ['base64', Buffer.from(run, 'base64')]
  for (const run of runsIn(text, HEX)) yield ['hex', Buffer.from(run, 'hex')]
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

/** What parts the lines of a run: indentation of YAML, the mark of a quoted mail, the quotes and signs of a text that code puts together. */
const LINE_END = String.raw`[ \t"'+]*(?:\r?\n|\r|\\r\\n|\\n)[ \t>"'+\\]*`
const inLines = (line: string, end = ''): RegExp => new RegExp(`${line}(?:${LINE_END}${line})*${end}`, 'g')
const BASE64 = inLines('[A-Za-z0-9+/_-]{4,}={0,2}')
const HEX = inLines('(?:[0-9a-fA-F]{2}){4,}')
const SHORTEST_RUN = 8

/** Runs of one line, and the lines of a run joined: all of them, and without the first, which may be a word that stands before it. */
function* runsIn(text: string, pattern: RegExp): Generator<string> {
  for (const [run] of text.matchAll(pattern)) {
    const lines = run.split(LINE_ENDS)
    const joined = lines.length > 1 ? [lines.join(''), lines.slice(1).join('')] : []
    for (const one of [...joined, ...lines]) if (one.length >= SHORTEST_RUN) yield one
  }
}

/** From its beginning on: signs of base64 may be many, and no line end after them. */
const LINE_ENDS = new RegExp(String.raw`(?<![ \t"'+])${LINE_END}`)

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
