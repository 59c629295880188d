import { isDeepStrictEqual } from 'node:util'
import { leniencyNames, type Leniency, STRICT } from '../../src/http1/leniency.ts'
import type { ParserLimits } from '../../src/http1/limits.ts'
import type { ParserOptions } from '../../src/http1/parser-options.ts'
import type { BadResponseCase, ConformanceCase, RequestCase, ResponseCase } from './cases.ts'
import { BEYOND_BYTES, type Explanation, LEDGER, type Look, requiredOf } from './ledger.ts'
import { acceptanceOf, differences, outcomeOf, SEGMENTATIONS, wireOf } from './outcome.ts'

/** Whether we do with a case what its source expects; if not, why. */
export type Verdict =
  /** As expected, with every option at its default. */
  | { readonly type: 'strict' }
  /** As expected with these options, and with none less. */
  | { readonly type: 'reachable'; readonly options: readonly string[] }
  /** Otherwise, on purpose. */
  | { readonly type: 'ledger'; readonly entry: Explanation }
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
  const look = lookAt(one, what)
  const entry = LEDGER.find(({ explains }) => explains(look))
  return entry === undefined ? unexplained(what) : { type: 'ledger', entry }
}

function isStable(one: ResponseCase | RequestCase, options: ParserOptions): boolean {
  const [whole, ...others] = SEGMENTATIONS.map((cut) => outcomeOf(one, options, cut))
  return others.every((other) => isDeepStrictEqual(other, whole))
}

/** What the ledger goes by. */
export function lookAt(one: ResponseCase | RequestCase, found: string): Look {
  const strict = outcomeOf(one, {})
  return {
    wire: wireOf(one),
    isRequest: !('connections' in one),
    found,
    code: strict.error,
    codeAlways: outcomeOf(one, { lenient: ALL_LENIENCIES }).error,
    method: strict.messages[0]?.method,
    rest: strict.rest,
  }
}

function judgeBadResponse(one: BadResponseCase): Verdict {
  const entry = beyondBytes(one)
  if (entry !== undefined) return { type: 'ledger', entry }
  const { code, lenient, isAlways } = requiredOf(one.required)
  const wrong = [
    ...unlike(one, code, {}),
    ...(lenient === undefined ? [] : unlike(one, 'accepted', { lenient: { [lenient]: true } })),
    ...(isAlways ? unlike(one, code, { lenient: ALL_LENIENCIES }) : []),
  ]
  return wrong.length === 0 ? { type: 'strict' } : unexplained(wrong.join('; '))
}

/** A pause counts where a timeout is required; elsewhere it only cuts the bytes. */
function beyondBytes({ steps, required }: BadResponseCase): Explanation | undefined {
  const found = BEYOND_BYTES.find(({ step }) => steps.some((each) => Object.hasOwn(each, step)))
  return found?.step === 'delayMs' && !required.includes('_TIMEOUT') ? undefined : found
}

/** Without a code, any refusal is as required. */
function unlike(one: BadResponseCase, required: string | undefined, options: ParserOptions): string[] {
  const outcomes = new Set<string>(SEGMENTATIONS.map((cut) => acceptanceOf(one, options, cut)))
  const names = leniencyNames(options.lenient)
  const found = [...outcomes].join(' or ')
  const isRefused = outcomes.size === 1 && found !== 'accepted' && found !== 'incomplete'
  if (required === undefined ? isRefused : found === required) return []
  return [`${required ?? 'a refusal'} required, ${found} came, with ${names.join(', ') || 'no leniency'}`]
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
