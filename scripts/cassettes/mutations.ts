import { decodeCassette } from '../../src/format/decode.ts'
import { CassetteError } from '../../src/errors.ts'

/** The results of many texts. */
export interface Tally {
  readonly seed: number
  readonly texts: number
  /** How many were read despite the mutation. */
  readonly read: number
  /** By the code of the error. */
  readonly refused: Readonly<Record<string, number>>
  /** Processor time of the slowest text, milliseconds. */
  readonly slowest: number
  /** How many took more than 50 ms of processor time. */
  readonly slow: number
  /** Faults: errors without a code or a place, properties on all objects. */
  readonly wrongs: readonly string[]
}

/** Text that YAML, the format or a merge may put into a file. */
// oxfmt-ignore
const JUNK = [
  '', ' ', '  ', '\n', '\n\n', '\r', '\t', '\0', '\u0085', '\u2028', '\ud800', '[', '{', ']', '}', '['.repeat(99), '{a: '.repeat(40), '- '.repeat(40),
  '"', "'", '\\', '|', '>', '|2-', ': ', '? ', '- ', ', ', '#', ' # ', '&a ', '*a', '<<: ', '!!js/function ', '!t ', '%YAML 1.1\n', '---\n', '...\n',
  '<<<<<<< HEAD\n', '=======\n', '__proto__: ', 'constructor: ', '~', 'null', '1e999', '-1', '0x1F', '9007199254740993', '.inf', 'x'.repeat(2000),
  'saved: crc32 00000000', 'events: 1\n', '../../etc/passwd', '\ufeff',
] as const

/** Decodes this many mutations of the given cassettes. */
export function tryMutations(cassettes: readonly string[], seed: number, texts: number): Tally {
  const random = randomOf(seed)
  const refused: Record<string, number> = {}
  const wrongs: string[] = []
  let [read, slowest, slow] = [0, 0, 0]
  // The first edited text loads the YAML library; this is not counted as time of the text.
  outcomeOf('? a')
  for (let index = 0; index < texts; index++) {
    const text = mutate(cassettes[random(cassettes.length)] ?? '', random)
    const before = process.cpuUsage()
    const outcome = outcomeOf(text)
    const { user, system } = process.cpuUsage(before)
    slowest = Math.max(slowest, (user + system) / 1000)
    if (user + system > 50_000) slow += 1
    if (outcome === 'read') read += 1
    else if (/^[A-Z_\d]+$/.test(outcome)) refused[outcome] = (refused[outcome] ?? 0) + 1
    else wrongs.push(`seed ${seed}, text ${index}: ${outcome}`)
  }
  if (Object.keys(Object.prototype).length > 0) wrongs.push('objects have got properties')
  return { seed, texts, read, refused, slowest, slow, wrongs }
}

/** `read`, the code of a typed error, or a fault. */
function outcomeOf(text: string): string {
  try {
    decodeCassette(text, 'users.yaml')
    return 'read'
  } catch (error) {
    if (!(error instanceof CassetteError)) return `threw ${String(error)}`
    const hasPlace = error.code.startsWith('BLOB_') || (error.line !== undefined && error.column !== undefined)
    return hasPlace ? error.code : `${error.code} without line and column`
  }
}

/** The text with one to four changes. */
export function mutate(cassette: string, random: (below: number) => number): string {
  let text = cassette
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(text.length + 1)
    switch (random(6)) {
      case 0:
        text = text.slice(0, at) // cut
        break
      case 1:
        text = text.slice(0, at) + text.slice(at + 1 + random(40))
        break
      case 2: {
        const from = random(text.length + 1)
        text = text.slice(0, at) + text.slice(from, from + random(400)) + text.slice(at)
        break
      }
      case 3:
        text = text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1)
        break
      default:
        text = text.slice(0, at) + (JUNK[random(JUNK.length)] ?? '') + text.slice(at + random(3))
    }
  }
  return text
}

/** Whole numbers from 0 on, the same for the same seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
