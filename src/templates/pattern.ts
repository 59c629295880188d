import { isUtf8 } from 'node:buffer'
import { GZIP_MAGIC, gunzipIn } from '../content/codings.ts'
import { type Disguised, formedIn, placeholderIs, SHORTEST_SPELLED } from '../content/placeholders.ts'
import { htmlDecoded, jsDecoded, meaningOf, percentDecoded } from '../content/escapes.ts'
import { type CountedPiece, countedValues } from './counted-fit.ts'
import { hasCounts, withoutCounts } from '../content/text-counts.ts'
import { GZIP_IN_BASE64, longRuns, type Reading, readingsOf, wrappedRuns, wrappingsOf } from '../content/runs.ts'

/**
 * A recorded text with placeholders in it, as a pattern for the texts that may be asked in its place.
 *
 * Placeholders are found as they stand, behind escapes, and in base64, hex and gzip inside the text.
 */
export interface Pattern {
  /** Undoes the escapes of the text before it is compared. */
  readonly decode: (text: string) => string | undefined
  readonly parts: readonly PatternPart[]
  /** The same without the counts in the text, where it has some. */
  readonly uncounted?: Pattern | undefined
}

type PatternPart =
  | { readonly type: 'literal'; readonly text: string }
  /** Any value, up to what would end it here. */
  | { readonly type: 'hole'; readonly placeholder: string; readonly ends: RegExp | undefined; readonly length: number }
  /** So many bytes of any value. */
  | { readonly type: 'counted'; readonly length: number }
  /** A stretch of `chars` that is decoded and compared with patterns of its own, of which one has to fit. */
  | { readonly type: 'coded'; readonly chars: RegExp; readonly inner: readonly Pattern[] }

/** Values by placeholder. */
export type Values = Map<string, string>

const NONE: Disguised = new Map()

/** How many codings in each other are looked behind. */
const DEEPEST = 3

/** Whether there may be a placeholder in some bytes, in whatever encoding. In doubt there is. */
export function mayHoldPlaceholder(bytes: string, depth = DEEPEST): boolean {
  if (HINT.test(bytes) || hasAsterisks(bytes) || bytes.includes(GZIP_IN_BASE64) || bytes.startsWith(GZIP_MAGIC))
    return true
  if (depth === 0) return false
  return longRuns(bytes).some(({ start, end }) => {
    const run = bytes.slice(start, end)
    const isHex = /^[0-9a-f]+$/i.test(run)
    const leads = isHex ? [0, 1] : [0, 1, 2, 3]
    return leads.some((lead) => mayHoldPlaceholder(decoderOf(isHex ? 'hex' : 'base64')(run.slice(lead)), depth - 1))
  })
}

