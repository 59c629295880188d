import { test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { STRICT } from '../../src/http1/leniency.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { mutant, requests, responses, soup } from '../helpers/made-messages.ts'
import { countOf } from '../helpers/share.ts'
import { byteByByte, cutAt, read, type Reading, traceOf } from '../helpers/trace.ts'
import { type Conversation, parserFor, wireCases } from '../helpers/wire.ts'

/** Where to cut, in thousandths of the length, so that one list fits any bytes. */
const cuts = fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 })
const place = (bytes: Buffer, thousandths: readonly number[]): number[] =>
  thousandths.map((each) => Math.round((each * bytes.length) / 1000))

/** Whose bytes they are taken for. */
const side = fc.constantFrom<Conversation['to']>(undefined, ['GET'], ['GET', 'HEAD', 'POST'], ['CONNECT'], [])

/** Which leniencies are on: none in half of the runs. */
const lenient = fc
  .oneof(fc.constant([]), fc.subarray(Object.keys(STRICT)))
  .map((names): Conversation['lenient'] => Object.fromEntries(names.map((name) => [name, true])))

test.describe('ResponseParser and RequestParser', () => {
  for (const [what, made] of Object.entries({ responses, requests })) {
    test(`return the generated ${what}, with their ranges, for any cut into segments`, () => {
      fc.assert(
        fc.property(made, cuts, (one, thousandths) => {
          for (const segments of [
            [one.bytes],
            byteByByte(one.bytes),
            cutAt(one.bytes, place(one.bytes, thousandths)),
          ]) {
            expectEqual(traceOf(read(parserFor(one), segments, one.eof)), one.trace, `in ${segments.length} segments`)
          }
        }),
        { numRuns: countOf(80, 500) },
      )
    })
  }

  test('have the same result for any bytes and any cut into segments', () => {
    fc.assert(fc.property(soup, fc.record({ to: side, lenient }), fc.boolean(), cuts, expectSameHoweverCut), {
      numRuns: countOf(250, 2000),
    })
  })

  test('have the same result for a broken message and any cut into segments', () => {
    const broken = fc.constantFrom(...wireCases()).chain((one) => fc.tuple(fc.constant(one.to), mutant(one.bytes)))
    fc.assert(
      fc.property(broken, lenient, fc.boolean(), cuts, ([to, bytes], given, eof, thousandths) =>
        expectSameHoweverCut(bytes, { to, lenient: given }, eof, thousandths),
      ),
      { numRuns: countOf(250, 2000) },
    )
  })

  test('have the same result when a message recurs as the first time', () => {
    const repeated = fc
      .constantFrom(...wireCases().filter(({ to }) => to !== undefined))
      .chain((one) => fc.tuple(fc.constant(one), fc.oneof(fc.constant(one.bytes), mutant(one.bytes))))
    // Byte by byte a head is always read anew; whole, the second one is known.
    fc.assert(
      fc.property(repeated, lenient, fc.constantFrom('GET', 'HEAD'), cuts, ([one, other], given, method, thousandths) =>
        expectSameHoweverCut(
          Buffer.concat([one.bytes, one.bytes, other, one.bytes]),
          { to: [...(one.to ?? []), ...(one.to ?? []), method, method], lenient: given },
          false,
          thousandths,
        ),
      ),
      { numRuns: countOf(250, 1000) },
    )
  })

  test('share the fields of a recurring head, even after many other heads', () => {
    const others = Array.from({ length: 200 }, (_, id) => answerOf(100 + id))
    const same = Array.from({ length: 200 }, () => answerOf(500))
    const answers = [...others, ...same]
    const to = answers.map(() => 'GET')
    const { events } = read(parserFor({ to, limits: {}, lenient: {} }), answers)
    const heads = events.filter((event) => event.type === 'response-head')
    expectEqual(
      heads.map(({ fields }) => fields[0]?.value),
      answers.map((_, index) => String(index < 200 ? 100 + index : 500)),
      'values',
    )
    expectEqual(new Set(heads.slice(200).map(({ fields }) => fields)).size < 100, true, 'kept')
  })
})

const answerOf = (id: number): Buffer => Buffer.from(`HTTP/1.1 204 No Content\r\nId: ${id}\r\n\r\n`)

function expectSameHoweverCut(
  bytes: Buffer,
  how: Pick<Conversation, 'to' | 'lenient'>,
  eof: boolean,
  thousandths: readonly number[],
): void {
  const outcomeOf = (segments: readonly Uint8Array[]): unknown => {
    const reading = read(parserFor({ ...how, limits: {} }), segments, eof)
    expectTiled(reading, bytes)
    return { trace: traceOf(reading), state: reading.state }
  }
  const whole = outcomeOf([bytes])
  expectEqual(outcomeOf(byteByByte(bytes)), whole, 'byte by byte')
  expectEqual(outcomeOf(cutAt(bytes, place(bytes, thousandths))), whole, 'cut')
}

/** Events lie next to each other and tell their own bytes; an error lies behind them and not beyond the end. */
function expectTiled({ events, error }: Reading, bytes: Buffer): void {
  let end = 0
  for (const event of events) {
    expectEqual({ start: event.start, isForward: event.end >= end }, { start: end, isForward: true }, event.type)
    end = event.end
    if (event.type !== 'data') continue
    expectEqual(Buffer.from(event.bytes), bytes.subarray(event.start, end), `data at ${event.start}`)
  }
  const offset = error?.offset ?? end
  expectEqual(Math.min(Math.max(offset, end), bytes.length), offset, 'offset of the error')
}
