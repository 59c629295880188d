/**
 * The ways in which a message is broken.
 *
 * Mutations of parts hit the places that decide framing; mutations of bytes know nothing, and find cases that nobody thought
 * of.
 */
import { makeMessage, makeMessages, type Message, type Side, textOf } from './grammar.ts'
import type { Input } from './input.ts'
import type { Random } from './random.ts'
import { LENIENCIES } from './subject.ts'

/** The input number `index` of the run that `seed` names. */
export function makeInput(random: Random, side: Side): Input {
  const messages = makeMessages(random, side)
  const changes = random.pick(CHANGES)
  const ofParts = random.between(0, changes)
  for (let done = 0; done < ofParts; done += 1) random.pick(PART_MUTATIONS)(random, messages, side)
  let text = messages.map(textOf).join('')
  for (let done = ofParts; done < changes; done += 1) text = random.pick(BYTE_MUTATIONS)(random, text)
  return {
    to: side === 'request' ? undefined : [...methodsOf(messages), ...Array<string>(random.pick([0, 2])).fill('GET')],
    bytes: Buffer.from(text, 'latin1'),
    eof: random.chance(1, 2),
    limits: random.chance(1, 12) ? tightLimits(random) : {},
    lenient: random.chance(1, 8) ? someLeniencies(random) : {},
  }
}

/** How many mutations a case has. */
const CHANGES = [0, 1, 1, 1, 1, 2, 2, 3, 5] as const

/** Interim responses do not answer a request. */
const methodsOf = (messages: readonly Message[]): string[] =>
  messages.filter(({ startLine }) => !/^HTTP\/1\.\d 1(?!01)\d\d/.test(startLine)).map(({ method }) => method)

const someLeniencies = (random: Random): Input['lenient'] =>
  Object.fromEntries(LENIENCIES.map((name) => [name, random.chance(1, 3)]))

/** Limits low enough for a message to exceed. */
const tightLimits = (random: Random): Input['limits'] => ({
  headBytes: random.between(16, 200),
  fields: random.below(5),
  trailerBytes: random.between(2, 60),
  chunkExtensionBytes: random.below(12),
  chunkSizeDigits: random.between(1, 4),
  interimResponses: random.below(2),
  blankLines: random.below(2),
})

type PartMutation = (random: Random, messages: Message[], side: Side) => void

/** Mutations of framing are listed twice. */
const PART_MUTATIONS: readonly [PartMutation, ...PartMutation[]] = [
  (random, messages) => onFields(random, messages, (fields, at) => fields.splice(at, 0, random.pick(SEED_FIELDS))),
  (random, messages) => onChunk(random, messages, (line) => line.replace(/^[0-9a-f]*/i, sizeVariant(random))),
  (random, messages) => onChunk(random, messages, (line) => line + random.pick(SEED_EXTENSIONS)),
  (random, messages) => onFields(random, messages, (fields, at) => fields.splice(at, 1)),
  (random, messages) => onFields(random, messages, (fields, at) => fields.splice(at, 0, random.pick(SEED_FIELDS))),
  (random, messages) => onFields(random, messages, (fields, at) => fields.splice(at, 1, random.pick(SEED_FIELDS))),
  (random, messages) => onFields(random, messages, (fields, at) => fields.splice(at, 0, ...fields.slice(at, at + 1))),
  (random, messages) =>
    onFields(random, messages, (fields, at) => changeLine(fields, at, (line) => fold(random, line))),
  (random, messages) =>
    onFields(random, messages, (fields, at) => changeLine(fields, at, (line) => changeCase(random, line))),
  (random, messages) => onChunk(random, messages, (line) => line.replace(/^[0-9a-f]*/i, sizeVariant(random))),
  (random, messages) => onChunk(random, messages, (line) => line + random.pick(SEED_EXTENSIONS)),
  (random, messages) =>
    onMessage(random, messages, (message) => (message.startLine = changeStartLine(random, message.startLine))),
  (random, messages) =>
    onMessage(random, messages, (message) => (message.blankLines = '\r\n'.repeat(random.between(1, 4)))),
  (random, messages) =>
    onMessage(random, messages, (message) => (message.content += random.pick(['x', '\r\n', '\0\0\0']))),
  (random, messages) => void messages.splice(random.below(messages.length), 1),
  (random, messages) => onMessage(random, messages, (message, at) => messages.splice(at, 0, structuredClone(message))),
  (random, messages, side) => void messages.splice(random.below(messages.length + 1), 0, makeMessage(random, side)),
  (random, messages, side) => void messages.push(makeMessage(random, side)),
]

/** Field lines that decide framing or the connection, and lines that are not field lines. */
// oxfmt-ignore
const SEED_FIELDS = [
  'Content-Length: 0', 'Content-Length: 5', 'Content-Length: 05', 'Content-Length: +5', 'Content-Length: 5, 5', 'Content-Length: 5 5', 'Content-Length:',
  'Content-Length: 9007199254740991', 'Content-Length: 9007199254740992', 'Content-Length: 18446744073709551616', 'Content-Length\t: 5',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked\t', 'Transfer-Encoding:\tCHUNKED ', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked,', 'Transfer-Encoding: \xa0chunked', 'Transfer-Encoding: chunked\x85', 'Transfer-Encoding:', 'Transfer-Encoding : chunked',
  ': empty', 'Empty:', '', 'No colon', ' Folded: a', 'A: \0', 'A: \x7f', 'A\xe9: b', 'Set-Cookie: a\rb',
  'Connection: close', 'Connection: keep-alive', 'Connection: Keep-Alive, close', 'Connection: upgrade', 'Upgrade: a', 'Connection: "close"', 'Connection: closed',
  'Proxy-Connection: close', 'Proxy-Connection: keep-alive',
] as const

