import { deflateIn, type Deflate } from './deflate.ts'
import { type Extension, readExtensions } from './extensions.ts'
import { MessageReader } from './message-reader.ts'

/** A header line, as `FieldLine` of HTTP. */
interface Field {
  readonly name: string
  readonly value: string
}

/** What a server agreed on when it answered 101. */
export interface Agreement {
  readonly extensions: readonly Extension[]
  readonly deflate: Deflate | undefined
  /** `''` if none was chosen. */
  readonly protocol: string
}

/** Whether header lines ask for a WebSocket, or grant one (RFC 6455 section 4). */
export const isWebSocket = (fields: readonly Field[]): boolean =>
  /(?:^|,)\s*websocket\s*(?:,|$)/i.test(valueOf(fields, 'upgrade'))

/** What the header lines of a 101 say. */
export function agreementIn(fields: readonly Field[]): Agreement {
  const extensions = readExtensions(valueOf(fields, 'sec-websocket-extensions'))
  return { extensions, deflate: deflateIn(extensions), protocol: valueOf(fields, 'sec-websocket-protocol').trim() }
}

/** A reader of what one side says after the handshake. */
export const readerOf = ({ extensions, deflate }: Agreement, side: 'sent' | 'received'): MessageReader =>
  new MessageReader({ allowsRsv: extensions.length > 0, compression: deflate?.[side] })

/** The value of `Sec-WebSocket-Accept` for a key (section 4.2.2). */
export function acceptFor(key: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha1').update(`${key.trim()}${GUID}`).digest('base64')
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const valueOf = (fields: readonly Field[], name: string): string =>
  fields
    .filter((field) => field.name.toLowerCase() === name)
    .map(({ value }) => value)
    .join(', ')
