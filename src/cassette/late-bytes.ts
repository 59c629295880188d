import type { BytesEvent } from './cassette.ts'

/**
 * From so many bytes on, what goes one way in a record is not kept in memory: it lies in a file, its text is searched in parts, and in the
 * cassette it is a blob.
 */
export const LONG = 4 * 1024 * 1024

let last: { readonly event: BytesEvent; readonly bytes: Uint8Array } | undefined

const LENGTHS = new WeakMap<object, number>()

/**
 * A segment whose bytes are read each time that somebody asks for them.
 *
 * Copying its fields one by one, as `{ ...event }` does, would read them, too: see `withFields`.
 */
export function lateEvent(fields: Omit<BytesEvent, 'bytes'>, length: number, read: () => Uint8Array): BytesEvent {
  const event: BytesEvent = {
    ...fields,
    get bytes() {
      // Who asks once asks again, and then goes on to the next one.
      if (last?.event !== event) last = { event, bytes: read() }
      return last.bytes
    },
  }
  LENGTHS.set(event, length)
  return event
}

/** How many bytes a segment has. */
export const lengthOf = (event: BytesEvent): number => LENGTHS.get(event) ?? event.bytes.length

/** Whether the bytes are read when they are asked for. */
export const isLate = (event: object): boolean => LENGTHS.has(event)

/** The event with other fields than it had; late bytes stay late. */
export function withFields<Event extends { readonly connection: number; readonly at: number }>(
  event: Event,
  fields: { readonly connection?: number; readonly at?: number },
): Event {
  const length = LENGTHS.get(event)
  if (length === undefined) return { ...event, ...fields }
  const copy: Event = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(event))
  Object.assign(copy, fields)
  LENGTHS.set(copy, length)
  return copy
}
