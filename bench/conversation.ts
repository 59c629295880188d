import { type Cassette, CASSETTE_VERSION, type TapeEvent } from 'wiretape/cassette'
import { SMALL } from './answers.ts'

/** The origin of the recording. */
export const ORIGIN = 'http://api.test'

/** The resource of each recorded request: all are different, as in an API. */
export const targetOf = (index: number): string => `/users/${index}?fields=name`

/** The answer to each of them. */
export const BODY = SMALL.bytes.subarray(-SMALL.bodyLength).toString()

/** The same with JSON answers that take 1.8 KB each in the file. */
export function pagesOf(size: number): Cassette {
  const cassette = cassetteOf(size)
  return {
    ...cassette,
    tape: cassette.tape.map((event, index) =>
      event.type === 'received' ? Object.assign({}, event, { bytes: pageOf(index) }) : event,
    ),
  }
}

function pageOf(index: number): Uint8Array {
  const items = Array.from({ length: 17 }, (_, place) => ({
    id: index * 17 + place,
    name: `item ${place} of page ${index}`,
    price: place * 1.25,
    tags: ['a', 'b'],
  }))
  const body = JSON.stringify({ page: index, items })
  return Buffer.from(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

/** A cassette with this many GETs, a hundred for each connection, as recorded from a client that keeps connections alive. */
export function cassetteOf(size: number): Cassette {
  const tape: TapeEvent[] = []
  for (let index = 0; index < size; index += 1) {
    const connection = 1 + Math.floor(index / 100)
    const at = tape.length
    if (index % 100 === 0) tape.push({ type: 'open', connection, at, to: ORIGIN, took: 1 })
    const request = Buffer.from(`GET ${targetOf(index)} HTTP/1.1\r\nHost: api.test\r\n\r\n`)
    tape.push({ type: 'sent', connection, at: at + 1, bytes: request })
    tape.push({ type: 'received', connection, at: at + 2, bytes: SMALL.bytes })
  }
  const recorded = { at: '2026-11-22T12:00:00.000Z', by: 'wiretape 0.1.0', node: '20.20.2' }
  return { version: CASSETTE_VERSION, recorded, tape }
}

/** The fields of the answer, for clients that need them as a list. */
export const HEADERS: Readonly<Record<string, string>> = Object.fromEntries(
  SMALL.bytes
    .subarray(0, -SMALL.bodyLength)
    .toString()
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(': ', 2)),
)
