import type { BytesEvent } from './cassette.ts'

/**
 * From so many bytes on, what goes one way in a record is not kept in memory: it lies in a file, its text is searched in parts, and in the
 * cassette it is a blob.
 */
export const LONG = 4 * 1024 * 1024

let last: { readonly event: BytesEvent; readonly bytes: Uint8Array } | undefined

const LENGTHS = new WeakMap<object, number>()

/**
 * A segment whose bytes are read each time that somebody asks for them, as copying it with `{ ...event }` does.
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
