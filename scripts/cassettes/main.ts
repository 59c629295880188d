/**
 * `npm run torture:cassettes`: 100,000 mutated cassettes in child processes, and every prefix of a cassette of 50 KB.
 *
 * Prints the results; the exit code is 1 if a process died, an error was not a typed one, or a text took more than 50 ms of
 * processor time.
 */
import type { BytesEvent, Cassette } from '../../src/tape/cassette.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { CassetteError } from '../../src/errors.ts'
import type { Tally } from './mutations.ts'
import { mutateInChild } from './run-child.ts'

const PER_CHILD = 5000
const [texts = '100000'] = process.argv.slice(2)

const tallies: Tally[] = []
for (let seed = 1; seed <= Math.ceil(Number(texts) / PER_CHILD); seed++) {
  tallies.push(await mutateInChild(seed, PER_CHILD))
  if (process.stderr.isTTY) process.stderr.write(`\r${seed * PER_CHILD} cassettes`)
}
const wrongs = [...tallies.flatMap((tally) => tally.wrongs), ...wrongPrefixes()]
const refused: Record<string, number> = {}
for (const tally of tallies)
  for (const [code, count] of Object.entries(tally.refused)) refused[code] = (refused[code] ?? 0) + count
const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0)
const slow = sum((tally) => tally.slow)
console.log(`${sum((tally) => tally.texts)} mutated cassettes in ${tallies.length} processes, all of which ended well`)
console.log(`${sum((tally) => tally.read)} read; refused: ${JSON.stringify(refused)}`)
console.log(`slowest ${Math.max(...tallies.map((tally) => tally.slowest)).toFixed(1)} ms, ${slow} above 50 ms`)
for (const wrong of wrongs) console.log(wrong)
process.exitCode = wrongs.length + slow > 0 ? 1 : 0

function wrongPrefixes(): string[] {
  const text = cassetteOf50KB()
  const found: string[] = []
  for (let length = 0; length < text.length - 1; length++) {
    const outcome = outcomeOf(text.slice(0, length))
    // A text that does not even begin like a cassette only counts as empty or not.
    const isRight = outcome === 'TORN_TAIL' || (length < 140 && /^CASSETTE_(?:EMPTY|SYNTAX|INVALID)$/.test(outcome))
    if (!isRight) found.push(`cut to ${length} of ${text.length}: ${outcome}`)
  }
  console.log(`${text.length} prefixes of a cassette, ${found.length} not refused as torn`)
  return found
}

function outcomeOf(text: string): string {
  try {
    decodeCassette(text, 'users.yaml')
    return 'read'
  } catch (error) {
    return error instanceof CassetteError ? error.code : `threw ${String(error)}`
  }
}

function cassetteOf50KB(): string {
  const segments = Array.from({ length: 90 }, (_, index): BytesEvent => {
    const isRequest = index % 2 === 0
    const body = JSON.stringify({
      id: index,
      name: `caf\u00e9 ${index}`,
      tags: ['a', 'b'],
      text: 'words and more, '.repeat(30),
    })
    const wire = isRequest
      ? `GET /items/${index} HTTP/1.1\r\nHost: a\r\n\r\n`
      : `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    return { type: isRequest ? 'sent' : 'received', connection: 1, at: index + 1, bytes: Buffer.from(wire) }
  })
  const cassette: Cassette = {
    version: 1,
    recorded: { at: '2026-11-26T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' },
    tape: [{ type: 'open', connection: 1, to: 'http://a', at: 0, took: 1 }, ...segments],
  }
  return encodeCassette(cassette)
}
