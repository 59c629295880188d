import { compare, describeOutcome, type Difference } from './compare.ts'
import type { Input } from './input.ts'
import { attempt, type Breach, isBreach } from './laws.ts'
import { explain, type LedgerEntry } from './ledger.ts'
import type { NativeReader } from './native.ts'
import { type MakeParser, type Reading, transcriptOf } from './subject.ts'

/** Two parsers, and their known differences. */
export interface Rivals {
  readonly makeParser: MakeParser
  readonly native: NativeReader
  readonly ledger: readonly LedgerEntry[]
}

/** Whether they agree on an input. */
export interface Agreement {
  /** Ids of the entries that were applied until both agreed, or until no entry explained the rest. */
  readonly entries: readonly string[]
  /** The unexplained difference, and the remaining input. */
  readonly find: InputFind | undefined
}

/** An input that breaks a law. */
export interface InputFind {
  readonly breach: Breach
  readonly input: Input
}

/** More rounds than this mean that an entry has no effect. */
const MOST_MENDS = 200

/** Compares the results of both parsers for an input; `reading` is ours. */
export function differ({ makeParser, native, ledger }: Rivals, input: Input, reading: Reading): Agreement {
  const entries: string[] = []
  let ours = transcriptOf(reading, input)
  for (let tried = input; ;) {
    const difference = compare(tried, ours, native.read(tried))
    if (difference === undefined) return { entries, find: undefined }
    const explained = entries.length < MOST_MENDS ? explain(difference, ledger) : undefined
    if (explained === undefined) return { entries, find: { breach: breachOf(difference), input: tried } }
    entries.push(explained.entry.id)
    tried = explained.mended
    const again = attempt(makeParser, tried, [tried.bytes])
    if (isBreach(again)) return { entries, find: { breach: again, input: tried } }
    ours = transcriptOf(again, tried)
  }
}

function breachOf({ agreed, ours, theirs }: Difference): Breach {
  return {
    law: 'node',
    what: `${describeOutcome(ours)}, but Node ${describeOutcome(theirs)}`,
    details: [`both: ${JSON.stringify(agreed)}`, `ours: ${JSON.stringify(ours)}`, `Node: ${JSON.stringify(theirs)}`],
  }
}
