import { expect, test } from './helpers/test.ts'
import { parse } from 'yaml'
import { cutCases, randomCuts } from '../scripts/fuzz/cuts.ts'
import { type Agreement, differ, type Rivals } from '../scripts/fuzz/differential.ts'
import { type Flood, FLOODS, timeBreach } from '../scripts/fuzz/floods.ts'
import { type Find, shrink, sideOf, Tally, tryIndex } from '../scripts/fuzz/fuzz.ts'
import type { Input } from '../scripts/fuzz/input.ts'
import { isBreach, type Law, outcomeOf, segmentationBreach, tryLaws } from '../scripts/fuzz/laws.ts'
import { LEDGER } from '../scripts/fuzz/ledger.ts'
import { makeInput } from '../scripts/fuzz/mutations.ts'
import { NativeReader } from '../scripts/fuzz/native.ts'
import { Random } from '../scripts/fuzz/random.ts'
import { type MakeParser, ourParser, type Parser, read } from '../scripts/fuzz/subject.ts'
import { wireCase } from '../scripts/fuzz/wire-case.ts'
import { expectEqual } from './helpers/expect-equal.ts'
import { traceOf } from './helpers/trace.ts'
import { conversation } from './helpers/wire.ts'
import { countOf } from './helpers/share.ts'

const RIVALS: Rivals = { makeParser: ourParser, native: new NativeReader(), ledger: LEDGER }

