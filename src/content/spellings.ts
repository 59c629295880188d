import { bufferOf, type DecodingBudget, GZIP_MAGIC, withoutCoding } from './codings.ts'
import { CODINGS } from './coding-table.ts'
import { ESCAPES, QUOTED_PRINTABLE, unescaped } from './escapes.ts'
import { hasPlaceholder, SHORTEST_SPELLED } from './placeholders.ts'
import { longRuns, readingsOf, type Run, wrappedRuns } from './runs.ts'

/**
 * What a text spells if one encoding is undone: escapes, base64 and hex in one line or in several, UTF-16, compression. One character a byte.
 *
 * What only looks like base64, as most words do, is left out unless it gives text, or what may be a text in turn. `budget`: bytes that
 * compressed ones may come to.
 */
export function* spellingsOf(text: string, budget: DecodingBudget): Generator<string> {
  for (const escapes of [...ESCAPES, QUOTED_PRINTABLE])
    if (text.includes(escapes.mark)) {
      const plain = unescaped(escapes, text)
      if (plain !== text) yield plain
    }
  for (const run of runsIn(text))
    for (const { coding, lead, length } of readingsOf(run)) {
      const spelled = Buffer.from(run.slice(lead, lead + length), coding).toString('latin1')
      if (mayBeText(spelled)) yield spelled
    }
  if (WIDE.test(text)) yield text.replaceAll('\0', '')
  yield* unzipped(text, budget)
}

/** Shorter ones hold nothing that is longer than five bytes. */
const SHORTEST_RUN = 8

function* runsIn(text: string): Generator<string> {
  const runs = longRuns(text, SHORTEST_RUN)
  for (const { start, end } of runs) yield text.slice(start, end)
  for (const { text: run } of wrappedRuns(text, runs)) yield run
}

const mayBeText = (text: string): boolean =>
  PRINTABLE.test(text) || text.includes('{{') || WIDE.test(text) || ZIPPED.test(text)
/** gzip and zlib (RFC 1950 section 2.2). */
// oxlint-disable-next-line no-control-regex
const ZIPPED = /^(?:\x1f\x8b|x[\x01\x5e\x9c\xda])/
const PRINTABLE = /^[\t\n\r\x20-\x7e]{6,}$/
const WIDE = /(?:[\x20-\x7e]\0){6}|(?:\0[\x20-\x7e]){6}/

/** gzip wherever it begins, and the other codings if all of the text is in them. */
function* unzipped(text: string, budget: DecodingBudget): Generator<string> {
  // What is compressed has bytes that no text has; trying anyway would take nearly all of the time.
  if (text.length < SHORTEST_COMPRESSED || !NO_TEXT.test(text)) return
  const bytes = Buffer.from(text, 'latin1')
  for (let [at, tried] = [text.indexOf(GZIP), 0]; at !== -1 && tried < MOST_GZIPS; at = text.indexOf(GZIP, at + 1)) {
    yield* decoded('gzip', bytes.subarray(at), budget)
    tried += 1
  }
  for (const name of CODINGS.keys()) if (!name.endsWith('gzip')) yield* decoded(name, bytes, budget)
}

/** RFC 1952 section 2.3: with the only method there is. */
const GZIP = `${GZIP_MAGIC}\x08`
const MOST_GZIPS = 100
/** Eight bytes, raw deflate around them, and what stands beside. */
const SHORTEST_COMPRESSED = 12
// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x7f-\xff]/

function* decoded(coding: string, bytes: Uint8Array, budget: DecodingBudget): Generator<string> {
  const content = withoutCoding(coding, bytes, budget)
  if (content !== undefined) yield bufferOf(content).toString('latin1')
}

/** A text without what spells placeholders in base64 or hex. */
export function withoutSpelledPlaceholders(text: string): string {
  const runs = longRuns(text, SHORTEST_SPELLED).toReversed()
  return runs.reduce((rest, { start, end }) => {
    const found = placeholderSpelledIn(text.slice(start, end))
    return found === undefined ? rest : rest.slice(0, start + found.start) + rest.slice(start + found.end)
  }, text)
}

function placeholderSpelledIn(run: string): Run | undefined {
  for (const { coding, lead, length } of readingsOf(run)) {
    const end = lead + length
    if (hasPlaceholder(Buffer.from(run.slice(lead, end), coding).toString('latin1'))) return { start: lead, end }
  }
  return undefined
}
