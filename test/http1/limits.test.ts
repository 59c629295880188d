import { expect, test } from '../helpers/test.ts'
import { DEFAULT_LIMITS } from '../../src/http1/limits.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { byteByByte, cutAt, read, type Reading } from '../helpers/trace.ts'

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

/** A head of exactly `length` bytes. */
const headOf = (length: number): string => `HTTP/1.1 204 No Content\r\nA: ${'a'.repeat(length - 32)}\r\n\r\n`

const interimOf = (length: number): string =>
  `HTTP/1.1 103\r\n${length === 20 ? 'A:' : `A: ${'a'.repeat(length - 21)}`}\r\n\r\n`

/** What each default allows to the byte, what is one too many, and where that one is. */
const BORDERS: readonly Border[] = [
  {
    what: '65,536 bytes of head',
    allowed: headOf(65_536),
    refused: headOf(65_537),
    error: { code: 'HEADERS_TOO_LARGE', offset: 65_536 },
  },
  {
    what: '2,000 fields',
    allowed: `HTTP/1.1 204 No Content\r\n${'a: b\r\n'.repeat(2000)}\r\n`,
    refused: `HTTP/1.1 204 No Content\r\n${'a: b\r\n'.repeat(2001)}\r\n`,
    error: { code: 'TOO_MANY_HEADERS', offset: 25 + 6 * 2000 },
  },
  {
    what: '16,384 bytes of trailers',
    allowed: `${CHUNKED}0\r\nA: ${'a'.repeat(16_384 - 7)}\r\n\r\n`,
    refused: `${CHUNKED}0\r\nA: ${'a'.repeat(16_384 - 6)}\r\n\r\n`,
    error: { code: 'TRAILERS_TOO_LARGE', offset: CHUNKED.length + 3 + 16_384 },
  },
  {
    what: '16,384 bytes of chunk extensions in one chunk',
    allowed: `${CHUNKED}1;${'a'.repeat(16_383)}\r\nx\r\n0\r\n\r\n`,
    refused: `${CHUNKED}1;${'a'.repeat(16_384)}\r\nx\r\n0\r\n\r\n`,
    error: { code: 'CHUNK_EXT_TOO_LARGE', offset: CHUNKED.length + 1 + 16_384 },
  },
  {
    what: '16,384 bytes of chunk extensions in one message',
    allowed: `${CHUNKED}${'1;abc\r\nx\r\n'.repeat(4096)}0\r\n\r\n`,
    refused: `${CHUNKED}${'1;abc\r\nx\r\n'.repeat(4096)}0;a\r\n\r\n`,
    error: { code: 'CHUNK_EXT_TOO_LARGE', offset: CHUNKED.length + 10 * 4096 + 1 },
  },
  {
    what: '100 interim responses',
    allowed: `${'HTTP/1.1 100\r\n\r\n'.repeat(100)}HTTP/1.1 204\r\n\r\n`,
    refused: `${'HTTP/1.1 100\r\n\r\n'.repeat(101)}HTTP/1.1 204\r\n\r\n`,
    error: { code: 'TOO_MANY_INFORMATIONAL', offset: 16 * 100 },
  },
  {
    what: '262,144 bytes of interim responses',
    allowed: `${interimOf(65_536).repeat(4)}HTTP/1.1 204\r\n\r\n`,
    refused: `${interimOf(65_536).repeat(4)}${interimOf(20)}HTTP/1.1 204\r\n\r\n`,
    error: { code: 'TOO_MANY_INFORMATIONAL', offset: 262_144 },
  },
]

interface Border {
  readonly what: string
  readonly allowed: string
  readonly refused: string
  readonly error: { readonly code: string; readonly offset: number }
}