/** Bytes that an entry is about, and no other. */
// oxfmt-ignore
const EXAMPLES: Readonly<Record<string, readonly [to: string | readonly string[] | undefined, text: string, eof?: boolean]>> = {
  D1: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n'],
  D2: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
  D3: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello'],
  D4: ['GET', 'HTTP/2.0 200 OK\r\n\r\n'],
  D5: ['GET', 'HTTP/1.1 099 OK\r\n\r\n'],
  D6: ['GET', '\r\n\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  D8: ['GET', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'0'.repeat(16)}1\r\nx\r\n0\r\n\r\n`],
  D9: ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 9007199254740992\r\n\r\n'],
  D10: ['GET', `${'HTTP/1.1 100 Go on\r\n\r\n'.repeat(101)}HTTP/1.1 200 OK\r\n\r\n`],
  D11: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n'],
  D18: [[], 'HTTP/1.1 200 OK\r\n\r\n'],
  D19: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\r\nx\r\n0\r\n\r\n'],
  D20: [undefined, 'GET  / HTTP/1.1\r\n\r\n'],
  E1: [undefined, 'BREW / HTTP/1.1\r\n\r\n'],
  E2: [undefined, 'GET a HTTP/1.1\r\n\r\n'],
  E3: ['GET', 'HTTP/1.1 200 O\x01K\r\n\r\n'],
  E4: ['GET', '\nHTTP/1.1 200 OK\r\n\r\n'],
  E5: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 ; a = b\r\nx\r\n0\r\n\r\n'],
  E6: ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\nA: b'],
  E7: ['GET', 'HTTP/1.1 204 OK\r\nContent-Length: x\r\n\r\n'],
  E8: ['GET', 'HTTP/1.0 100 Go on\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
  E9: [undefined, 'CONNECT a.test:443 HTTP/1.1\r\nContent-Length: 1\r\n\r\nxy'],
  E10: [undefined, 'GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\nGET / HTTP/1.1\r\n\r\n'],
  E11: [undefined, 'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n'],
  E12: [undefined, 'GET / HTTP/1.1\r\nProxy-Connection: close\r\n\r\n'],
  E13: ['GET', '', true],
  E14: ['GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n'],
  E15: ['GET', 'RTSP/1.0 200 OK\r\n\r\n'],
  E16: ['GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\t\r\n\r\nhello'],
  E17: ['GET', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
}

type Fault = (parser: Parser, input: Pick<Input, 'lenient'>) => Partial<Parser>

/** What a parser may do wrong, and the law that it breaks. */
const FAULTS: readonly (readonly [law: Law, what: string, fault: Fault])[] = [
  [
    'errors',
    'a TypeError is thrown',
    () => ({
      next() {
        throw new TypeError('not a function')
      },
    }),
  ],
  [
    'ranges',
    'an event starts a byte too late',
    (parser) => ({
      next() {
        const event = parser.next()
        return event?.type === 'data' ? { ...event, start: event.start + 1 } : event
      },
    }),
  ],
  [
    'segments',
    'a CR at the end of a segment is lost',
    (parser) => ({ push: (bytes) => parser.push(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes) }),
  ],
  [
    'prefixes',
    'what a byte completes is reported with the next byte',
    (parser) => {
      let held: Uint8Array = Buffer.alloc(0)
      return {
        push(bytes) {
          const all = Buffer.concat([held, bytes])
          parser.push(all.subarray(0, -1))
          held = all.subarray(-1)
        },
      }
    },
  ],
  [
    'limits',
    'fields come three times',
    (parser) => ({
      next() {
        const event = parser.next()
        if (event?.type !== 'response-head') return event
        return { ...event, fields: [event.fields, event.fields, event.fields].flat() }
      },
    }),
  ],
  [
    'leniencies',
    'with one of them on, there are no reasons',
    (parser, { lenient }) => ({
      next() {
        const event = parser.next()
        return event?.type === 'response-head' && lenient.bareLf === true ? { ...event, reason: '' } : event
      },
    }),
  ],
  [
    'prototype',
    'all objects get a property',
    (parser) => ({
      next() {
        Reflect.set(Object.prototype, 'polluted', true)
        return parser.next()
      },
    }),
  ],
]

test.describe('The fuzzer', () => {
  const count = countOf(250, 1500)

  test(`finds nothing in ${count} inputs, and compares most of them with Node`, () => {
    const tally = new Tally()
    for (let index = 0; index < count; index += 1) {
      expectEqual(tryIndex(RIVALS, 9112, index, tally), undefined, `input ${index}`)
    }
    expect(tally.compared).toBeGreaterThan((2 * count) / 3)
  })

  test('finds no outcome that depends on the cut of a real case', () => {
    for (const { one, places } of randomCuts(cutCases(), countOf(150, 1000), new Random(9112, 0))) {
      const whole = outcomeOf(read(ourParser(one.input), [one.input.bytes], one.input.eof))
      expectEqual(segmentationBreach(ourParser, one.input, whole, places), undefined, one.name)
    }
  })

  test('finds no flood whose time grows faster than its size', () => {
    expect(FLOODS.map((flood) => timeBreach(ourParser, flood, QUICK)).filter((breach) => breach !== undefined)).toEqual(
      [],
    )
  })

  test('rebuilds an input from its seed and index, and other inputs from others', () => {
    expect(textAt(7, 40)).toBe(textAt(7, 40))
    expect(textAt(8, 40)).not.toBe(textAt(7, 40))
    expect(new Set(Array.from({ length: 100 }, (_, index) => textAt(7, index))).size).toBeGreaterThan(90)
  })

  test('prints an input as a wire case with its bytes and the result of the parser', () => {
    for (let index = 0; index < countOf(50, 300); index += 1) {
      const input = makeInput(new Random(1, index), sideOf(index))
      const [{ to, wire }] = parse(wireCase(ourParser, input, 'a case'))
      const { bytes, eof, trace } = conversation(to === undefined ? undefined : [to].flat(), wire)
      expectEqual(
        { text: textOf(bytes), eof, trace },
        { text: textOf(input.bytes), eof: input.eof, trace: tell(input) },
        `input ${index}`,
      )
    }
  })
})

const QUICK = { least: 1024, doublings: 4 }

const textAt = (seed: number, index: number): string => textOf(makeInput(new Random(seed, index), sideOf(index)).bytes)

const textOf = (bytes: Buffer): string => bytes.toString('latin1')

const tell = (input: Input): string[] => traceOf(read(ourParser(input), [input.bytes], input.eof))

test.describe('The ledger of the fuzzer', () => {
  const entries = new Map(LEDGER.map((entry) => [entry.id, entry]))

  test('has an example for each of its entries, and a reason', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual([...entries.keys()].toSorted())
    expect(LEDGER.filter(({ what, why }) => what === '' || why === '')).toEqual([])
  })

  for (const [id, [to, text, eof = false]] of Object.entries(EXAMPLES)) {
    test(`explains with ${id} alone that ${entries.get(id)?.what}`, () => {
      const input = inputOf(to, text, eof)
      const without = LEDGER.filter((entry) => entry.id !== id)
      const explained = compareWith(LEDGER, input)
      const unexplained = compareWith(without, input)
      // Later versions of Node differ less.
      test.skip(explained.entries.length === 0 && NODE > 20, 'this Node agrees with us')
      expect(explained.find).toBeUndefined()
      expect(new Set(explained.entries)).toEqual(new Set([id]))
      expect(unexplained.find?.breach.law).toBe('node')
    })
  }
})

const NODE = Number(process.versions.node.split('.', 1)[0])

const compareWith = (ledger: Rivals['ledger'], input: Input): Agreement =>
  differ({ ...RIVALS, ledger }, input, read(ourParser(input), [input.bytes], input.eof))

const inputOf = (to: Input['to'] | string, text: string, eof = false): Input => ({
  to: typeof to === 'string' ? [to] : to,
  bytes: Buffer.from(text, 'latin1'),
  eof,
  limits: {},
  lenient: {},
})

test.describe('A fault in a parser is found', () => {
  for (const [law, what, fault] of FAULTS) {
    test(`by the law of ${law}: ${what}`, () => {
      const input = {
        ...inputOf('GET', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'),
        limits: { fields: 2 },
        lenient: { bareLf: true },
      }
      const places = Array.from(input.bytes.keys())
      const cuts = { segments: places.map((place) => [place]), prefixes: places }
      const sound = tryLaws(ourParser, input, cuts)
      const found = tryLaws(faulty(fault), input, cuts)
      expect(isBreach(sound)).toBe(false)
      expect(isBreach(found) && found.law).toBe(law)
      Reflect.deleteProperty(Object.prototype, 'polluted')
    })
  }

  test('by comparison with Node, and minimised: a line that ends in a bare LF', () => {
    const rivals: Rivals = { ...RIVALS, makeParser: (input) => ourParser({ ...input, lenient: { bareLf: true } }) }
    let find: Find | undefined
    for (let index = 0; find === undefined && index < 2000; index += 1)
      find = tryIndex(rivals, 9112, index, new Tally())
    if (find === undefined || !('input' in find)) throw new Error('nothing was found')
    const { input, breach } = shrink(rivals, find)
    expect(breach.law).toBe('node')
    expect(input.bytes.length).toBeLessThan(40)
    expect(textOf(input.bytes)).toMatch(/(?<!\r)\n/)
  })

  test('by the law of time: a parser that reads everything again with each segment', () => {
    const cubic = faulty((parser) => {
      let seen = 0
      return {
        push(bytes) {
          seen += bytes.length
          for (let i = 0; i < (seen * seen) / 64; i += 1) Math.imul(i, i)
          parser.push(bytes)
        },
      }
    })
    const flood: Flood = {
      name: 'a body',
      to: ['GET'],
      before: 'HTTP/1.1 200 OK\r\n\r\n',
      repeated: 'x',
      after: '',
      segment: 1,
      lenient: {},
    }
    expect(timeBreach(cubic, flood, { least: 256, doublings: 2 })?.law).toBe('time')
  })
})

/** Our parser, but for what `fault` does otherwise. */
function faulty(fault: Fault): MakeParser {
  return (input) => {
    const parser = ourParser(input)
    return {
      get state() {
        return parser.state
      },
      push: (bytes) => parser.push(bytes),
      pushEof: () => parser.pushEof(),
      next: () => parser.next(),
      takeRest: () => parser.takeRest(),
      ...fault(parser, input),
    }
  }
}
