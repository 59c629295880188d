import { applyEdits, type Edit } from '../content/edits.ts'
import { PLACEHOLDER } from '../content/placeholders.ts'
import { isBytes, readDirections } from '../messages/directions.ts'
import { directionKey, editTape } from '../messages/edit-tape.ts'
import { framedEdits } from '../messages/framed-edits.ts'
import { contentOf } from '../messages/message-content.ts'
import type { Cassette, TapeEvent } from '../tape/cassette.ts'

/** A cassette whose placeholders have other names. */
interface Renamed {
  readonly cassette: Cassette
  readonly renamed: readonly { readonly from: string; readonly to: string }[]
  /** Names that stand in what cannot be edited. */
  readonly notRenamed: readonly string[]
}

/** The names of all placeholders that a cassette shows or knows: `token.1`. */
export function namesIn({ tape }: Cassette): ReadonlySet<string> {
  const names = new Set<string>()
  for (const direction of readDirections(tape)) {
    const text = direction.text.slice(0, direction.text.length)
    for (const [, kind = '', number = ''] of text.matchAll(PLACEHOLDER)) names.add(`${kind}.${number}`)
  }
  for (const event of tape) if (isBytes(event)) for (const name of Object.keys(event.redacted ?? {})) names.add(name)
  return names
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

function editsFor({ tape }: Cassette, names: ReadonlyMap<string, string>): ReadonlyMap<string, readonly Edit[]> {
  const edits = new Map<string, readonly Edit[]>()
  for (const { type, connection, text, speech } of readDirections(tape)) {
    const found: Edit[] = []
    let at = 0
    for (const message of speech.messages) {
      const end = message.end?.end ?? message.chunks.at(-1)?.dataEnd ?? message.headEnd
      found.push(...within(text.slice(message.headStart, message.headEnd), names, message.headStart))
      const content = contentOf(text, message)
      found.push(...framedEdits(text, message, within(content.slice(0, content.length), names, 0)))
      if (message.end !== undefined && message.isChunked)
        found.push(...within(text.slice(message.end.start, message.end.end), names, message.end.start))
      at = end
    }
    // A tunnel, or what is not HTTP.
    found.push(...within(text.slice(at, text.length), names, at))
    edits.set(directionKey(type, connection), found)
  }
  return edits
}

function within(text: string, names: ReadonlyMap<string, string>, start: number): readonly Edit[] {
  return Array.from(text.matchAll(PLACEHOLDER)).flatMap(({ index, 0: whole, 1: kind = '', 2: number = '' }) => {
    const to = names.get(`${kind}.${number}`)
    return to === undefined ? [] : [{ start: start + index, end: start + index + whole.length, with: `{{${to}}}` }]
  })
}

/** What does not show its name has it beside it, and failures may quote it. */
function withNames(event: TapeEvent, names: ReadonlyMap<string, string>): TapeEvent {
  if (isBytes(event)) {
    if (event.redacted === undefined) return event
    const redacted = Object.entries(event.redacted).map(([name, text]) => [names.get(name) ?? name, text] as const)
    return { ...event, redacted: Object.fromEntries(redacted) }
  }
  if (!('failure' in event) || event.failure === undefined) return event
  const { failure } = event
  const message = applyEdits(failure.message, within(failure.message, names, 0))
  return event.type === 'failed'
    ? { ...event, failure: { ...failure, message } }
    : { ...event, failure: { ...failure, message } }
}
