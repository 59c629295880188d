import { DecodingBudget } from '../content/codings.ts'
import { decodeContent } from '../content/coded-content.ts'
import type { FieldLine } from '../http1/events.ts'
import { spellingsOf } from '../content/spellings.ts'
import { type Disguised, formedIn, PLACEHOLDER } from '../content/placeholders.ts'

/** A placeholder in a message. */
export interface FoundPlaceholder {
  /** Such as `token.1`. */
  readonly name: string
  /** Such as `the header Authorization`. */
  readonly where: string
}

/** A message as far as placeholders may stand in it. */
export interface SearchedMessage {
  /** Of a request; `''` of a response. */
  readonly target: string
  readonly fields: readonly FieldLine[]
  /** Without the transfer coding. */
  readonly body: Uint8Array
  readonly trailers?: readonly FieldLine[] | undefined
}

/** The placeholders in the head of a request. */
export function* placeholdersInHead(
  { target, fields }: Pick<SearchedMessage, 'target' | 'fields'>,
  disguised?: Disguised,
): Generator<FoundPlaceholder> {
  yield* placed(target, 'the target', disguised)
  yield* placedInFields(fields, 'header', disguised)
}

/** The placeholders in a whole message, also below the content codings that are known. */
export function* placeholdersInMessage(message: SearchedMessage, disguised?: Disguised): Generator<FoundPlaceholder> {
  yield* placeholdersInHead(message, disguised)
  if (message.body.length > 0) {
    // What is not in its codings stays as it is.
    const { text } = decodeContent(latin1(message.body), message.fields, true)
    yield* placed(text, 'the body', disguised)
  }
  yield* placedInFields(message.trailers ?? [], 'trailer', disguised)
}

function* placedInFields(
  fields: readonly FieldLine[],
  kind: string,
  disguised: Disguised | undefined,
): Generator<FoundPlaceholder> {
  for (const { name, value } of fields)
    // A length is a number that stands for nothing.
    yield* placed(value, `the ${kind} ${name}`, name.toLowerCase() === 'content-length' ? undefined : disguised)
}

function* placed(text: string, where: string, disguised: Disguised | undefined): Generator<FoundPlaceholder> {
  for (const name of placeholdersIn(text, disguised)) yield { name, where }
}

/** How many encodings, one in the other, are undone. */
const DEPTH = 3
/** Characters that are searched before encodings are not undone any more. */
const BUDGET = 64 << 20
/** What one stretch may unzip to. */
const MOST_UNZIPPED = 16 << 20

/**
 * The names of the placeholders in a text, one character a byte: plain, and under percent, JSON and HTML escapes, base64, hex, UTF-16 and
 * compression, one in the other.
 */
export function placeholdersIn(text: string, disguised?: Disguised): ReadonlySet<string> {
  const names = new Set<string>()
  let left = BUDGET
  const budget = new DecodingBudget({ all: BUDGET, one: MOST_UNZIPPED })
  const look = (searched: string, depth: number): void => {
    left -= searched.length
    for (const [, label = '', number = ''] of searched.matchAll(PLACEHOLDER)) names.add(`${label}.${number}`)
    for (const { name } of formedIn(searched, disguised)) names.add(name)
    if (depth === DEPTH) return
    for (const spelled of spellingsOf(searched, budget)) {
      if (left <= 0) return
      if (spelled.length >= SHORTEST) look(spelled, depth + 1)
    }
  }
  look(text, 0)
  return names
}

/** `{{a.1}}` */
const SHORTEST = 7

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
