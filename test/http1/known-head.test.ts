import { expect, test } from '../helpers/test.ts'
import type { ResponseHead } from '../../src/http1/events.ts'
import { KnownHead } from '../../src/http1/known-head.ts'
import { ReceiveBuffer } from '../../src/http1/receive-buffer.ts'
import { byteByByte, read, type Reading, traceOf } from '../helpers/trace.ts'
import { parserFor, type WireCase, wireCases } from '../helpers/wire.ts'

const CASES = wireCases().filter(({ to }) => to !== undefined)

/** What is made of an answer that comes three times: the quick way, and byte by byte, where a head is always read anew. */
function readings(one: WireCase): { readonly quick: Reading; readonly slow: Reading } {
  const { bytes, eof } = one
  const how = { ...one, to: [...(one.to ?? []), ...(one.to ?? []), ...(one.to ?? [])] }
  const all = Buffer.concat([bytes, bytes, bytes])
  return { quick: read(parserFor(how), [bytes, bytes, bytes], eof), slow: read(parserFor(how), byteByByte(all), eof) }
}

const headsOf = ({ events }: Reading): readonly ResponseHead[] =>
  events.filter((event) => event.type === 'response-head')

/** Whether a head was taken for the one before it: they have the fields in common. */
const isQuick = (reading: Reading): boolean =>
  headsOf(reading).some(({ fields }, index, heads) => heads[index - 1]?.fields === fields)

test.describe('a head that recurs', () => {
  for (const file of new Set(CASES.map((one) => one.file))) {
    test(`has the same events from the quick path as from the slow one: ${file}`, () => {
      for (const one of CASES.filter((each) => each.file === file)) {
        const { quick, slow } = readings(one)
        expect({ trace: traceOf(quick), state: quick.state }, one.name).toEqual({
          trace: traceOf(slow),
          state: slow.state,
        })
        expect(isQuick(slow), one.name).toBe(false)
      }
    })
  }

  test('takes the quick path in many of these cases', () => {
    expect(CASES.filter((one) => isQuick(readings(one).quick)).length).toBeGreaterThan(20)
  })
})

const bufferOf = (text: string): ReceiveBuffer => {
  const buffer = new ReceiveBuffer()
  buffer.push(Buffer.from(text, 'latin1'))
  return buffer
}

function note(known: KnownHead, text: string, method = 'GET'): void {
  const head = { type: 'response-head', start: 7, end: 7 + text.length, version: '1.0', status: 203 } as const
  const fields = [{ name: 'A', value: text }]
  known.note(bufferOf(`${text}more`), { ...head, reason: 'R', fields }, method, { kind: 'content-length', length: 3 })
}

const isNext = (known: KnownHead, text: string, method = 'GET'): boolean => known.isNextIn(bufferOf(text), method)

test.describe('KnownHead', () => {
  test('knows the head that was noted, with all that was made of it', () => {
    const known = new KnownHead()
    expect(isNext(known, 'head')).toBe(false)
    note(known, 'head')
    expect(isNext(known, 'head')).toBe(true)
    expect(isNext(known, 'head and more')).toBe(true)
    const { length, version, status, reason, fields, framing } = known
    expect({ length, version, status, reason, fields, framing }).toEqual({
      length: 4,
      version: '1.0',
      status: 203,
      reason: 'R',
      fields: [{ name: 'A', value: 'head' }],
      framing: { kind: 'content-length', length: 3 },
    })
  })

  test('knows no other head, none that is not there yet, and none for another method', () => {
    const known = new KnownHead()
    note(known, 'head')
    for (const text of ['hea', 'heax', 'xead', 'xhead', '']) expect([text, isNext(known, text)]).toEqual([text, false])
    expect(isNext(known, 'head', 'HEAD')).toBe(false)
    expect(isNext(known, 'head')).toBe(true)
    note(known, 'long', 'POST')
    expect([isNext(known, 'head'), isNext(known, 'long', 'POST')]).toEqual([false, true])
  })

  test('knows a head where it begins in the middle of a buffer', () => {
    const known = new KnownHead()
    note(known, 'head')
    const buffer = bufferOf('headhead')
    buffer.consume(4)
    expect(known.isNextIn(buffer, 'GET')).toBe(true)
    buffer.consume(1)
    expect(known.isNextIn(buffer, 'GET')).toBe(false)
  })

  test('keeps a head of 2,048 bytes, and none that is longer', () => {
    for (const length of [2047, 2048, 2049]) {
      const known = new KnownHead()
      note(known, 'x'.repeat(length))
      expect([length, isNext(known, 'x'.repeat(length))]).toEqual([length, length <= 2048])
      note(known, 'head')
      expect(isNext(known, 'head')).toBe(true)
    }
  })

  test('is not looked for after four heads in a row that were new, until some sixty have passed', () => {
    const known = new KnownHead()
    const seeNew = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        expect(isNext(known, `new ${index}`)).toBe(false)
        note(known, 'head')
      }
    }
    note(known, 'head')
    seeNew(3)
    expect(isNext(known, 'head')).toBe(true)
    seeNew(3)
    expect(isNext(known, 'head')).toBe(true)
    seeNew(4)
    let passed = 0
    for (; passed < 200 && !isNext(known, 'head'); passed += 1) note(known, 'head')
    expect(passed).toBe(61)
    seeNew(3)
    expect(isNext(known, 'head')).toBe(true)
  })
})
