import type { FieldLine } from '../http1/events.ts'
import { type FrameKind, OPCODES, writeFrame } from '../websocket/frame.ts'
import { acceptFor } from '../websocket/handshake.ts'
import { type Data } from './data.ts'
import type { ImportedFrame } from './imported.ts'
import { parseJson } from './json-file.ts'

/** A frame of a client must have a mask (RFC 6455 section 5.3); no tool keeps the one there was. */
const NO_MASK = new Uint8Array(4)

/**
 * The frames in `_webSocketMessages`, or in the lines of JSON that Playwright writes beside a HAR.
 *
 * Times are seconds since 1970 in HARs of Chrome and milliseconds in those of Playwright, and -1 where there are none.
 */
export function framesOf(messages: Data, lines: Uint8Array | undefined): readonly ImportedFrame[] {
  const listed = messages.isMissing ? [] : messages.items()
  const filed = Buffer.from(lines ?? [])
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line))
  return [...listed, ...filed].flatMap(frameOf)
}

function frameOf(message: Data): readonly ImportedFrame[] {
  const opcode = message.get('opcode').number()
  const kind = KINDS.find((one) => OPCODES[one] === opcode)
  const isSent = message.get('type').text() === 'send'
  const [time, data] = [message.get('time').number(-1), message.get('data').text('')]
  if (kind === undefined) {
    message.note(`has the opcode ${opcode}, and is left out`)
    return []
  }
  const payload = Buffer.from(data, kind === 'text' ? 'utf8' : 'base64')
  const head = { kind, fin: true, rsv: 0, mask: isSent ? NO_MASK : undefined, form: 7 } as const
  const at = time < 0 ? undefined : time < FIRST_MILLISECONDS ? time * 1000 : time
  return [{ by: isSent ? 'client' : 'server', at, bytes: writeFrame(head, payload) }]
}

const KINDS: readonly Exclude<FrameKind, 'continuation'>[] = ['text', 'binary', 'close', 'ping', 'pong']

/** As seconds that is the year 5138, as milliseconds 1973. */
const FIRST_MILLISECONDS = 1e11

/** The head of a handshake that a file has only in part: what RFC 6455 asks for is added, and no extension was kept. */
export function handshakeFields(
  asked: readonly FieldLine[],
  granted: readonly FieldLine[],
): { readonly request: readonly FieldLine[]; readonly response: readonly FieldLine[] } {
  const both = [
    { name: 'Connection', value: 'Upgrade' },
    { name: 'Upgrade', value: 'websocket' },
  ]
  const request = withAll(asked, [
    ...both,
    { name: 'Sec-WebSocket-Version', value: '13' },
    { name: 'Sec-WebSocket-Key', value: MADE_UP_KEY },
  ])
  const key = request.find(({ name }) => name.toLowerCase() === 'sec-websocket-key')?.value ?? MADE_UP_KEY
  const kept = granted.filter(({ name }) => name.toLowerCase() !== 'sec-websocket-extensions')
  const accept = { name: 'Sec-WebSocket-Accept', value: acceptFor(key) }
  return { request, response: withAll(kept, [...both, accept]) }
}

const MADE_UP_KEY = 'AAAAAAAAAAAAAAAAAAAAAA=='

function withAll(fields: readonly FieldLine[], needed: readonly FieldLine[]): readonly FieldLine[] {
  const names = new Set(fields.map(({ name }) => name.toLowerCase()))
  return [...fields, ...needed.filter(({ name }) => !names.has(name.toLowerCase()))]
}