/** `{{` as it is, and in percent, base64 (at its three alignments), hex, and UTF-16; and what may have line ends anywhere. */
const HINT = /\{\{|quoted-printable|dddddddd-|%7[Bb]%7[Bb]|e3[st]|[HXn3]t7|7e[w-z0-9+/_-]|7[Bb]7[Bb]|\{\0\{/

/** The pattern of a recorded text; `undefined` where nothing in it stands for something else. */
export function patternOf(text: string, disguised: Disguised = NONE, depth = DEEPEST): Pattern | undefined {
  const zipped = depth === 0 ? undefined : gunzipIn(text)
  if (zipped !== undefined) {
    const inner = patternOf(zipped, disguised, depth - 1)
    return inner && within(inner, gunzipIn)
  }
  if (disguised.size === 0 && !mayHoldPlaceholder(text, depth)) return undefined
  const ways = [same, ...DECODERS.filter(({ mark }) => text.includes(mark)).map(({ decode }) => decode)]
  let best: Pattern | undefined
  for (const decode of ways) {
    const parts = partsOf(decode(text), disguised, depth)
    // Where it makes no difference, as it is written: there an escaped `&` ends no value. Escapes inside base64 do make one.
    const isBetter = weight(parts) > weight(best?.parts ?? [])
    const isEqual = best !== undefined && weight(parts) === weight(best.parts)
    if (isBetter || (isEqual && parts.some(({ type }) => type === 'coded'))) best = { decode, parts }
  }
  const plain = best === undefined ? text : withoutCounts(text)
  return best && (plain === text ? best : { ...best, uncounted: patternOf(plain, disguised, depth) })
}

const same = (text: string): string => text
const DECODERS = [
  { mark: '%', decode: percentDecoded },
  { mark: '\\', decode: jsDecoded },
  { mark: '&', decode: htmlDecoded },
]

const weight = (parts: readonly PatternPart[]): number => parts.filter(({ type }) => type !== 'literal').length

interface Found {
  readonly start: number
  readonly end: number
  readonly part: PatternPart
}

function partsOf(text: string, disguised: Disguised, depth: number): readonly PatternPart[] {
  const found = [
    ...holesIn(text),
    ...asterisksIn(text),
    ...disguisedIn(text, disguised),
    ...(depth === 0 ? [] : codedIn(text, disguised, depth - 1)),
  ]
  const parts: PatternPart[] = []
  let at = 0
  for (const { start, end, part } of found.toSorted(
    (left, right) => left.start - right.start || right.end - left.end,
  )) {
    if (start < at) continue
    if (start > at) parts.push({ type: 'literal', text: text.slice(at, start) })
    parts.push(part)
    // What fills base64 up so that the base64 around it needs no padding stands for nothing.
    at = part.type === 'coded' ? end + (/^_{1,2}/.exec(text.slice(end, end + 2))?.[0].length ?? 0) : end
  }
  if (at < text.length) parts.push({ type: 'literal', text: text.slice(at) })
  return parts
}

/** A placeholder, with what fills it up to a length that had to be kept. */
const HOLE = /\{\{([a-z0-9-]+\.\d+)\}\}[*_]*/g

function* holesIn(text: string): Iterable<Found> {
  for (const match of text.matchAll(HOLE)) {
    const [all, placeholder = ''] = match
    const end = match.index + all.length
    yield {
      start: match.index,
      end,
      part: { type: 'hole', placeholder, ends: endsOf(text, match.index, end, placeholder), length: all.length },
    }
  }
}

const hasAsterisks = (bytes: string): boolean =>
  bytes.includes('****') && (hasCounts(bytes) || !isUtf8(Buffer.from(bytes, 'latin1')))

/** In content that counts its bytes asterisks stand for a secret that is shorter than a placeholder. */
function* asterisksIn(text: string): Iterable<Found> {
  if (!hasAsterisks(text)) return
  for (const { index, 0: stars } of text.matchAll(/(?<!\})\*{4,}/g)) {
    const part: PatternPart = { type: 'counted', length: stars.length }
    yield { start: index, end: index + stars.length, part }
  }
}

function* disguisedIn(text: string, disguised: Disguised): Iterable<Found> {
  for (const { name: placeholder, start, end } of formedIn(text, disguised))
    yield {
      start,
      end,
      part: { type: 'hole', placeholder, ends: endsOf(text, start, end, placeholder), length: end - start },
    }
}

/** What cannot be in a value that stands there: what would end it. Alone it may be anything. */
function endsOf(text: string, start: number, end: number, placeholder: string): RegExp | undefined {
  if (start === 0 && end === text.length) return undefined
  if (LONG_LABELS.test(placeholder) || IN_FRAME.test(text.slice(Math.max(0, start - 60), start))) return undefined
  const before = text[start - 1] ?? ''
  const after = text[end] ?? ''
  if ((before === '"' || before === "'" || before === '`') && after === before) return QUOTED[before]
  if (before === '>' && after === '<') return /</
  if (before === '=') return /[&\r\n"]/
  return /[\r\n]/
}

/** A secret of several lines. */
const LONG_LABELS = /^(?:private-key|withheld)/
/** What has lines in its frame (RFC 7468), whatever it is called. */
const IN_FRAME = /-----BEGIN [A-Z0-9 ]+-----\s{0,8}$/
/** A quote after a backslash ends nothing. */
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /(?:^|[^\\])(?:\\\\)*"/,
  "'": /(?:^|[^\\])(?:\\\\)*'/,
  '`': /(?:^|[^\\])(?:\\\\)*`/,
}

/** Stretches of base64 and hex with placeholders behind them, in one line or in several. */
function* codedIn(text: string, disguised: Disguised, depth: number): Iterable<Found> {
  const runs = longRuns(text, SHORTEST_SPELLED)
  for (const { start, end, text: run } of wrappedRuns(text, runs)) {
    // Where it ends within a line cannot be told from its length.
    const found = codedInRun(
      run,
      disguised,
      depth,
      ({ lead, length }) => lead < LONGEST_LEAD && lead + length === run.length,
    )
    if (found !== undefined) yield { start: start + found.start, end, part: found.part }
  }
  for (const { start, end } of runs) {
    const found = codedInRun(text.slice(start, end), disguised, depth, () => true)
    if (found !== undefined) yield { start: start + found.start, end: start + found.end, part: found.part }
  }
}

/** A run in lines has at least as many characters in the first of them. */
const LONGEST_LEAD = 16

function codedInRun(
  run: string,
  disguised: Disguised,
  depth: number,
  accepts: (reading: Reading) => boolean,
): Found | undefined {
  for (const reading of readingsOf(run)) {
    if (!accepts(reading)) continue
    const { coding, lead, length, chars } = reading
    const inner = innerOf(decoderOf(coding), run.slice(lead, lead + length), disguised, depth)
    if (inner.length > 0) return { start: lead, end: lead + length, part: { type: 'coded', chars, inner } }
  }
  return undefined
}

const decoderOf =
  (coding: 'base64' | 'hex') =>
  (text: string): string =>
    // Line ends and indentation are not part of the run.
    Buffer.from(text.replaceAll(/[\s>]/g, ''), coding).toString('latin1')

/** Patterns of what a stretch decodes to, which may be compressed or in UTF-16; none where it holds no placeholder. */
function innerOf(
  decode: (text: string) => string,
  run: string,
  disguised: Disguised,
  depth: number,
): readonly Pattern[] {
  const bytes = decode(run)
  const readings: readonly (readonly [text: string, decode: (text: string) => string | undefined])[] = bytes.includes(
    '{\0{\0',
  )
    ? [[narrowed(bytes), (text) => narrowed(decode(text))]]
    : Array.from(withoutCutBytes(bytes), (text) => [text, decode])
  return readings.flatMap(([text, way]) => {
    const inner = patternOf(text, disguised, depth)
    return inner === undefined ? [] : [within(inner, way)]
  })
}

/**
 * The text, and what it may have been: where a secret was found in base64 by its own base64, the first and the last byte of
 * what stands there keep some bits of what stood there.
 */
function withoutCutBytes(bytes: string): ReadonlySet<string> {
  const startMended = bytes.replaceAll(/[^{]\{([a-z0-9-]+\.\d+\})/g, '{{$1')
  const ended = [bytes, startMended].map((text) =>
    text.replaceAll(/(\{\{[a-z0-9-]+\.\d+\})(?:(\}[*_]*)[^]|[^}])/g, (_, start: string, end = '}') => start + end),
  )
  return new Set([bytes, startMended, ...ended])
}

const narrowed = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf16le')

function within({ decode, parts }: Pattern, outer: (text: string) => string | undefined): Pattern {
  return {
    decode: (text) => {
      const decoded = outer(text)
      return decoded === undefined ? undefined : decode(decoded)
    },
    parts,
  }
}

/**
 * Whether a text is one that the pattern allows; the values that stand in it then are added to `values`.
 *
 * The nearest place of what follows a value ends the value.
 */
export function fits(pattern: Pattern, asked: string, values: Values): boolean {
  if (fitsAs(pattern, asked, values) || fitsCounted(pattern, asked, values)) return true
  // Of base64 some needs escapes where other needs none.
  if (pattern.parts.every(({ type }) => type !== 'coded')) return false
  return DECODERS.some(({ mark, decode }) => asked.includes(mark) && fitsAs(pattern, decode(asked), values))
}

function fitsAs({ decode, parts }: Pattern, asked: string, values: Values): boolean {
  const text = decode(asked)
  if (text === undefined) return false
  // What was found before it did not fit counts for nothing.
  const found: Values = new Map(values)
  let at = 0
  for (const [k, part] of parts.entries()) {
    const end = endOfPart(text, at, parts, k, found)
    if (end === undefined) return false
    if (part.type === 'hole' && !isFilled(found, part.placeholder, text.slice(at, end))) return false
    at = end
  }
  if (at !== text.length) return false
  for (const [placeholder, value] of found) values.set(placeholder, value)
  return true
}

/** Whether a placeholder stands for this value wherever else it stands; not all of its escapes need be undone at each place. */
function isFilled(values: Values, placeholder: string, value: string): boolean {
  const before = values.get(placeholder)
  if (before !== undefined && before !== value && meaningOf(before) !== meaningOf(value)) return false
  if (before === undefined) values.set(placeholder, value)
  return true
}

/** Whether the values have other lengths than those that were recorded, and all counts say so. */
function fitsCounted({ decode, parts, uncounted }: Pattern, asked: string, values: Values): boolean {
  if (uncounted !== undefined && fits(uncounted, withoutCounts(asked), values)) return true
  if (!parts.some((part) => part.type === 'literal' && NO_TEXT.test(part.text))) return false
  const text = decode(asked)
  const pieces = parts.flatMap((part) => (part.type === 'coded' ? [] : [pieceOf(part)]))
  const found = text === undefined || pieces.length < parts.length ? undefined : countedValues(pieces, text)
  if (found === undefined) return false
  const holes = parts.filter(({ type }) => type !== 'literal')
  return holes.every((hole, k) => hole.type !== 'hole' || isFilled(values, hole.placeholder, found[k] ?? ''))
}

// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x80-\xff]/

function pieceOf(part: Exclude<PatternPart, { readonly type: 'coded' }>): CountedPiece {
  switch (part.type) {
    case 'literal':
      return part
    case 'counted':
      return { type: 'value', length: part.length, accepts: () => true }
    case 'hole':
      return { type: 'value', length: part.length, accepts: (value) => mayStandFor(part.placeholder, value) }
  }
}

/** Where a part ends that begins at `at`; `undefined` where it does not stand there. */
function endOfPart(
  text: string,
  at: number,
  parts: readonly PatternPart[],
  k: number,
  values: Values,
): number | undefined {
  const part = parts[k]
  switch (part?.type) {
    case undefined:
      return undefined
    case 'literal':
      return text.startsWith(part.text, at) ? at + part.text.length : undefined
    case 'counted':
      return at + part.length
    case 'coded':
      return endsOfRun(text, at, part.chars).find(
        (end) =>
          goesOn(text, end, parts[k + 1]) && part.inner.some((inner) => fits(inner, text.slice(at, end), values)),
      )
    case 'hole': {
      const end = endOfValue(text, at, parts, k)
      const value = text.slice(at, end)
      return part.ends?.test(value) === true || !mayStandFor(part.placeholder, value) ? undefined : end
    }
  }
}

/** Where a run may end: in the line in which it begins, or in one of the lines after it. */
function endsOfRun(text: string, at: number, chars: RegExp): readonly number[] {
  chars.lastIndex = at
  chars.test(text)
  const end = Math.max(chars.lastIndex, at)
  return [...wrappingsOf(text, { start: at, end }).map((wrapped) => wrapped.end), end]
}

/** Whether what comes next may stand there. */
const goesOn = (text: string, at: number, next: PatternPart | undefined): boolean =>
  next === undefined ? at === text.length : next.type !== 'literal' || text.startsWith(next.text, at)

/** The nearest place of the literal that follows, or the last one where that is the end of the text. */
function endOfValue(text: string, at: number, parts: readonly PatternPart[], k: number): number | undefined {
  const next = parts[k + 1]
  if (next?.type !== 'literal') return next === undefined ? text.length : at
  const isLast = k + 2 === parts.length
  const end = isLast ? text.length - next.text.length : text.indexOf(next.text, at)
  return end < at ? undefined : end
}

/** A placeholder stands for itself, and never for another one. */
function mayStandFor(placeholder: string, value: string): boolean {
  const own = placeholderIs(value)
  return own === undefined || own === placeholder
}
