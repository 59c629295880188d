/** Inputs that grow without end, and the time that our parsers take for them. */
import { performance } from 'node:perf_hooks'
import type { Input } from './input.ts'
import type { Breach } from './laws.ts'
import { LENIENCIES, type MakeParser, read } from './subject.ts'
import type { Random } from './random.ts'
import { makeMessage, type Side, textOf } from './grammar.ts'

/** A message with a repeated part. */
export interface Flood {
  readonly name: string
  readonly to: Input['to']
  readonly before: string
  readonly repeated: string
  readonly after: string
  /** Bytes a segment. */
  readonly segment: number
  readonly lenient: Input['lenient']
}

const ALL: Input['lenient'] = Object.fromEntries(LENIENCIES.map((name) => [name, true]))

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`

type Shape = readonly [name: string, before: string, repeated: string, after: string]

// oxfmt-ignore
const SHAPES: readonly Shape[] = [
  ['fields',                 OK,                       'A: b\r\n',                  '\r\n'],
  ['one field',              `${OK}A: b`,              'b',                         '\r\n\r\n'],
  ['a name',                 OK,                       'A',                         ': b\r\n\r\n'],
  ['blanks around a value',  `${OK}A:`,                ' \t',                       'b\r\n\r\n'],
  ['blanks in a value',      `${OK}A: b`,              '          b',               '\r\n\r\n'],
  ['a reason',               'HTTP/1.1 200 ',          'OK ',                       '\r\n\r\n'],
  ['empty lines',            '',                       '\r\n',                      `${OK}\r\n`],
  ['interim responses',      '',                       'HTTP/1.1 100 Go on\r\n\r\n', `${OK}\r\n`],
  ['lengths',                OK,                       'Content-Length: 0\r\n',     '\r\n'],
  ['a list of codings',      `${OK}Transfer-Encoding: `, 'chunked, ',               '\r\n\r\n'],
  ['empty elements',         `${OK}Transfer-Encoding: `, ' ,',                      'chunked\r\n\r\n0\r\n\r\n'],
  ['connection options',     `${OK}Connection: `,      'a, ',                       'close\r\n\r\n'],
  ['a long length',          `${OK}Content-Length: `,  '0',                         '5\r\n\r\nhello'],
  ['chunks of one byte',     CHUNKED,                  '1\r\nx\r\n',                '0\r\n\r\n'],
  ['a chunk extension',      `${CHUNKED}1;a="`,        String.raw`b\"`,             '"\r\nx\r\n0\r\n\r\n'],
  ['chunk extensions',       `${CHUNKED}1`,            ' ; a = b',                  '\r\nx\r\n0\r\n\r\n'],
  ['trailers',               `${CHUNKED}0\r\n`,        'A: b\r\n',                  '\r\n'],
  ['a body until close',     `${OK}\r\n`,              'hello, world\r\n',          ''],
]

/** Floods that only a lenient parser accepts. */
// oxfmt-ignore
const LENIENT_SHAPES: readonly Shape[] = [
  ['folds',                  `${OK}A: b`,              '\r\n b',                    '\r\n\r\n'],
  ['empty folds',            `${OK}A: b`,              '\r\n ',                     '\r\n\r\n'],
  ['folded blanks',          `${OK}A: b`,              '\r\n  \t  ',               '\r\n\r\n'],
  ['lines that are none',    OK,                       'no colon\r\n',              '\r\n'],
  ['one that is none',       `${OK}no `,               'colon ',                    '\r\n\r\n'],
  ['one with folds',         `${OK}no colon`,          '\r\n colon',                '\r\n\r\n'],
  ['blanks before a colon',  `${OK}A`,                 ' ',                         ': b\r\n\r\n'],
  ['equal lengths',          `${OK}Content-Length: 0`, ', 0',                       '\r\n\r\n'],
  ['unknown codings',        `${OK}Transfer-Encoding: a`, ', a',                     '\r\n\r\n'],
  ['spaces in a start line', 'HTTP/1.1',               ' ',                         '200 OK\r\n\r\n'],
  ['blanks behind a size',   `${CHUNKED}1`,            ' ',                         '\r\nx\r\n0\r\n\r\n'],
]

