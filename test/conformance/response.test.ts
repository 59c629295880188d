import { existsSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { ResponseParser } from '../../src/http1/response-parser.ts'
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

interface ResponseCase extends ConformanceCase {
  readonly requests: readonly { readonly method: string }[]
  readonly connections: readonly (readonly Step[])[]
}

/** What a server does next; one that never closes keeps its connection open. */
interface Step {
  readonly after?: 'request' | 'none'
  readonly bytesB64?: string
  readonly close?: true
}

/** What we do otherwise where nothing is contested; the outcome is the expected one in all of these. */
const LEDGER: Readonly<Record<string, LedgerEntry>> = {
  'hyper/decoder_response.14': {
    why: 'an interim response came, so the connection was not stale: the response is cut, not empty',
    differs: 'errorKind: "empty" expected, "truncated" came',
  },
  'hyper/read_chunk_size.27': {
    why: 'the chunk extension is malformed before it is cut, and we check its grammar',
    differs: 'errorKind: "truncated" expected, "malformed" came',
  },
}

const file = conformanceFile('response.jsonl')

test.describe('ResponseParser on ../shared/conformance/response.jsonl', () => {
  test.skip(!existsSync(file), 'the cases are not at hand')

  test('gives the expected outcome in every case that is not contested, however it is cut', () => {
    const cases = readCases<ResponseCase>(file).filter(({ contested }) => !contested)
    expect(cases.flatMap((each) => surprises(each, outcomesOf(each), LEDGER[each.id]))).toEqual([])
    expect(cases.length).toBeGreaterThan(300)
    console.log(`response cases: all ${cases.length} that are not contested give the expected outcome`)
  })

  test('gives one outcome in every contested case, however it is cut', () => {
    const cases = readCases<ResponseCase>(file).filter(({ contested }) => contested)
    const unstable = cases.filter((each) => new Set(outcomesOf(each).map((seen) => JSON.stringify(seen))).size > 1)
    expect(unstable.map(({ id }) => id)).toEqual([])
    const held = cases.filter((each) => surprises(each, outcomesOf(each)).length === 0)
    console.log(`response cases: ${held.length} of ${cases.length} contested ones give what their source expects`)
  })
})

/** The outcome of each way to cut the bytes; the same way on each connection of the case. */
function outcomesOf({ requests, connections }: ResponseCase): Seen[] {
  const methods = requests.map(({ method }) => method)
  const perConnection = connections.map((steps, index) => {
    const isLast = index === connections.length - 1
    const answered = steps.filter(({ after }) => after === 'request').length
    return outcomesOfConnection(methods.splice(0, isLast ? methods.length : answered), steps)
  })
  return (perConnection[0] ?? []).map((_, run) => joined(perConnection.flatMap((runs) => runs[run] ?? [])))
}

function outcomesOfConnection(methods: readonly string[], steps: readonly Step[]): Seen[] {
  const bytes = Buffer.concat(steps.map(({ bytesB64 = '' }) => Buffer.from(bytesB64, 'base64')))
  const closes = steps.some(({ close }) => close === true)
  return segmentations(bytes).map((segments) => {
    const parser = new ResponseParser()
    for (const method of methods) parser.expectResponseTo(method)
    return collect(read(parser, segments, closes), parser.takeRest())
  })
}

/** One case may take several connections. */
function joined(connections: readonly Seen[]): Seen {
  return {
    messages: connections.flatMap(({ messages }) => messages),
    partial: connections.at(-1)?.partial,
    error: connections.find(({ error }) => error !== undefined)?.error,
    rest: connections.at(-1)?.rest ?? new Uint8Array(),
  }
}
