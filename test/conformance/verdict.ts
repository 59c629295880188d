import { isDeepStrictEqual } from 'node:util'
import { leniencyNames, type Leniency, STRICT } from '../../src/http1/leniency.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'
import type { ParserOptions } from '../../src/http1/parser-options.ts'
import type { BadResponseCase, ConformanceCase, RequestCase, ResponseCase } from './cases.ts'
import { LEDGER, type LedgerEntry, REQUIRED } from './ledger.ts'
import { acceptanceOf, differences, outcomeOf, SEGMENTATIONS } from './outcome.ts'

/** Whether we do with a case what its source expects; if not, why. */
export type Verdict =
  /** As expected, with every option at its default. */
  | { readonly type: 'strict' }
  /** As expected with these options, and with none less. */
  | { readonly type: 'reachable'; readonly options: readonly string[] }
  /** Otherwise, on purpose. */
  | { readonly type: 'ledger'; readonly entry: LedgerEntry }
  | { readonly type: 'unexplained'; readonly what: string }

/** Runs a case whole, byte by byte and at random cuts, and looks for the smallest set of options that it takes. */
export function judge(one: ConformanceCase): Verdict {
  return 'steps' in one ? judgeBadResponse(one) : judgeAsserted(one)
}

function judgeAsserted(one: ResponseCase | RequestCase): Verdict {
  const strict = outcomeOf(one, {})
  if (!isStable(one, {})) return unexplained('the outcome depends on the cuts')
  const found = differences(one, strict)
  if (found.length === 0) return { type: 'strict' }

  for (const options of one.contested ? ALL_SETS : SETS_OF_LIMITS) {
    const parserOptions = parserOptionsOf(options)
    if (differences(one, outcomeOf(one, parserOptions)).length > 0) continue
    const names = options.map(({ name }) => name)
    if (!isStable(one, parserOptions)) return unexplained(`the outcome depends on the cuts, with ${names.join(', ')}`)
    return { type: 'reachable', options: names }
  }

  const what = found.join('; ')
  const entry = LEDGER.find((each) => isAbout(each, one) && each.differs?.test(what) === true)
  return entry === undefined ? unexplained(what) : { type: 'ledger', entry }
}

function isStable(one: ResponseCase | RequestCase, options: ParserOptions): boolean {
  const [whole, ...others] = SEGMENTATIONS.map((cut) => outcomeOf(one, options, cut))
  return others.every((other) => isDeepStrictEqual(other, whole))
}

function isAbout({ id, contestedBy }: LedgerEntry, one: ConformanceCase): boolean {
  if (id !== undefined) return id.test(one.id)
  const given = ('contestedBy' in one && one.contestedBy) || []
  return contestedBy?.every((each) => given.includes(each)) === true
}

function judgeBadResponse(one: BadResponseCase): Verdict {
  const entry = LEDGER.find((each) => isAbout(each, one))
  if (entry !== undefined) return { type: 'ledger', entry }
  const { code, lenient, isAlways } = REQUIRED[one.id] ?? {}
  const required = code ?? /^R ([A-Z_]+)/.exec(one.required)?.[1] ?? 'accepted'
  const wrong = [
    ...unlike(one, required, {}),
    ...(lenient === undefined ? [] : unlike(one, 'accepted', { lenient: { [lenient]: true } })),
    ...(isAlways === true ? unlike(one, required, { lenient: ALL_LENIENCIES }) : []),
  ]
  return wrong.length === 0 ? { type: 'strict' } : unexplained(wrong.join('; '))
}

function unlike(one: BadResponseCase, required: string, options: ParserOptions): string[] {
  const outcomes = new Set(SEGMENTATIONS.map((cut) => acceptanceOf(one, options, cut)))
  const names = leniencyNames(options.lenient)
  const found = [...outcomes].join(' or ')
  return found === required ? [] : [`${required} required, ${found} came, with ${names.join(', ') || 'no leniency'}`]
}

const unexplained = (what: string): Verdict => ({ type: 'unexplained', what })

/** One thing to switch on or to set. */
interface Option {
  readonly name: string
  readonly lenient?: Leniency
  readonly limits?: Partial<ParserLimits>
}

const LENIENCIES: readonly Option[] = Object.keys(STRICT)
  .filter(isLeniency)
  .map((lenient) => ({ name: lenient, lenient }))

function isLeniency(name: string): name is Leniency {
  return Object.hasOwn(STRICT, name)
}

const ALL_LENIENCIES = Object.fromEntries(LENIENCIES.map(({ name }) => [name, true]))

/** Other clients draw the line elsewhere; ours can be moved to theirs. */
const LIMITS: readonly Option[] = [
  { name: 'headBytes: 131072', limits: { headBytes: 131_072 } },
  { name: 'headBytes: 8192', limits: { headBytes: 8_192 } },
  { name: 'blankLines: 0', limits: { blankLines: 0 } },
  { name: 'blankLines: 100', limits: { blankLines: 100 } },
  { name: 'chunkSizeDigits: 1000', limits: { chunkSizeDigits: 1_000 } },
]

const SETS_OF_LIMITS = LIMITS.map((option) => [option])

/** Smaller sets first. */
const ALL_SETS: readonly (readonly Option[])[] = [1, 2, 3].flatMap((size) => setsOf(size, [...LENIENCIES, ...LIMITS]))

function setsOf(size: number, options: readonly Option[]): Option[][] {
  if (size === 0) return [[]]
  return options.flatMap((option, index) =>
    setsOf(size - 1, options.slice(index + 1)).map((others) => [option].concat(others)),
  )
}

const parserOptionsOf = (options: readonly Option[]): ParserOptions => ({
  lenient: Object.fromEntries(options.flatMap(({ lenient }) => (lenient === undefined ? [] : [[lenient, true]]))),
  limits: Object.assign({}, ...options.map(({ limits }) => limits)),
})
