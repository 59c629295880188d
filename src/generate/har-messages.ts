import type { Exchange } from '../messages/exchanges.ts'
import type { SaidMessage } from '../messages/socket-talks.ts'
import { OPCODES } from '../websocket/frame.ts'

/**
 * What browsers add to a HAR for a WebSocket, in the form of Playwright: times in milliseconds since 1970, text as it is, anything else in
 * base64. Messages are unmasked, joined and inflated there; pings, pongs and closes are left out, as browsers do.
 */
export function webSocketFields(
  { connection, response }: Exchange,
  began: number,
  talks: ReadonlyMap<number, readonly SaidMessage[]>,
): object {
  const said = response?.status === 101 ? talks.get(connection.number) : undefined
  if (said === undefined) return {}
  return {
    _resourceType: 'websocket',
    _webSocketMessages: said.flatMap(({ by, at, message: { kind, payload } }) =>
      kind === 'text' || kind === 'binary'
        ? [
            {
              type: by === 'client' ? 'send' : 'receive',
              time: began + at,
              opcode: OPCODES[kind],
              data: Buffer.from(payload).toString(kind === 'text' ? 'utf8' : 'base64'),
            },
          ]
        : [],
    ),
  }
}
