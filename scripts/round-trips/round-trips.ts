import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { CassetteError } from '../../src/errors.ts'
import { conversations } from '../../test/helpers/conversations.ts'
import { TRANSFORMERS } from './transformers.ts'

/** The results of one transformer. */
export interface Fared {
  /** How many returned every byte. */
  readonly same: number
  /** How often each message came with which a file was refused or noted, with line and column. */
  readonly told: Readonly<Record<string, number>>
  /** Faults: other bytes without a message, or an error without a place. */
  readonly wrongs: readonly string[]
  /** Why the transformer was skipped. */
  readonly skipped: string | undefined
}

/** Random conversations, the same for the same seed. */
export const randomConversations = (seed: number, count: number): readonly Cassette[] =>
  fc.sample(conversations, { seed, numRuns: count })

/** Writes the cassettes, transforms the files, and reads them. */
export async function sendThrough(name: string, cassettes: readonly Cassette[]): Promise<Fared> {
  const transformer = TRANSFORMERS[name]
  if (transformer === undefined) throw new Error(`no such transformer: ${name}`)
  const skipped = transformer.missing?.()
  if (skipped !== undefined) return { same: 0, told: {}, wrongs: [], skipped }
  const texts = await transformer.rewrite(cassettes.map((cassette) => encodeCassette(cassette)))
  const told: Record<string, number> = {}
  const wrongs: string[] = []
  let same = 0
  for (const [index, cassette] of cassettes.entries()) {
    const outcome = outcomeOf(texts[index] ?? '', cassette)
    if (outcome.type === 'same') same += 1
    else if (outcome.type === 'told') told[outcome.what] = (told[outcome.what] ?? 0) + 1
    else wrongs.push(`${name}, cassette ${index}: ${outcome.what}`)
  }
  return { same, told, wrongs, skipped }
}

type Outcome = { readonly type: 'same' } | { readonly type: 'told' | 'wrong'; readonly what: string }

function outcomeOf(text: string, written: Cassette): Outcome {
  try {
    const { notes, tape } = decodeCassette(text, 'users.yaml')
    const [note] = notes
    if (note !== undefined) return { type: note.line > 0 && note.column > 0 ? 'told' : 'wrong', what: note.code }
    return isDeepStrictEqual(plain(tape), plain(written.tape))
      ? { type: 'same' }
      : { type: 'wrong', what: 'other bytes' }
  } catch (error) {
    if (!(error instanceof CassetteError)) return { type: 'wrong', what: String(error) }
    const hasPlace = error.line !== undefined && error.column !== undefined
    return { type: hasPlace ? 'told' : 'wrong', what: hasPlace ? error.code : `${error.code} without line and column` }
  }
}

/** Bytes of any kind of array as text, in the order of time. */
const plain = (tape: Cassette['tape']): readonly object[] =>
  tape.map((event) => ('bytes' in event ? { ...event, bytes: Buffer.from(event.bytes).toString('latin1') } : event))
