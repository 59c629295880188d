import { expect, test } from '../helpers/test.ts'
import type { ResponseHead } from '../../src/http1/events.ts'
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
