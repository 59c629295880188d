import { expect, test } from '../helpers/test.ts'
import { CassetteError } from '../../src/errors.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { wholeRecordsOf } from '../../src/format/torn-tail.ts'
import { salvage } from '../../src/store/salvage.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { every } from '../helpers/share.ts'

/** Three records: two of one connection, one of another, with characters of two bytes. */
function small(): string {
  const tape = new TapeWriter()
  const first = tape.open('http://api.test')
  for (const word of ['one', 'grüße']) first.sent(request('GET', `/${word.length}`)).received(answer(utf8(word)))
  tape.open('http://other.test').sent(request('GET', '/')).received(answer('three'))
  return encodeCassette(tape.cassette)
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1')
const TEXT = small()
const BYTES = Buffer.from(TEXT)
/** One character a byte, as places in a file count. */
const LATIN = BYTES.toString('latin1')
const RECORDS = wholeRecordsOf(LATIN).records
const END_OF_TAPE = RECORDS.at(-1)?.end ?? 0

const salvaged = (text: string, isJournal = false): ReturnType<typeof salvage> =>
  salvage(Buffer.from(text, 'latin1'), 'users.yaml', isJournal)

function codeOf(act: () => unknown): string {
  try {
    act()
    return 'nothing'
  } catch (error) {
    return error instanceof CassetteError ? error.code : String(error)
  }
}

/** The lines of a cassette with another text instead of one in the given record. */
function edited(record: number, from: RegExp, to: string, end = LATIN.length): string {
  const { start = 0, end: last = 0 } = RECORDS[record] ?? {}
  const lines = LATIN.slice(start, last)
  expect(lines).toMatch(from)
  return LATIN.slice(0, start) + lines.replace(from, to) + LATIN.slice(last, end)
}

test.describe('salvage', () => {
  test('leaves a whole file as it is, byte for byte', () => {
    const { bytes, cassette, droppedBytes, line } = salvage(BYTES, 'users.yaml')
    expect(bytes).toBe(BYTES)
    expect(cassette).toEqual(decodeCassette(TEXT))
    expect([droppedBytes, line]).toEqual([0, 0])
  })

  test('keeps at every cut the records before it, in a file that is whole again', () => {
    const tape = LATIN.indexOf('tape:\n') + 'tape:\n'.length
    const wholes = [tape, ...RECORDS.map(({ end }) => end)].map((end) => salvaged(LATIN.slice(0, end)))
    expect(wholes.map(({ cassette }) => cassette.records.length)).toEqual([0, 1, 2, 3])
    for (const [count, { cassette, bytes }] of wholes.entries()) {
      expect(cassette.records).toEqual(decodeCassette(TEXT).records.slice(0, count))
      expect(decodeCassette(Buffer.from(bytes).toString())).toEqual(cassette)
    }
    const cuts = Array.from({ length: LATIN.length - 1 - tape }, (_, index) => tape + index)
    for (const cut of every(5, cuts)) {
      const kept = RECORDS.filter(({ end }) => end <= cut)
      const end = kept.at(-1)?.end ?? tape
      const { bytes, droppedBytes, line } = salvaged(LATIN.slice(0, cut))
      const isSame = Buffer.from(wholes[kept.length]?.bytes ?? []).equals(bytes)
      if (!isSame || droppedBytes !== cut - end || line !== LATIN.slice(0, end).split('\n').length)
        throw new Error(
          `cut at ${cut}: ${droppedBytes} bytes dropped from line ${line} on, ${Buffer.from(bytes).toString()}`,
        )
    }
    // Without the end of its last line it says all there is.
    expect(salvaged(LATIN.slice(0, -1)).droppedBytes).toBe(0)
  })

  test('refuses every cut within the lines before the records', () => {
    const tape = LATIN.indexOf('tape:\n') + 'tape:\n'.length
    const codes = Array.from({ length: tape }, (_, cut) => codeOf(() => salvaged(LATIN.slice(0, cut))))
    expect(codes.filter((code) => !/^(?:TORN_TAIL|CASSETTE_\w+)$/.test(code))).toEqual([])
    expect(codes.at(-1)).toBe('TORN_TAIL')
  })

  test('ends before a broken record in the middle, also when the ones after it are whole', () => {
    const text = edited(1, /received:/, 'recieved:', END_OF_TAPE)
    const { cassette, droppedBytes } = salvaged(text)
    expect(cassette.records).toEqual(decodeCassette(TEXT).records.slice(0, 1))
    expect(droppedBytes).toBe(text.length - (RECORDS[0]?.end ?? 0))
  })

  test('keeps nothing but the beginning when the first record is broken', () => {
    const { cassette } = salvaged(edited(0, /open: 1/, 'open: one', END_OF_TAPE))
    expect(cassette.records).toEqual([])
    expect(cassette.recorded).toEqual(decodeCassette(TEXT).recorded)
  })

  test('refuses a file that has its end and is broken nevertheless', () => {
    expect(codeOf(() => salvaged(edited(1, /received:/, 'recieved:')))).toBe('CASSETTE_INVALID')
  })

  test('keeps a record that somebody edited, with a note that its checksum is wrong', () => {
    const { cassette } = salvaged(edited(1, /GET \/5 HTTP/, 'GET /9 HTTP', END_OF_TAPE))
    expect(cassette.records).toHaveLength(3)
    expect(cassette.notes).toMatchObject([{ code: 'CHECKSUM_WRONG', record: 1 }])
  })

  test('ends a journal before a record with a wrong checksum: nobody edits journals', () => {
    const text = edited(1, /crc32 [\da-f]{8}/, 'crc32 00000000', END_OF_TAPE)
    const { cassette, bytes } = salvaged(text, true)
    expect(cassette.records).toEqual(decodeCassette(TEXT).records.slice(0, 1))
    expect(decodeCassette(Buffer.from(bytes).toString()).notes).toEqual([])
    expect(salvaged(text).cassette.records).toHaveLength(3)
    expect(salvaged(edited(2, /three/, 'other', END_OF_TAPE), true).cassette.records).toHaveLength(2)
  })

  test('refuses a file whose beginning is not whole', () => {
    expect(codeOf(() => salvaged('wiretape: 1\n'))).toBe('TORN_TAIL')
    expect(codeOf(() => salvaged('users:\n  - Ada\n'))).toMatch(/^CASSETTE_/)
    expect(codeOf(() => salvaged(''))).toMatch(/^CASSETTE_/)
  })
})
