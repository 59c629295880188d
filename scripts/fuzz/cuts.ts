/** Real cases, cut at every place, at pairs of places, and at random. */
import { existsSync } from 'node:fs'
import { caseFiles, CONFORMANCE_DATA, type ConformanceCase, readCases } from '../../test/conformance/cases.ts'
import { wireCases } from '../../test/helpers/wire.ts'
import type { Input } from './input.ts'
import type { Random } from './random.ts'

/** A case that is cut. */
export interface CutCase {
  readonly name: string
  readonly input: Input
}

/** Where a case is cut. */
export interface Cut {
  readonly one: CutCase
  readonly places: readonly number[]
}

/** Longer cases have too many places. */
const MOST_BYTES = 3072

/** The cases of fixtures/wire, and those of the conformance data if it is available. */
export function cutCases(): CutCase[] {
  const files = existsSync(CONFORMANCE_DATA) ? caseFiles(CONFORMANCE_DATA) : []
  const cases = [
    ...wireCases().map(({ name, to, bytes, eof, limits, lenient }) => ({
      name,
      input: { to, bytes, eof, limits, lenient },
    })),
    ...files.flatMap((file) => readCases(file).map((one) => ({ name: one.id, input: inputOf(one) }))),
  ]
  return cases.filter(({ input }) => input.bytes.length < MOST_BYTES)
}

/** The bytes of all connections of a case joined; here only the bytes matter. */
function inputOf(one: ConformanceCase): Input {
  const plain = { limits: {}, lenient: {} }
  if ('steps' in one) {
    const { method, steps } = one
    const pieces = steps.map(({ bytesB64, repeatB64 = '', times = 0 }) =>
      bytesB64 === undefined ? repeated(repeatB64, times) : repeated(bytesB64, 1),
    )
    return { ...plain, to: [method], bytes: Buffer.concat(pieces), eof: steps.some(({ fin }) => fin === true) }
  }
  if ('connections' in one) {
    const steps = one.connections.flat()
    const pieces = steps.map(({ bytesB64 = '' }) => repeated(bytesB64, 1))
    const to = one.requests.map(({ method }) => method)
    return { ...plain, to, bytes: Buffer.concat(pieces), eof: steps.some(({ close }) => close === true) }
  }
  return { ...plain, to: undefined, bytes: repeated(one.bytesB64, 1), eof: true }
}

function repeated(base64: string, times: number): Buffer {
  const bytes = Buffer.from(base64, 'base64')
  return Buffer.alloc(bytes.length * times, bytes)
}

/** Every place of every case. */
export function* everyCut(cases: readonly CutCase[]): Generator<Cut> {
  for (const one of cases) {
    for (let place = 1; place < one.input.bytes.length; place += 1) yield { one, places: [place] }
  }
}

/** Every pair of places of the shortest cases, up to `count`. */
export function* everyPair(cases: readonly CutCase[], count: number): Generator<Cut> {
  const shortest = cases.toSorted((a, b) => a.input.bytes.length - b.input.bytes.length)
  let left = count
  for (const one of shortest) {
    const { length } = one.input.bytes
    for (let first = 1; first < length; first += 1) {
      for (let second = first + 1; second < length; second += 1) {
        if (left === 0) return
        left -= 1
        yield { one, places: [first, second] }
      }
    }
  }
}

/** `count` times a case and up to twelve places. */
export function* randomCuts(cases: readonly CutCase[], count: number, random: Random): Generator<Cut> {
  const [first, ...others] = cases
  if (first === undefined) return
  for (let left = count; left > 0; left -= 1) {
    const one = random.pick([first, ...others])
    yield { one, places: random.list(2, 12, () => random.below(one.input.bytes.length + 1)) }
  }
}
