import { readFileSync } from 'node:fs'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { leniencyNames, resolveLeniencies, STRICT } from '../../src/http1/leniency.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { requests, responses } from '../helpers/made-messages.ts'
import { byteByByte, read, traceOf } from '../helpers/trace.ts'
import { type Conversation, parserFor, wireCases } from '../helpers/wire.ts'
import { countOf } from '../helpers/share.ts'

const NAMES = Object.keys(STRICT)
const ALL = allOf(NAMES)

const cases = wireCases()

test.describe('a leniency', () => {
  for (const { name, lenient, trace, bytes, eof, ...how } of cases.filter(isAcceptedLeniently)) {
    test(`is needed for: ${name}`, () => {
      for (const off of Object.keys(lenient)) {
        const others = allOf(Object.keys(lenient).filter((each) => each !== off))
        expect(traceOf(read(parserFor({ ...how, lenient: others }), [bytes], eof)), `without ${off}`).not.toEqual(trace)
      }
    })
  }

  test('has a case that is accepted only with it', () => {
    const shown = new Set(cases.filter(isAcceptedLeniently).flatMap(({ lenient }) => Object.keys(lenient)))
    expect(NAMES.filter((name) => !shown.has(name))).toEqual([])
  })

  test('does not change a message that is accepted without it', () => {
    const strictly = cases.filter(({ lenient, error }) => Object.keys(lenient).length === 0 && error === undefined)
    expect(strictly.length).toBeGreaterThan(60)
    for (const one of strictly) {
      for (const lenient of [ALL, ...NAMES.map((name) => allOf([name]))]) {
        expectEqual(traceOf(read(parserFor({ ...one, lenient }), [one.bytes], one.eof)), one.trace, one.name)
      }
    }
    fc.assert(
      fc.property(fc.oneof(responses, requests), (one) => {
        expectEqual(traceOf(read(parserFor({ ...one, lenient: ALL }), [one.bytes], one.eof)), one.trace, 'with all')
      }),
      { numRuns: countOf(100, 500) },
    )
  })

  test('has a row in docs/leniencies.md', () => {
    const page = readFileSync(new URL('../../docs/leniencies.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, name]) => name)
    expect(rows).toEqual(NAMES)
  })
})

test.describe('resolveLeniencies', () => {
  test('switches on the named leniencies and no others', () => {
    expect(resolveLeniencies(undefined)).toBe(STRICT)
    expect(Object.values(STRICT).filter(Boolean)).toEqual([])
    expect(resolveLeniencies({ obsFold: true, bareLf: false })).toEqual({ ...STRICT, obsFold: true })
  })

  test('refuses an unknown name, and so does a connection', () => {
    const lenient = allOf(['bareLF'])
    const refusal = expect.objectContaining({ code: 'INVALID_OPTION', detail: 'there is no leniency "bareLF"' })
    expect(() => resolveLeniencies(lenient)).toThrow(refusal)
    expect(() => new ResponseParser({ lenient })).toThrow(refusal)
    expect(() => new HttpConnection({ host: 'localhost', lenient })).toThrow(refusal)
  })
})

test.describe('leniencyNames', () => {
  test('names the switches that are on, in the order of the table', () => {
    expect(leniencyNames({ obsFold: true, controlInValue: false, bareLf: true })).toEqual(['bareLf', 'obsFold'])
    expect(leniencyNames(undefined)).toEqual([])
  })
})

test.describe('time is linear', () => {
  // Each took seconds where every blank, fold or line was looked at once for each of the others.
  const MANY = 20_000
  const HEADS: Readonly<Record<string, string>> = {
    'blanks inside a list': `Connection: a${' '.repeat(3 * MANY)}b\r\n`,
    'blanks inside a transfer coding': `Transfer-Encoding: chunked,${' '.repeat(3 * MANY)},\r\n`,
    'blanks inside a folded value': `A: a${' '.repeat(3 * MANY)}b\r\n c\r\n`,
    folds: `A: a\r\n${' \r\n'.repeat(MANY)}`,
    'folds of a long name': `${'A'.repeat(MANY)}: a\r\n${' \r\n'.repeat(MANY / 2)}`,
    'folds of a line that is left out': `A\r\n${' \r\n'.repeat(MANY)}`,
    'lines that are left out': 'A\r\n'.repeat(MANY),
    'elements of a length': `Content-Length: ${'5,'.repeat(MANY)}5\r\n`,
    'transfer codings': `Transfer-Encoding: ${'a,'.repeat(MANY)}chunked\r\n`,
  }
  for (const [what, fields] of Object.entries(HEADS)) {
    test(`in ${what}, whole and byte by byte`, () => {
      const bytes = Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`)
      for (const segments of [[bytes], byteByByte(bytes)]) {
        const parser = new ResponseParser({ lenient: ALL })
        parser.expectResponseTo('GET')
        const before = performance.now()
        expect(read(parser, segments).events[0]?.type).toBe('response-head')
        expect(performance.now() - before).toBeLessThan(500)
      }
    })
  }
})

function allOf(names: readonly string[]): Conversation['lenient'] {
  return Object.fromEntries(names.map((name) => [name, true]))
}

function isAcceptedLeniently({ lenient, error }: Conversation): boolean {
  return Object.keys(lenient).length > 0 && error === undefined
}
