import { decodeContent, type DecodedContent } from '../content/coded-content.ts'
import { applyEdits, type Edit, type LongText, mergeEdits, shiftEdits } from '../content/edits.ts'
import {
  type Disguised,
  disguisedOf,
  formedIn,
  inBraces,
  PLACEHOLDER,
  SHORTEST_SPELLED,
} from '../content/placeholders.ts'
import { longRuns } from '../content/runs.ts'
import { editsBehindEscapes, editsInsideRuns } from '../content/views.ts'
import { isBytes, readDirections } from '../messages/directions.ts'
import { directionKey, editTape } from '../messages/edit-tape.ts'
import { framedEdits } from '../messages/framed-edits.ts'
import { contentOf } from '../messages/message-content.ts'
import type { Message, Speech } from '../messages/speech.ts'
import { placeholdersIn } from '../outgoing/placeholders-in.ts'
import { formFor, numberFor } from '../redaction/forms.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'
import { mayHoldPlaceholder } from '../templates/pattern.ts'

/** A cassette whose placeholders have other names. */
interface Renamed {
  readonly cassette: Cassette
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  /** Names that stand in what cannot be edited. */
  readonly notRenamed: readonly string[]
}

/** The names of all placeholders that a cassette shows or knows, however they are encoded: `token.1`. */
export function namesIn({ tape }: Cassette): ReadonlySet<string> {
  const names = new Set<string>()
  const disguised = disguisedOf(tape.filter(isBytes))
  for (const { text, speech } of readDirections(tape))
    for (const part of partsOf(text, speech)) {
      const plain = part.decoded?.text ?? part.text
      if (disguised.size > 0 || mayHoldPlaceholder(plain))
        for (const name of placeholdersIn(plain, disguised)) if (IS_NAME.test(name)) names.add(name)
    }
  for (const event of tape) if (isBytes(event)) for (const name of Object.keys(event.redacted ?? {})) names.add(name)
  return names
}

const IS_NAME = /^[a-z0-9-]+\.\d+$/

/** A stretch of what went one way. */
interface Part {
  readonly text: string
  /** Where it begins. */
  readonly start: number
  /** Of the content of a message. */
  readonly message?: Message
  readonly decoded?: DecodedContent
}

/** Heads, contents, trailers, and what is not HTTP. */
function* partsOf(text: LongText, { messages }: Speech): Generator<Part> {
  let at = 0
  for (const message of messages) {
    const { headStart, headEnd, end, chunks, isChunked } = message
    yield { text: text.slice(headStart, headEnd), start: headStart }
    const content = contentOf(text, message)
    const body = content.slice(0, content.length)
    yield { text: body, start: 0, message, decoded: decodeContent(body, message.fields, end !== undefined) }
    if (end !== undefined && isChunked) yield { text: text.slice(end.start, end.end), start: end.start }
    at = end?.end ?? chunks.at(-1)?.dataEnd ?? headEnd
  }
  yield { text: text.slice(at, text.length), start: at }
}

/** Gives placeholders whose names are taken the next free number of their kind; those that are `shared` keep theirs. */
export function renamePlaceholders(
  cassette: Cassette,
  taken: ReadonlySet<string>,
  shared: ReadonlySet<string>,
): Renamed {
  const own = namesIn(cassette)
  const used = new Set([...taken, ...own])
  const names = new Map<string, string>()
  for (const name of own) {
    if (!taken.has(name) || shared.has(name)) continue
    const free = nextFree(name, used)
    used.add(free)
    names.set(name, free)
  }
  if (names.size === 0) return { cassette, renamed: [], notRenamed: [] }
  const tape = editTape(cassette.tape, editsFor(cassette, names)).map((event) => withNames(event, names))
  const after = namesIn({ ...cassette, tape })
  return {
    cassette: { ...cassette, tape },
    renamed: Array.from(names, ([from, to]) => ({ from, to })),
    notRenamed: [...names.keys()].filter((name) => after.has(name)),
  }
}

function nextFree(name: string, used: ReadonlySet<string>): string {
  const [kind = '', number = '1'] = name.split('.')
  let next = Number(number) + 1
  while (used.has(`${kind}.${next}`)) next += 1
  return `${kind}.${next}`
}

function editsFor({ tape }: Cassette, names: Names): ReadonlyMap<string, readonly Edit[]> {
  const edits = new Map<string, readonly Edit[]>()
  const disguised = disguisedOf(tape.filter(isBytes))
  for (const { type, connection, text, speech } of readDirections(tape)) {
    const found = Array.from(partsOf(text, speech)).flatMap((part) => {
      const { message, decoded, start } = part
      if (message === undefined) return shiftEdits(within(part.text, names, disguised), start)
      const inContent = within(decoded?.text ?? part.text, names, disguised)
      return framedEdits(text, message, decoded === undefined ? inContent : coded(part.text, decoded, inContent))
    })
    edits.set(directionKey(type, connection), found)
  }
  return edits
}

type Names = ReadonlyMap<string, string>

/** Edits of a decoded content as edits of the content. */
function coded(content: string, { text, layers, encode }: DecodedContent, edits: readonly Edit[]): readonly Edit[] {
  if (layers === 0 || edits.length === 0) return edits
  return [{ start: 0, end: content.length, with: encode(applyEdits(text, edits)) }]
}

/** How many encodings, one in the other, are undone. */
const DEEPEST = 3

/** The edits that give placeholders in a text their new names, as they are and in whatever encoding. */
function within(text: string, names: Names, disguised: Disguised, depth = DEEPEST): readonly Edit[] {
  const braced = Array.from(text.matchAll(PLACEHOLDER)).flatMap(({ index, 0: whole, 1: kind = '', 2: number = '' }) => {
    const to = names.get(`${kind}.${number}`)
    return to === undefined ? [] : [{ start: index, end: index + whole.length, with: inBraces(to) }]
  })
  const formed = Array.from(formedIn(text, disguised)).flatMap(({ name, start, end }) => {
    const to = names.get(name)
    return to === undefined ? [] : [{ start, end, with: rewritten(text.slice(start, end), to) }]
  })
  if (depth === 0) return mergeEdits([...braced, ...formed])
  const inner = (decoded: string): readonly Edit[] => within(decoded, names, disguised, depth - 1)
  const runs = longRuns(text, SHORTEST_SPELLED)
  return mergeEdits([...braced, ...formed, ...editsBehindEscapes(text, inner), ...editsInsideRuns(text, runs, inner)])
}

/** What stands for a secret and does not show its name, with another name. */
function rewritten(written: string, name: string): string {
  const placeholder = inBraces(name)
  return /^\d+$/.test(written) ? numberFor(written, placeholder) : formFor(written, placeholder)
}

/** What does not show its name has it beside it, and failures may quote it. */
function withNames(event: TapeEvent, names: ReadonlyMap<string, string>): TapeEvent {
  if (isBytes(event)) {
    if (event.redacted === undefined) return event
    const redacted = Object.entries(event.redacted).map(([name, text]) => {
      const to = names.get(name)
      return to === undefined ? ([name, text] as const) : ([to, rewritten(text, to)] as const)
    })
    return { ...event, redacted: Object.fromEntries(redacted) }
  }
  if (!('failure' in event) || event.failure === undefined) return event
  const { failure } = event
  const message = applyEdits(failure.message, within(failure.message, names, new Map()))
  return event.type === 'failed'
    ? { ...event, failure: { ...failure, message } }
    : { ...event, failure: { ...failure, message } }
}
