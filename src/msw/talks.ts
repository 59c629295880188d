import type { Cassette } from '../entries/cassette.ts'
import { readExchanges } from '../messages/exchanges.ts'
import { type SaidMessage, socketTalks } from '../messages/socket-talks.ts'
import type { RecordedSaying, RecordedTalk } from './socket-handlers.ts'

/** The WebSockets of a cassette as data, in the order in which they were opened. */
export function talksOf(cassette: Cassette): RecordedTalk[] {
  const talks = socketTalks(cassette.tape)
  return readExchanges(cassette).exchanges.flatMap(({ url, response, connection }) => {
    const said = response?.status === 101 ? talks.get(connection.number) : undefined
    return said === undefined ? [] : [{ url: url.replace(/^http/, 'ws'), said: said.flatMap(sayingOf) }]
  })
}

function sayingOf({ by, message: { kind, payload } }: SaidMessage): readonly RecordedSaying[] {
  const bytes = Buffer.from(payload)
  switch (kind) {
    case 'text':
      return [{ by, text: bytes.toString() }]
    case 'binary':
      return [{ by, base64: bytes.toString('base64') }]
    case 'close':
      return [
        { by, close: { ...(bytes.length >= 2 && { code: bytes.readUInt16BE(0) }), reason: bytes.toString('utf8', 2) } },
      ]
    case 'ping':
    case 'pong':
      return []
  }
}