/** In large segments, byte by byte, and with all leniencies. */
export const FLOODS: readonly Flood[] = [
  ...SHAPES.flatMap((shape) => [asFlood(shape, 65_536, {}), asFlood(shape, 1, {}), asFlood(shape, 65_536, ALL)]),
  ...LENIENT_SHAPES.flatMap((shape) => [asFlood(shape, 65_536, ALL), asFlood(shape, 1, ALL)]),
]

function asFlood([name, before, repeated, after]: Shape, segment: number, lenient: Input['lenient']): Flood {
  const how = `${segment} a segment${lenient === ALL ? ', lenient' : ''}`
  return { name: `${name}, ${how}`, to: ['GET'], before, repeated, after, segment, lenient }
}

/** A message of which some part is repeated. */
export function makeFlood(random: Random, side: Side): Flood {
  const message = makeMessage(random, side)
  const text = textOf(message)
  const start = random.below(text.length)
  const end = start + 1 + random.below(Math.min(40, text.length - start))
  return {
    name: `${JSON.stringify(text)}, with [${start}, ${end}) over and over`,
    to: side === 'request' ? undefined : Array<string>(1000).fill(message.method),
    before: text.slice(0, start),
    repeated: text.slice(start, end),
    after: text.slice(end),
    segment: random.pick([65_536, 1000, 7, 1]),
    lenient: random.chance(1, 2) ? ALL : {},
  }
}

/** The effort of the measurement. */
interface Effort {
  /** Bytes of the smallest flood. */
  readonly least: number
  /** How often the flood is doubled before the result counts. */
  readonly doublings: number
}

const FULL: Effort = { least: 65_536, doublings: 4 }

/** If twice the input takes more than this times as long, the time is not linear. A buffer that doubles takes a little more than 2. */
const BOUND = 3

/** The fault if the time for a flood grows faster than the flood. */
export function timeBreach(makeParser: MakeParser, flood: Flood, { least, doublings } = FULL): Breach | undefined {
  const details: string[] = []
  for (let size = least; size < least * 2 ** doublings; size *= 2) {
    const [once, twice] = shortestTimes(makeParser, flood, size)
    if (twice <= BOUND * once) return undefined
    details.push(`${size} bytes: ${once.toFixed(2)} ms, twice as many: ${twice.toFixed(2)} ms`)
  }
  return { law: 'time', what: `${flood.name}: the time grows faster than the input`, details }
}

/** The first rounds are slow, because the code is not compiled yet. */
const LEAST_ROUNDS = 5
/** The machine may be busy, so a slow result is measured several times. */
const MOST_ROUNDS = 25

/** The shortest of some times for `size` bytes and for twice as many, in ms. */
function shortestTimes(makeParser: MakeParser, flood: Flood, size: number): readonly [once: number, twice: number] {
  const small = segmentsOf(flood, size)
  const large = segmentsOf(flood, 2 * size)
  let [once, twice] = [Infinity, Infinity]
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (round >= LEAST_ROUNDS && twice <= BOUND * once) break
    once = Math.min(once, timeOf(makeParser, flood, small))
    twice = Math.min(twice, timeOf(makeParser, flood, large))
  }
  return [once, twice]
}

function segmentsOf({ before, repeated, after, segment }: Flood, size: number): Buffer[] {
  const bytes = Buffer.from(before + repeated.repeat(Math.ceil(size / repeated.length)) + after, 'latin1')
  const count = Math.ceil(bytes.length / segment)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * segment, (index + 1) * segment))
}

function timeOf(makeParser: MakeParser, { to, lenient }: Flood, segments: readonly Buffer[]): number {
  const parser = makeParser({ to, limits: UNLIMITED, lenient })
  const start = performance.now()
  read(parser, segments, true)
  return performance.now() - start
}

/** Floods are to flow. */
const UNLIMITED: Input['limits'] = {
  headBytes: Infinity,
  fields: Infinity,
  trailerBytes: Infinity,
  chunkExtensionBytes: Infinity,
  interimResponses: Infinity,
  blankLines: Infinity,
}