/** What never ends: a start, and what follows it again and again. */
const FLOODS: Readonly<Record<string, readonly [start: string, unit: string]>> = {
  'a reason': ['HTTP/1.1 200 ', 'a'],
  'a field name': ['HTTP/1.1 200 OK\r\n', 'a'],
  'a field value': ['HTTP/1.1 200 OK\r\nA: ', 'a'],
  'blanks before a field value': ['HTTP/1.1 200 OK\r\nA:', ' '],
  fields: ['HTTP/1.1 200 OK\r\n', 'a: b\r\n'],
  'interim responses': ['', 'HTTP/1.1 103\r\n\r\n'],
  'digits of a chunk-size': [CHUNKED, '0'],
  'a chunk extension': [`${CHUNKED}1;`, 'a'],
  'a quoted chunk extension': [`${CHUNKED}1;a="`, 'a'],
  'chunks with extensions': [CHUNKED, '1;aaaaaa\r\nx\r\n'],
  'a trailer': [`${CHUNKED}0\r\nA: `, 'a'],
  trailers: [`${CHUNKED}0\r\n`, 'a: b\r\n'],
  'empty lines': ['', '\r\n'],
}

test.describe('DEFAULT_LIMITS', () => {
  for (const { what, allowed, refused, error } of BORDERS) {
    test(`allow ${what}, and not one more, for any cut into segments`, () => {
      for (const segments of segmentations(allowed)) {
        expect(read(parser(), segments)).toMatchObject({ error: undefined, state: 'idle' })
      }
      for (const segments of segmentations(refused)) expect(read(parser(), segments).error).toMatchObject(error)
    })
  }

  for (const [what, [start, unit]] of Object.entries(FLOODS)) {
    test(`stop endless ${what} within 65,536 bytes, for any cut into segments`, () => {
      const flood = `${start}${unit.repeat(1_000_000 / unit.length)}`
      const { error } = read(parser(), [bytesOf(flood)])
      expect(error).toBeDefined()
      expect(error?.offset).toBeLessThanOrEqual(DEFAULT_LIMITS.headBytes)
      expect(outcome(read(parser(), byteByByte(bytesOf(flood.slice(0, 100_000)))))).toEqual(outcome({ error }))
    })
  }
})

// oxfmt-ignore
const EACH: Readonly<Record<string, readonly [most: string, final: string]>> = {
  'interim responses':                              ['HTTP/1.1 100\r\n\r\n'.repeat(100), 'HTTP/1.1 204\r\n\r\n'],
  'bytes of interim responses':                     [interimOf(65_536).repeat(4), 'HTTP/1.1 204\r\n\r\n'],
  'interim responses, with chunks after them':      ['HTTP/1.1 100\r\n\r\n'.repeat(100), `${CHUNKED}1;${'a'.repeat(16_383)}\r\nx\r\n0\r\n\r\n`],
}
for (const [what, [most, final]] of Object.entries(EACH))
  test(`each answer may have the most ${what}, whether its head is the one before or not`, () => {
    const one = new ResponseParser()
    for (let count = 0; count < 4; count += 1) one.expectResponseTo('GET')
    const other = final.replace('\r\n', '\r\nA: b\r\n')
    const { events, error } = read(one, [bytesOf([final, final, other, final].map((each) => most + each).join(''))])
    expect(error).toBeUndefined()
    expect(events.filter(({ type }) => type === 'end-of-message')).toHaveLength(4)
  })

const parser = (): ResponseParser => {
  const one = new ResponseParser()
  one.expectResponseTo('GET')
  return one
}

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Whole, byte by byte, in reads of 1,000 bytes, and cut around the last of them. */
function segmentations(text: string): Uint8Array[][] {
  const bytes = bytesOf(text)
  const thousands = Array.from({ length: Math.floor(bytes.length / 1000) }, (_, index) => 1000 * (index + 1))
  const last = [1, 2, 3, 4, 5].map((count) => cutAt(bytes, [bytes.length - count]))
  return [[bytes], byteByByte(bytes), cutAt(bytes, thousands), ...last]
}

const outcome = ({ error }: Pick<Reading, 'error'>): unknown => [error?.code, error?.offset, error?.message]
