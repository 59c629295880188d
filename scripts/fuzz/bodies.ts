import * as fc from 'fast-check'
import { bodyBreach, listedBodies, madeBodies } from '../../test/recorder/body-laws.ts'
import type { MadeBody } from '../../test/recorder/bodies.ts'

/** A tested body, with a name to find it by, and the fault in its result. */
export interface TriedBody {
  readonly made: string
  readonly breach: string | undefined
}

/** First the bodies of the list, larger than in the tests, then the requested number of random ones. */
export function* tryBodies(seed: number): Generator<TriedBody, void, undefined> {
  for (const made of listedBodies(LISTED_SIZE)) yield tried(made, made.name)
  for (let round = 0; ; round += 1) {
    const all = fc.sample(madeBodies(MADE_SIZE), { seed: seed + round, numRuns: 100 })
    for (const made of all) yield tried(made, `base64 ${made.body.toString('base64')}`)
  }
}

const LISTED_SIZE = 20_000
const MADE_SIZE = 1500

function tried(made: MadeBody, body: string): TriedBody {
  const about = `${body}, type ${JSON.stringify(made.type)}, coding ${made.coding}, framing ${made.framing}`
  try {
    return { made: about, breach: bodyBreach(made) }
  } catch (error) {
    return { made: about, breach: String(error) }
  }
}
