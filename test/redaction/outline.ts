import type { Cassette } from '../../src/tape/cassette.ts'
import type { RequestEvent, ResponseEvent } from '../../src/http1/events.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'

/** All bytes of one direction. */
export function bytesOf({ tape }: Cassette, type: 'sent' | 'received'): Buffer {
  return Buffer.concat(tape.map((event) => (event.type === type ? event.bytes : Buffer.alloc(0))))
}

/** What the parsers say, without what redaction may change: values, sizes, and how a body is spread over chunks. */
export function outline(cassette: Cassette): string[] {
  const methods: string[] = []
  const isEnded = cassette.tape.some(({ type }) => type === 'end')
  const sent = outlineOf(new RequestParser(), bytesOf(cassette, 'sent'), isEnded, (event) => {
    if (event.type === 'request-head') methods.push(event.method)
  })
  const parser = new ResponseParser()
  for (const method of methods) parser.expectResponseTo(method)
  return [...sent, ...outlineOf(parser, bytesOf(cassette, 'received'), isEnded, () => {})]
}

type Event = RequestEvent | ResponseEvent

function outlineOf(
  parser: RequestParser | ResponseParser,
  bytes: Buffer,
  isEnded: boolean,
  see: (event: Event) => void,
): string[] {
  const lines: string[] = []
  parser.push(bytes)
  if (isEnded) parser.pushEof()
  try {
    for (let event: Event | undefined = parser.next(); event !== undefined; event = parser.next()) {
      see(event)
      if ('fields' in event) lines.push(`${event.type} ${event.fields.map(({ name }) => name).join(' ')}`)
      if (event.type === 'end-of-message') lines.push(`end ${event.trailers.map(({ name }) => name).join(' ')}`)
    }
  } catch (error) {
    lines.push(Object(error).code)
  }
  return [...lines, parser.state]
}
