/** One run of the fuzzer: makes inputs, tries them, minimises a find. */
import { differ, type InputFind, type Rivals } from './differential.ts'
import { makeFlood, timeBreach } from './floods.ts'
import { type Side, SIDES } from './grammar.ts'
import type { Input } from './input.ts'
import { type Breach, type Cuts, isBreach, isPlain, tryLaws } from './laws.ts'
import { minimise } from './minimise.ts'
import { makeInput } from './mutations.ts'
import { Random } from './random.ts'

/** What a run has seen so far. */
export class Tally {
  inputs = 0
  /** Inputs that Node's parser has read too; it has neither our leniencies nor our limits. */
  compared = 0
  /** How many inputs each entry of the ledger was applied to, by its id. */
  readonly differences = new Map<string, number>()

  note(entries: readonly string[]): void {
    for (const id of new Set(entries)) this.differences.set(id, (this.differences.get(id) ?? 0) + 1)
  }
}

/** Something that breaks a law. */
export type Find = InputFind | FloodFind

/** The details of the breach say how the input is made. */
export interface FloodFind {
  readonly breach: Breach
}

/** Every other input of a run is a request, so a run of only one side makes the same inputs. */
export const sideOf = (index: number): Side => SIDES[index % SIDES.length] ?? SIDES[0]

/** A flood takes as long as thousands of inputs. */
const FLOOD_EVERY = 20_011

/** Makes the input number `index` and tries it. */
export function tryIndex(rivals: Rivals, seed: number, index: number, tally: Tally): Find | undefined {
  const random = new Random(seed, index)
  tally.inputs += 1
  if (index % FLOOD_EVERY === FLOOD_EVERY - 1) {
    const breach = timeBreach(rivals.makeParser, makeFlood(random, sideOf(index)))
    return breach && { breach }
  }
  const input = makeInput(random, sideOf(index))
  return tryInput(rivals, input, someCuts(random, input.bytes.length), tally)
}

/** The first law that `input` breaks; the find may be the input after changes by the ledger. */
export function tryInput(rivals: Rivals, input: Input, cuts: Cuts, tally = new Tally()): InputFind | undefined {
  const tried = tryLaws(rivals.makeParser, input, cuts)
  if (isBreach(tried)) return { breach: tried, input }
  if (!isPlain(input)) return undefined
  const { entries, find } = differ(rivals, input, tried)
  tally.compared += 1
  tally.note(entries)
  return find
}

/** The same find with a smaller input, if it can be found again with cuts that do not depend on the input. */
export function shrink(rivals: Rivals, { input, breach }: InputFind): InputFind {
  const again = (candidate: Input): Breach | undefined => {
    const isAboutCuts = breach.law === 'segments' || breach.law === 'prefixes'
    const found = tryInput(rivals, candidate, isAboutCuts ? allCuts(candidate.bytes.length) : NO_CUTS)
    // An input that needs the ledger first is not smaller.
    const isSame = found?.breach.law === breach.law && found.breach.what === breach.what && found.input === candidate
    return isSame ? found.breach : undefined
  }
  const smallest = minimise(input, (candidate) => again(candidate) !== undefined)
  return { input: smallest, breach: again(smallest) ?? breach }
}

const everyPlace = (length: number): number[] =>
  Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1)

const someCuts = (random: Random, length: number): Cuts => ({
  segments: [everyPlace(length), ...random.list(2, 2, () => random.list(1, 8, () => random.below(length + 1)))],
  prefixes: random.list(2, 2, () => random.below(length)),
})

const allCuts = (length: number): Cuts => ({
  segments: [everyPlace(length), ...everyPlace(length).map((place) => [place])],
  prefixes: [0, ...everyPlace(length)],
})

const NO_CUTS: Cuts = { segments: [], prefixes: [] }
