import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { conformanceFile, segmentations } from '../helpers/conformance.ts'
import { read } from '../helpers/trace.ts'

/** What a bad server does, and the outcome that is required of us. */
interface BadResponse {
  readonly id: string
  readonly method: string
  readonly steps: readonly Step[]
  /** `R CODE ...` where it must be refused, `A ...` where it must be accepted. */
  readonly required: string
}

interface Step {
  readonly bytesB64?: string
  readonly repeatB64?: string
  readonly times?: number
  readonly fin?: boolean
}

/** What a parser cannot know: the clock, a reset, and whether a request was sent. */
const NOT_THE_PARSERS = new Set(['R113', 'R133', 'R134', 'R140'])
/** Refused, where the requirement names no code. */
const REFUSED: Readonly<Record<string, string>> = { R034: 'OBS_FOLD', R086: 'BAD_CHUNK_SIZE' }

const file = conformanceFile('bad-responses.jsonl')

test.describe('ResponseParser on ../shared/conformance/bad-responses.jsonl', () => {
  test.skip(!existsSync(file), 'the cases are not at hand')

  test('refuses with the code required, and accepts where that is required, however it is cut', () => {
    const all = readFileSync(file, 'utf8').trimEnd().split('\n')
    const cases = all.map((line): BadResponse => JSON.parse(line)).filter(({ id }) => !NOT_THE_PARSERS.has(id))
    const wrong = cases.flatMap((one) => {
      const required = REFUSED[one.id] ?? /^R ([A-Z_]+)/.exec(one.required)?.[1] ?? 'accepted'
      const found = [...new Set(outcomesOf(one))].join(' or ')
      return found === required ? [] : [`${one.id}: ${one.required}, but ${found}`]
    })
    expect(wrong).toEqual([])
    console.log(`bad responses: all ${cases.length} that are a parser's matter have the outcome required`)
  })
})

function outcomesOf({ method, steps }: BadResponse): string[] {
  const bytes = Buffer.concat(steps.map(bytesOf))
  const eof = steps.some(({ fin }) => fin === true)
  // A million bytes one by one take long and tell nothing new.
  const runs = bytes.length < 100_000 ? segmentations(bytes) : [[bytes]]
  return runs.map((segments) => {
    const parser = new ResponseParser()
    parser.expectResponseTo(method)
    const { events, error } = read(parser, segments, eof)
    const isComplete = events.some(({ type }) => type === 'end-of-message')
    // What follows a complete answer does not make the answer wrong.
    const isAccepted = isComplete && (error === undefined || error.code === 'UNSOLICITED_DATA')
    return isAccepted ? 'accepted' : (error?.code ?? 'incomplete')
  })
}

function bytesOf({ bytesB64 = '', repeatB64, times = 0 }: Step): Buffer {
  const once = Buffer.from(repeatB64 ?? bytesB64, 'base64')
  return repeatB64 === undefined ? once : Buffer.alloc(once.length * times, once)
}
