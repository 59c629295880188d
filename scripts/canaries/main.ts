/**
 * `npm run canaries`: random secrets, in every encoding and every place, go through redaction, and a scanner looks for them.
 *
 * The scanner shares no code with redaction. Each cassette is also redacted twice, parsed before and after, and written.
 * Then it checks that conversations without secrets stay unchanged. The exit code is 1 if anything is wrong.
 */
import { Command, InvalidArgumentError } from 'commander'
import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { benign } from '../../test/redaction/benign.ts'
import { leaks } from '../../test/redaction/canaries.ts'
import { outline } from '../../test/redaction/outline.ts'
import { BODIES, ENCODINGS, LINES, TARGETS } from '../../test/redaction/places.ts'

interface Options {
  readonly secrets: number
  readonly benign: number
  readonly seed: number
}

/** Of this many conversations without secrets, two may change. */
const MOST_FALSE = 2

/** The places for secrets, and text that keeps the messages complete. */
const PLACES = [
  ...Object.entries(BODIES).map(([place, put]) => ({ place, put, allowed: /^/ })),
  ...Object.entries(LINES).map(([place, put]) => ({ place, put, allowed: /^[\t\x20-\x7e\x80-\xff]*$/ })),
  ...Object.entries(TARGETS).map(([place, put]) => ({ place, put, allowed: /^[\x21-\x7e]*$/ })),
]

const alphabet = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from(characters)), minLength, maxLength })

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const randomSecret = fc.oneof(
  alphabet(LETTERS, 12, 40),
  alphabet(`${LETTERS}+/=_-.`, 16, 64),
  alphabet('0123456789abcdef', 16, 64),
  alphabet(`${LETTERS}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`, 12, 30),
  alphabet(`${LETTERS}äéß€漢字😀`, 12, 24),
)

process.exitCode = main(options())

function main({ secrets, benign: count, seed }: Options): number {
  const wrongs = tryCanaries(fc.sample(randomSecret, { seed, numRuns: secrets }))
  const changed = fc.sample(benign, { seed, numRuns: count }).filter((cassette) => isChanged(cassette)).length
  console.log(`benign: ${count} conversations, ${changed} changed (at most ${MOST_FALSE})`)
  return wrongs === 0 && changed <= MOST_FALSE ? 0 : 1
}

function tryCanaries(secrets: readonly string[]): number {
  const startedAt = performance.now()
  const wrongs: string[] = []
  let tried = 0
  for (const secret of secrets)
    for (const [name, encode] of Object.entries(ENCODINGS))
      for (const { place, put, allowed } of PLACES) {
        const written = encode(secret)
        if (!allowed.test(written)) continue
        tried += 1
        const wrong = wrongWith(put(written), secret)
        if (wrong !== undefined) wrongs.push(`${JSON.stringify(secret)} ${name} in ${place}: ${wrong}`)
      }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(`canaries: ${tried} cassettes of ${secrets.length} secrets, ${wrongs.length} wrong; ${seconds} s`)
  for (const wrong of wrongs.slice(0, 20)) console.log(`  ${wrong}`)
  return wrongs.length
}

/** The fault in the redaction of a cassette, if there is one. */
function wrongWith(cassette: Cassette, secret: string): string | undefined {
  const { cassette: redacted } = redactCassette(cassette, { secrets: [secret] })
  if (leaks(redacted, secret)) return 'left in the bytes'
  // The comments of a file show bodies as they are decoded.
  if (encodeCassette(redacted).includes(secret)) return 'left in the file'
  if (isChanged(redacted, secret)) return 'redacting it again changes it'
  return outline(redacted).join() === outline(cassette).join() ? undefined : 'the messages are others'
}

function isChanged(cassette: Cassette, ...secrets: readonly string[]): boolean {
  const { cassette: redacted } = redactCassette(cassette, { secrets })
  return redacted.tape.some((event, index) => event !== cassette.tape[index])
}

function options(): Options {
  return new Command('npm run canaries --')
    .description('Looks for random secrets in what redaction makes of them.')
    .option('--secrets <count>', 'random secrets, each in about 700 cassettes', parseCount, 8)
    .option('--benign <count>', 'conversations without secrets', parseCount, 2000)
    .option('--seed <number>', 'what the random ones are drawn with', parseCount, 1)
    .parse()
    .opts<Options>()
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('A number is wanted.')
  return Number(text)
}
