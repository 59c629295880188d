import { disguisedOf } from '../content/placeholders.ts'
import type { ByteRange } from '../http1/events.ts'
import type { Leaving, ServerAction, Step } from '../interactions/interaction.ts'
import { blanksIn } from '../matching/blanks.ts'
import type { Field, Question } from '../protocols/dialogue.ts'
import type { TapeEvent } from '../tape/cassette.ts'

/** One recorded question, and what the server said to it. */
export interface Exchange {
  readonly connection: number
  /** Place on its connection, from 0. */
  readonly place: number
  /** Milliseconds since the recording began: when it was asked. */
  readonly at: number
  /** If it is the first one after the login: how the connection came about. */
  readonly opening: Opening | undefined
  /** When the last of its answer came. */
  readonly answeredAt: number
  readonly question: Question
  /** All that answers it, in order. */
  readonly answer: readonly Said[]
  /** What the server said unasked before it was asked something else. */
  readonly behind: readonly Said[]
  /** How the client left while it waited for the answer; `undefined` if it did not. */
  readonly leaving: Leaving | undefined
  readonly matches: (question: Question) => boolean
}

/** Times of a connection before anything but the login was said on it. */
export interface Opening {
  /** When it began to be opened. */
  readonly at: number
  /** When the client had noticed that the login was over, as slowly as it noticed its steps. */
  readonly noticedAt: number
}

/** A message of a server, in the parts in which it came; or the end of what it says. */
export type Said = SaidMessage | SaidAction

export interface SaidMessage {
  readonly type: 'message'
  readonly bytes: Buffer
  readonly parts: readonly Part[]
}

export interface SaidAction {
  readonly type: 'action'
  readonly step: Omit<Step, 'after'>
}

/** What of a message came in one segment. */
export interface Part {
  readonly bytes: Buffer
  readonly segment: SegmentPlace
}

/** The segment that something came in. */
export interface SegmentPlace {
  readonly at: number
  readonly wait: number
}

export const keyOf = ({ kind, fields }: Question): string =>
  JSON.stringify([kind, ...fields.flatMap(({ name, value }) => [name, value])])

/** Whether a question is the recorded one. Where a secret stood, anything may stand. */
export function matcherFor(recorded: Question, events: readonly TapeEvent[]): (question: Question) => boolean {
  const disguised = disguisedOf(events.flatMap((event) => (event.type === 'sent' ? [event] : [])))
  const forms = recorded.fields.map((field) => formOf(field, blanksIn(Buffer.from(field.value), disguised)))
  if (forms.every((form) => form === undefined)) {
    const key = keyOf(recorded)
    return (question) => keyOf(question) === key
  }
  return ({ kind, fields }) =>
    kind === recorded.kind &&
    fields.length === recorded.fields.length &&
    recorded.fields.every(({ name, value }, index) => {
      const asked = fields[index]
      if (asked?.name !== name) return false
      return forms[index]?.test(asked.value) ?? asked.value === value
    })
}

function formOf({ value }: Field, blanks: readonly ByteRange[]): RegExp | undefined {
  if (blanks.length === 0) return undefined
  const bytes = Buffer.from(value)
  let [form, from] = ['', 0]
  for (const { start, end } of blanks) {
    form += `${literal(bytes.toString('utf8', from, start))}[^]*`
    from = end
  }
  return new RegExp(`^${form}${literal(bytes.toString('utf8', from))}$`)
}

const literal = (text: string): string => text.replaceAll(/[$()*+./?[\\\]^{|}-]/g, String.raw`\$&`)

/** What a server does besides sending bytes. */
export const isEnding = (action: ServerAction): boolean => action.type !== 'segment'
