import { existsSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import type { ParserLimits } from '../../src/http1/limits.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import {
  collect,
  type ConformanceCase,
  conformanceFile,
  type LedgerEntry,
  readCases,
  type Seen,
  segmentations,
  surprises,
} from '../helpers/conformance.ts'
import { read } from '../helpers/trace.ts'

interface RequestCase extends ConformanceCase {
  readonly bytesB64: string
}

/** What we do otherwise where nothing is contested; the outcome is the expected one in all of these. */
const LEDGER: Readonly<Record<string, LedgerEntry>> = {
  'llhttp/request/content-length-L75': {
    why: 'a Content-Length is judged when the head is complete, and this head is cut',
    differs: 'errorKind: "malformed" expected, "truncated" came',
  },
}

/** Cases that need more than a default limit allows. */
const LIMITS: Readonly<Record<string, Partial<ParserLimits>>> = {
  'curl-sent/test56': { headBytes: 128 * 1024 },
}

const file = conformanceFile('request.jsonl')

test.describe('RequestParser on ../shared/conformance/request.jsonl', () => {
  test.skip(!existsSync(file), 'the cases are not at hand')

  test('gives the expected outcome in every case that is not contested, however it is cut', () => {
    const cases = readCases<RequestCase>(file).filter(({ contested }) => !contested)
    expect(cases.flatMap((each) => surprises(each, outcomesOf(each), LEDGER[each.id]))).toEqual([])
    expect(cases.length).toBeGreaterThan(270)
    console.log(`request cases: all ${cases.length} that are not contested give the expected outcome`)
  })

  test('gives one outcome in every contested case, however it is cut', () => {
    const cases = readCases<RequestCase>(file).filter(({ contested }) => contested)
    const unstable = cases.filter((each) => new Set(outcomesOf(each).map((seen) => JSON.stringify(seen))).size > 1)
    expect(unstable.map(({ id }) => id)).toEqual([])
    const held = cases.filter((each) => surprises(each, outcomesOf(each)).length === 0)
    console.log(`request cases: ${held.length} of ${cases.length} contested ones give what their source expects`)
  })
})

/** The outcome of each way to cut the bytes; the client ends its side after them. */
function outcomesOf({ id, bytesB64 }: RequestCase): Seen[] {
  return segmentations(Buffer.from(bytesB64, 'base64')).map((segments) => {
    const parser = new RequestParser({ limits: LIMITS[id] })
    return collect(read(parser, segments, true), parser.takeRest())
  })
}