const SEED_EXTENSIONS = [
  ' ',
  '\t',
  ';',
  '; ',
  ';=',
  ';a=',
  ';a=b c',
  ';a="',
  ';a="\\',
  ';\xe9',
  ';a="\0"',
  ' ;a',
  ';a ',
  ';a="b"c',
  ';a=b"',
  '\r',
] as const

const VERSIONS = [
  'HTTP/1.0',
  'HTTP/1.1',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/0.9',
  'HTTP/1.10',
  'HTTP/1',
  'http/1.1',
  'HTTPS/1.1',
  'ICY',
  'RTSP/1.0',
] as const

function changeStartLine(random: Random, line: string): string {
  switch (random.below(6)) {
    case 0:
      return line.replace(/[A-Z]+\/\d\.\d/, random.pick(VERSIONS))
    case 1:
      return line.replace(/ \d+/, random.pick([' 000', ' 099', ' 20', ' 2000', ' -20', ' 2x0', '  200', '', ' 600']))
    case 2:
      return line.replace(/^[A-Z-]+/, random.pick(['get', 'GETX', 'BREW', '', 'G\xe9', 'PRI', 'SOURCE', 'HTTP']))
    case 3:
      return line.replace(
        / \S+/,
        random.pick([' ', ' a', ' //', ' \xe9', ' http:', ' a:b', ' ?', ' #', ' /a b', ' /\t']),
      )
    case 4:
      return line + random.pick([' ', '\t', ' x', '\0', '\x7f', '\r'])
    default:
      return random.pick(['', ' ', '\t']) + line.replace(' ', random.pick(['  ', '\t', '']))
  }
}

function fold(random: Random, line: string): string {
  const at = random.below(line.length + 1)
  return `${line.slice(0, at)}\r\n${random.pick([' ', '\t'])}${line.slice(at)}`
}

function changeCase(random: Random, line: string): string {
  const at = random.below(line.length)
  const char = line.charAt(at)
  const other = char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase()
  return line.slice(0, at) + (other.length === 1 && other <= '\x7f' ? other : char) + line.slice(at + 1)
}

function sizeVariant(random: Random): (digits: string) => string {
  const [before, after] = random.pick(SIZE_VARIANTS)
  return (digits) => before + (after ?? digits)
}

/** Text before a chunk-size, or in its place. */
// oxfmt-ignore
const SIZE_VARIANTS: readonly [SizeVariant, ...SizeVariant[]] = [
  ['0x'], ['+'], ['-'], ['_'], [' '], ['0'], ['0'.repeat(14)], ['0'.repeat(15)], ['0'.repeat(16)], ['0'.repeat(40)], ['1'],
  ['', ''], ['', '0'], ['', '1_0'], ['', '1fffffffffffff'], ['', '20000000000000'], ['', 'ffffffffffffffff'], ['', '10000000000000000'], ['', '7fffffff'], ['', '100000000'],
]
type SizeVariant = readonly [before: string, instead?: string]

function onMessage(random: Random, messages: readonly Message[], change: (message: Message, at: number) => void): void {
  const at = random.below(messages.length)
  const message = messages[at]
  if (message !== undefined) change(message, at)
}

function onFields(random: Random, messages: readonly Message[], change: (fields: string[], at: number) => void): void {
  onMessage(random, messages, ({ fields, trailers, chunks }) => {
    const section = chunks.length > 0 && random.chance(1, 4) ? trailers : fields
    change(section, random.below(section.length))
  })
}

function onChunk(random: Random, messages: readonly Message[], change: (line: string) => string): void {
  onMessage(random, messages, ({ chunks }) => {
    const chunk = chunks[random.below(chunks.length)]
    if (chunk !== undefined) chunk.line = change(chunk.line)
  })
}

function changeLine(lines: string[], at: number, change: (line: string) => string): void {
  const line = lines[at]
  if (line !== undefined) lines[at] = change(line)
}

type ByteMutation = (random: Random, text: string) => string

const BYTE_MUTATIONS: readonly [ByteMutation, ...ByteMutation[]] = [
  (random, text) => splice(random, text, 1, () => ''),
  (random, text) => splice(random, text, 1, () => randomByte(random)),
  (random, text) => splice(random, text, 0, () => randomByte(random)),
  (random, text) => splice(random, text, 0, () => random.pick(NASTY)),
  (random, text) => splice(random, text, 0, () => random.pick(NASTY)),
  (random, text) => splice(random, text, 1, () => random.pick(NASTY)),
  (random, text) => splice(random, text, random.below(24), (bytes) => bytes + bytes),
  (random, text) => splice(random, text, random.below(24), () => ''),
  (random, text) => swapLineEnd(random, text),
  (random, text) => text.slice(0, random.below(text.length + 1)),
]

const NASTY = ['\r\n', '\r', '\n', '\0', ':', '\t', ' ', ';', ',', '"', '\x7f', '\x80', '0', '\r\n\r\n'] as const

const randomByte = (random: Random): string => String.fromCharCode(random.below(256))

/** Changes `count` bytes at a random place. */
function splice(random: Random, text: string, count: number, change: (bytes: string) => string): string {
  const at = random.below(text.length + 1)
  return text.slice(0, at) + change(text.slice(at, at + count)) + text.slice(at + count)
}

/** A CRLF becomes an LF or a CR, or an LF becomes a CRLF. */
function swapLineEnd(random: Random, text: string): string {
  const ends = [...text.matchAll(/\r\n|\n/g)]
  const end = ends[random.below(ends.length)]
  if (end === undefined) return text
  const other = end[0] === '\n' ? '\r\n' : random.pick(['\n', '\n', '\r'])
  return text.slice(0, end.index) + other + text.slice(end.index + end[0].length)
}
