import { contentForm } from '../content/content-form.ts'
import { isMap, type NormalForm } from '../content/normal-form.ts'
import { hasBraces, placeholderIs } from '../content/placeholders.ts'
import { urlForm } from '../content/url-form.ts'
import { type InspectedMessage, readExchanges } from '../messages/exchanges.ts'
import { looksRandom } from '../secrets/randomness.ts'
import type { Cassette } from '../tape/cassette.ts'

/** A name under which values look drawn at random, and stay. */
export interface KeptValue {
  /** Of a header field, a parameter, or a member of a content: `X-Trace`, `versionId`, `node_id`. */
  readonly name: string
  readonly count: number
}

/** More names than this tell no more. */
const MOST_NAMES = 200

/**
 * The names of what looks drawn at random in a cassette and stays in it, the most frequent first.
 *
 * Most of them are ids and tags. Which are secrets that no rule knows, only a person can say: `secrets: [...]` takes them out.
 */
export function keptValues(cassette: Cassette): readonly KeptValue[] {
  const counts = new Map<string, number>()
  const note = (name: string, value: string): void => {
    if (!looksRandom(value) || hasBraces(value) || placeholderIs(value) !== undefined) return
    if (counts.has(name) || counts.size < MOST_NAMES) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const { url, request, response } of readExchanges(cassette).exchanges) {
    noteUrl(url, note)
    for (const message of [request, response]) if (message !== undefined) noteMessage(message, note)
  }
  return Array.from(counts, ([name, count]) => ({ name, count })).toSorted((one, other) => other.count - one.count)
}

type Note = (name: string, value: string) => void

function noteUrl(url: string, note: Note): void {
  for (const pair of Object.values(urlForm(url, 'query', 'decoded') ?? []))
    if (Array.isArray(pair) && typeof pair[1] === 'string') note(String(pair[0]), pair[1])
}

function noteMessage({ fields, body }: InspectedMessage, note: Note): void {
  for (const { name, value } of fields) if (!ORDINARY.has(name.toLowerCase())) note(name, value)
  noteForm(contentForm({ body, fields }), '', note)
}

function noteForm(form: NormalForm, name: string, note: Note): void {
  if (typeof form === 'string') return void (name !== '' && form.length <= LONGEST && note(name, form))
  if (typeof form !== 'object' || form === null) return
  // Elements of a list go by the name of the list.
  for (const [key, child] of Object.entries(form)) noteForm(child, isMap(form) && !KINDS.has(key) ? key : name, note)
}

/** A longer value is a document or a picture. */
const LONGEST = 1024

/** Names that a form of a content has from what it was read as. */
const KINDS: ReadonlySet<string> = new Set([
  'json',
  'jsonLines',
  'form',
  'multipart',
  'head',
  'content',
  'text',
  'bytes',
])

/** Fields whose values are known to be none. */
const ORDINARY: ReadonlySet<string> = new Set([
  'date',
  'etag',
  'content-type',
  'content-security-policy',
  'user-agent',
  'link',
  'location',
  'set-cookie',
  'cookie',
  'authorization',
])
