import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { type ErrorCode, ERROR_CODES } from '../../src/errors.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { byteByByte, cutAt, formatError, joinData, type Parser, read, type Reading, traceOf } from '../helpers/trace.ts'
import { parserFor, type WireCase, wireCases } from '../helpers/wire.ts'
import { countOf } from '../helpers/share.ts'

const cases = wireCases()

test.describe('fixtures/wire', () => {
  for (const wireCase of cases) {
    test(`${wireCase.name} (${wireCase.rfc})`, () => {
      const { bytes, eof, trace, error, state } = wireCase
      const whole = read(parserFor(wireCase), [bytes], eof)
      expect(traceOf(whole), 'in one segment').toEqual(trace)
      if (state !== undefined) expect(whole.state).toBe(state)
      if (error !== undefined) expect(whole.state).toBe('failed')

      expectTiled(whole, bytes)
      expectSameHoweverCut(wireCase)
      expectPrefixSafety(whole, wireCase)
      expectSameWithBytesFollowing(wireCase)
      expectEndIsFinal(wireCase)
    })
  }

  test('names are unique, and every case names its source', () => {
    const names = cases.map(({ name }) => name)
    expect(names.length).toBeGreaterThanOrEqual(70)
    expect(names).toEqual([...new Set(names)])
    expect(cases.filter(({ rfc }) => !/^RFC \d{4}/.test(rfc))).toEqual([])
  })

  test('every error that a parser can raise has a case', () => {
    const seen = new Set<string | undefined>(cases.map(({ error }) => error))
    // The client raises this one: the parser does not know what a request asked for.
    const byTheClient = 'UNEXPECTED_UPGRADE' satisfies ErrorCode
    expect(PARSER_CODES.filter((code) => !seen.has(code) && code !== byTheClient)).toEqual([])
  })
})

/** The first group of the table. */
const PARSER_CODES = Object.keys(ERROR_CODES).slice(
  0,
  Object.keys(ERROR_CODES).indexOf('INVALID_METHOD' satisfies ErrorCode),
)

/** Each event starts where the one before ended, and data is the bytes of its range. */
function expectTiled({ events }: Reading, bytes: Buffer): void {
  let end = 0
  for (const event of events) {
    expectEqual(event.start, end, `start of ${event.type}`)
    if (event.type === 'data') {
      expectEqual(Buffer.from(event.bytes), bytes.subarray(event.start, event.end), `data at ${end}`)
    }
    end = event.end
  }
}

/** Same events, error, state and rest: byte by byte, cut in two at every place, and cut at random. */
function expectSameHoweverCut(wireCase: WireCase): void {
  const { bytes } = wireCase
  const untouched = Buffer.from(bytes)
  const whole = outcomeOf(wireCase, [bytes])
  const expectSame = (segments: readonly Uint8Array[], how: string): void =>
    expectEqual(outcomeOf(wireCase, segments), whole, how)
  expectSame(byteByByte(bytes), 'byte by byte')
  for (let cut = 0; cut <= bytes.length; cut += 1) expectSame(cutAt(bytes, [cut]), `cut at ${cut}`)
  for (const cuts of randomCuts(bytes.length)) expectSame(cutAt(bytes, cuts), `cut at ${cuts.join(', ')}`)
  expect(bytes.equals(untouched), 'segments are not written to').toBe(true)
}

function outcomeOf(wireCase: WireCase, segments: readonly Uint8Array[]): unknown {
  const parser = parserFor(wireCase)
  const reading = read(parser, segments, wireCase.eof)
  return { trace: traceOf(reading), state: reading.state, rest: restOf(parser) }
}

/** What was pushed and is not HTTP; where the parser still wants to read it, there is no such thing. */
function restOf(parser: Parser): string {
  const isOver = parser.state === 'tunnel' || parser.state === 'must-close'
  return isOver ? Buffer.from(parser.takeRest()).toString('latin1') : ''
}

/** Lists of one to eight cuts, the same in every run. */
const randomCuts = (length: number): number[][] =>
  fc.sample(fc.array(fc.nat(length), { minLength: 1, maxLength: 8 }), { seed: 9112, numRuns: countOf(6, 20) })

/** What was said after some bytes is never taken back by more of them. */
function expectPrefixSafety(whole: Reading, wireCase: WireCase): void {
  const full = joinData(whole.events)
  for (let length = 0; length < wireCase.bytes.length; length += 1) {
    const { events, error } = read(parserFor(wireCase), [wireCase.bytes.subarray(0, length)])
    const early = joinData(events)
    const same = full.slice(0, early.length)
    const [last, lastSame] = [early.at(-1), same.at(-1)]
    if (last?.type === 'data' && lastSame?.type === 'data') {
      same[same.length - 1] = {
        ...lastSame,
        end: last.end,
        bytes: Buffer.from(lastSame.bytes.subarray(0, last.bytes.length)),
      }
    }
    const expected = traceOf({ events: same, error: error === undefined ? undefined : whole.error })
    expectEqual(traceOf({ events: early, error }), expected, `the first ${length} bytes`)
  }
}

/** Bytes that follow change nothing of what was said, and what they are themselves depends only on the state. */
function expectSameWithBytesFollowing(wireCase: WireCase): void {
  const { bytes, eof, error, trace, parsed, to } = wireCase
  if (eof) return
  const followedBy = (text: string, more: Partial<WireCase> = {}): string[] =>
    traceOf(read(parserFor({ ...wireCase, ...more }), [Buffer.concat([bytes, Buffer.from(text, 'latin1')])]))
  const [start, mayFollow] = [bytes.length, parsed === bytes.length]
  const { state } = read(parserFor(wireCase), [bytes])

  if (error !== undefined || state === 'must-close' || state === 'tunnel') {
    expect(followedBy('HTTP/1.1 200 OK\r\n\r\n')).toEqual(trace)
  }
  if (state === 'idle') {
    expect(followedBy('\r')).toEqual([...trace, formatError('UNSOLICITED_DATA', start)])
    expect(followedBy('HTTP/1.1 204 Next\r\n\r\n', { to: [...(to ?? []), 'GET'] })).toEqual([
      ...trace,
      `[${start},${start + 21}) response-head ["HTTP/1.1 204 Next"]`,
      `[${start + 21},${start + 21}) end-of-message []`,
    ])
  }
  if (to === undefined && state === 'head' && mayFollow) {
    expect(followedBy('GET /next HTTP/1.1\r\n\r\n')).toEqual([
      ...trace,
      `[${start},${start + 22}) request-head ["GET /next HTTP/1.1"]`,
      `[${start + 22},${start + 22}) end-of-message []`,
    ])
  }
}

/** After an error, a tunnel or the last message nothing more is said. */
function expectEndIsFinal(wireCase: WireCase): void {
  const parser = parserFor(wireCase)
  const { state } = read(parser, [wireCase.bytes], wireCase.eof)
  if (state !== 'failed' && state !== 'tunnel' && state !== 'must-close') return
  expect(read(parser, [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')], true)).toEqual({ events: [], error: undefined, state })
}
