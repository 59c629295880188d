import { expect, test } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { encodeEnd, tornTail, wholeRecordsOf } from '../../src/format/torn-tail.ts'
import { YamlSource } from '../../src/format/yaml-reader.ts'
import { CassetteError } from '../../src/errors.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

/** Two connections with three records in all, one of which could not be made, and a body that looks like a cassette. */
function small(): string {
  const tape = new TapeWriter()
  const first = tape.open('http://api.test')
  first.sent(request('GET', '/a')).received(answer('  - saved: crc32 00000000\n  - via: 9\n'))
  first.sent(request('GET', '/b')).received(answer('two')).ended('server').closed('client')
  tape.failed('http://gone.test', { code: 'CONNECT_FAILED', phase: 'tcp', message: 'refused' })
  return encodeCassette(tape.cassette)
}

test.describe('wholeRecordsOf', () => {
  test('finds the records, with their connections and events', () => {
    const text = small()
    const { records, events, start, end } = wholeRecordsOf(text)
    expect(records.map((record) => [record.connection, record.events])).toEqual([
      [1, 3],
      [1, 4],
      [2, 1],
    ])
    expect(events).toBe(8)
    expect(text.slice(0, start)).toMatch(/\ntape:\n$/)
    expect(text.slice(end)).toBe(encodeEnd(8))
  })

  test('gives records that follow one another and each end with a checksum', () => {
    const text = small()
    let at = wholeRecordsOf(text).start
    for (const { start, end } of wholeRecordsOf(text).records) {
      expect(start).toBe(at)
      expect(text.slice(start, end)).toMatch(/\n {2}- saved: crc32 [\da-f]{8}\n$/)
      at = end
    }
  })

  test('keeps at every cut the records that ended before it, and no other', () => {
    const text = small()
    const whole = wholeRecordsOf(text)
    for (let cut = 0; cut <= text.length; cut += 1) {
      const found = wholeRecordsOf(text.slice(0, cut))
      const expected = whole.records.filter(({ end }) => end <= cut)
      const events = expected.reduce((sum, record) => sum + record.events, 0)
      const start = cut < whole.start ? 0 : whole.start
      expect(found, `cut at ${cut}`).toEqual({ records: expected, events, start, end: expected.at(-1)?.end ?? start })
    }
  })

  test('finds nothing in a text without a tape', () => {
    for (const text of ['', 'wiretape: 1\n', '# tape:\n', 'tape: []\nevents: 0\n'])
      expect(wholeRecordsOf(text)).toEqual({ records: [], events: 0, start: 0, end: 0 })
  })
})

test.describe('tornTail', () => {
  const BROKEN = new CassetteError('CASSETTE_SYNTAX', 'something is missing')
  const torn = (text: string, error: unknown = BROKEN): CassetteError | undefined =>
    tornTail(new YamlSource(text, 'users.yaml'), error)

  test('says how many records are whole, and where the last one ends', () => {
    const text = small()
    const { records } = wholeRecordsOf(text)
    const [one, two] = records.map(({ end }) => torn(text.slice(0, end + 7)))
    expect(one).toMatchObject({ code: 'TORN_TAIL', detail: expect.stringContaining('1 complete record ends here') })
    expect(two).toMatchObject({ code: 'TORN_TAIL', detail: expect.stringContaining('2 complete records end here') })
    expect(two?.line).toBe(text.slice(0, records[1]?.end).split('\n').length)
  })

  test('is not what is wrong with a text that has its last line, or was never a cassette', () => {
    const text = small()
    expect(torn(text)).toBeUndefined()
    expect(torn(text.slice(0, -1))).toMatchObject({ code: 'TORN_TAIL' })
    expect(torn('name: users\n')).toBeUndefined()
    expect(torn('')).toBeUndefined()
    expect(torn('# a comment\n---\n"wiretape": 1\n')).toMatchObject({ code: 'TORN_TAIL' })
  })

  test('is not what is wrong where a cut cannot be the reason', () => {
    const cut = small().slice(0, -20)
    for (const code of ['CASSETTE_SYNTAX', 'CASSETTE_INVALID', 'BAD_BASE64'] as const)
      expect(torn(cut, new CassetteError(code, '')), code).toMatchObject({ code: 'TORN_TAIL' })
    for (const code of ['CASSETTE_VERSION', 'BLOB_MISSING'] as const)
      expect(torn(cut, new CassetteError(code, '')), code).toBeUndefined()
    expect(torn(cut, new TypeError('a fault of ours'))).toBeUndefined()
  })
})
