import type { FieldLine } from '../http1/events.ts'
import type { CapturedPacket } from '../packets/capture.ts'
import type { Endpoint } from '../packets/tcp-segment.ts'
import type { Side, TcpConnection, TcpEvent } from '../packets/tcp-connections.ts'
import { append } from '../tape/splice.ts'
import { Data, latin1 } from './data.ts'
import { tracesInProtobuf } from './envoy-protobuf.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'
import { parseDocuments } from './json-file.ts'
import { cassetteOf } from './pcap.ts'
import { type CapturedTape, isRequestLine, readConnection } from './pcap-connection.ts'

const NEVER = [
  'the case of header names',
  'reasons',
  'chunk framing',
  'interim responses',
  'answers that failed or were cut off',
]

/**
 * Taps of Envoy in JSON or in protobuf: traces of HTTP, buffered and streamed, and of sockets, one or several in a file.
 *
 * Traces of sockets have the bytes, and become them; those of HTTP have parsed messages.
 *
 * @throws CassetteError `IMPORT_INVALID`.
 */
export function importEnvoyTap(tap: string | Uint8Array): Imported {
  const traces = tracesIn(tap)
  const streams = new Streams()
  const exchanges: ImportedExchange[] = []
  const notes: string[] = []
  const sockets: CapturedTape[] = []
  const readSocket = (socket: Socket): void => {
    const { tape, notes: more } = readConnection(connectionOf(socket), {
      names: new Map(),
      decrypted: undefined,
      raw: true,
    })
    notes.push(...more)
    if (tape !== undefined) sockets.push(tape)
  }
  for (const trace of traces) {
    member(trace, 'sample_rate').whole()
    const [http, socket] = [member(trace, 'http_buffered_trace'), member(trace, 'socket_buffered_trace')]
    if (!http.isMissing) exchanges.push(...exchangeOf(http))
    else if (!socket.isMissing) readSocket(socketOf(socket))
    else streams.add(trace)
  }
  exchanges.push(...streams.exchanges())
  for (const socket of streams.sockets()) readSocket(socket)
  const http = toCassette(exchanges, { name: 'Envoy tap', neverHad: NEVER }, [
    ...notes,
    ...traces.flatMap((trace) => trace.notes()),
  ])
  if (sockets.length === 0) return http
  const cassette = cassetteOf(sockets, 'Envoy tap')
  return { ...http, cassette: exchanges.length === 0 ? cassette : append(http.cassette, cassette) }
}

function tracesIn(tap: string | Uint8Array): readonly Data[] {
  const bytes = Buffer.from(tap)
  const text = bytes.toString()
  const inProtobuf = (): readonly Data[] => tracesInProtobuf(bytes).map((trace) => new Data(trace, ''))
  if (!/^\ufeff?\s*[[{]/.test(text)) return inProtobuf()
  try {
    return parseDocuments(text)
  } catch (error) {
    return inProtobufOr(error, inProtobuf)
  }
}

/** A message in protobuf may begin as JSON does: with a tag that is a line end, and a length that is a bracket. */
function inProtobufOr(error: unknown, inProtobuf: () => readonly Data[]): readonly Data[] {
  try {
    return inProtobuf()
  } catch {
    throw error
  }
}

/** Envoy writes names as its definition has them; JSON of protobuf may have them in camel case. */
function member(data: Data, name: string): Data {
  const found = data.get(name)
  return found.value === undefined
    ? data.get(name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase()))
    : found
}

function exchangeOf(trace: Data): readonly ImportedExchange[] {
  member(trace, 'downstream_connection').whole()
  const [request, response] = [trace.get('request').expected(), trace.get('response').expected()]
  const [asked, answered] = [request, response].map((message) => member(message, 'headers_received_time').time())
  const took = asked !== undefined && answered !== undefined ? { took: Math.max(0, answered - asked) } : {}
  const made = exchangeFrom(trace, partsOf(request), partsOf(response))
  return made.map((exchange) => Object.assign({}, exchange, took, { startedAt: asked }))
}

interface Parts {
  readonly fields: readonly FieldLine[]
  readonly body: Uint8Array
  readonly isWhole: boolean
  readonly trailers: readonly FieldLine[]
}

function partsOf(message: Data): Parts {
  const body = bodyOf(message.get('body'))
  const fields = fieldsOf(message.get('headers').expected())
  return { fields, body: body.bytes, isWhole: !body.isTruncated, trailers: fieldsOf(message.get('trailers')) }
}

/** A content that the tap cut off is none that can be played. */
function exchangeFrom(trace: Data, request: Parts, response: Parts): readonly ImportedExchange[] {
  if (!request.isWhole || !response.isWhole) {
    trace.note('is left out: the tap cut off a body; raise max_buffered_rx_bytes and max_buffered_tx_bytes')
    return []
  }
  const [method, path, authority, scheme] = [':method', ':path', ':authority', ':scheme'].map((name) =>
    valueOf(request.fields, name),
  )
  if (method === undefined || path === undefined || authority === undefined) {
    trace.note('is left out: it does not have the method, path and authority of a request')
    return []
  }
  const forwarded = valueOf(request.fields, 'x-forwarded-proto')
  if (scheme === undefined && forwarded === undefined) trace.note('has no scheme, and is taken for http')
  return [
    {
      method,
      url: `${scheme ?? forwarded ?? 'http'}://${authority}${path}`,
      target: path,
      requestFields: [{ name: 'host', value: authority }, ...plain(request.fields)],
      requestBody: request.body,
      requestTrailers: request.trailers,
      status: Number(valueOf(response.fields, ':status') ?? 0),
      reason: '',
      responseFields: plain(response.fields),
      responseBody: response.body,
      responseTrailers: response.trailers,
    },
  ]
}

const valueOf = (fields: readonly FieldLine[], name: string): string | undefined =>
  fields.find((field) => field.name === name)?.value

const plain = (fields: readonly FieldLine[]): readonly FieldLine[] =>
  fields.filter(({ name }) => !/^:|^host$/i.test(name))

function fieldsOf(headers: Data): readonly FieldLine[] {
  if (headers.isMissing) return []
  return headers.items().map((header) => {
    const raw = member(header, 'raw_value').text('')
    const value = header.get('value').text('')
    if (value === '' && raw === '' && header.get('value').value === undefined) header.get('value').expected()
    return {
      name: header.get('key').text(),
      value: raw === '' ? latin1(value) : Buffer.from(raw, 'base64').toString('latin1'),
    }
  })
}

function bodyOf(body: Data): { readonly bytes: Uint8Array; readonly isTruncated: boolean } {
  if (body.isMissing) return { bytes: new Uint8Array(0), isTruncated: false }
  const isTruncated = body.get('truncated').value === true
  const [base64, text] = [member(body, 'as_bytes'), member(body, 'as_string')]
  // Without either, it is empty; with a member of another name, it is not known.
  const bytes = text.isMissing ? Buffer.from(base64.text(''), 'base64') : Buffer.from(text.text())
  return { bytes, isTruncated }
}

/** A connection as a tap of its socket shows it. */
interface Socket {
  readonly connection: Data | undefined
  readonly events: readonly Data[]
}

function socketOf(trace: Data): Socket {
  member(trace, 'trace_id').whole()
  for (const name of ['read_truncated', 'write_truncated'])
    if (member(trace, name).value === true) trace.note(`${name}: the tap does not have all bytes`)
  return { connection: trace.get('connection').expected(), events: trace.get('events').expected().items() }
}

type Direction = 'read' | 'write'

function connectionOf({ connection, events }: Socket): TcpConnection {
  const passed = events.flatMap(passagesOf)
  const first = passed.find(({ bytes }) => bytes.length > 0)
  // Envoy reads requests as a server, and writes them as a client.
  const asks: Direction = passed.find(({ bytes }) => isRequestLine(bytes))?.direction ?? first?.direction ?? 'read'
  const [local, remote] = ['local_address', 'remote_address'].map((name) =>
    endpointOf(connection && member(connection, name)),
  )
  const [client, server] = asks === 'read' ? [remote, local] : [local, remote]
  const none = { address: '0.0.0.0', port: 0 }
  const packets = passed.map(({ at }, index): CapturedPacket => ({
    number: index + 1,
    at,
    link: 0,
    bytes: NOTHING,
    comments: [],
  }))
  const start = packets[0] ?? { number: 1, at: 0, link: 0, bytes: NOTHING, comments: [] }
  const sent = { client: 0, server: 0 }
  const tcp = passed.flatMap(({ direction, bytes, isEnd }, index): TcpEvent[] => {
    const [by, packet]: [Side, CapturedPacket] = [direction === asks ? 'client' : 'server', packets[index] ?? start]
    const event: TcpEvent = {
      type: 'bytes',
      by,
      packet,
      bytes,
      start: sent[by],
      got: sent[by === 'client' ? 'server' : 'client'],
    }
    sent[by] += bytes.length
    return [...(bytes.length > 0 ? [event] : []), ...(isEnd ? [{ type: 'end' as const, by, packet }] : [])]
  })
  const cut = passed.findIndex(({ isTruncated }) => isTruncated)
  const side: Side = passed[cut]?.direction === asks ? 'client' : 'server'
  const packet = { ...start, number: cut + 2 }
  return {
    client: client ?? none,
    server: server ?? none,
    first: start,
    handshake: { asked: start, made: start },
    refused: undefined,
    events: tcp,
    gaps: cut === -1 ? [] : [{ by: side, offset: sent[side], packet }],
    differing: [],
  }
}

const NOTHING = new Uint8Array(0)

interface Passage {
  /** `undefined`: the connection was closed, by whom is not said. */
  readonly direction: Direction | undefined
  readonly at: number
  readonly bytes: Uint8Array
  readonly isTruncated: boolean
  readonly isEnd: boolean
}

/** A read, a write, or the end of the connection. */
function passagesOf(event: Data): readonly Passage[] {
  event.ignore('connection', 'seq_num', 'seqNum')
  const at = event.get('timestamp').expected().time() ?? 0
  if (!event.get('closed').isMissing) {
    event.get('closed').whole()
    event.note('closed: which side did it is not said; it is taken for the server')
    return [{ direction: undefined, at, bytes: NOTHING, isTruncated: false, isEnd: true }]
  }
  for (const direction of ['read', 'write'] as const) {
    const passage = event.get(direction)
    if (passage.isMissing) continue
    const { bytes, isTruncated } = bodyOf(passage.get('data').expected())
    const isEnd = member(passage, 'end_stream').value === true
    return [{ direction, at, bytes, isTruncated, isEnd }]
  }
  event.note('is neither a read, a write nor an end')
  return []
}

function endpointOf(address: Data | undefined): Endpoint | undefined {
  if (address === undefined || address.isMissing) return undefined
  const socket = member(address, 'socket_address')
  if (socket.isMissing) return undefined
  socket.ignore('protocol', 'resolver_name', 'ipv4_compat')
  return { address: socket.get('address').text(), port: member(socket, 'port_value').number(0) }
}

/** Segments of traces that were written as they came, by the number of the trace. */
class Streams {
  readonly #http = new Map<string, Data[]>()
  readonly #sockets = new Map<string, Data[]>()

  add(trace: Data): void {
    const [http, socket] = [
      member(trace, 'http_streamed_trace_segment'),
      member(trace, 'socket_streamed_trace_segment'),
    ]
    const [all, segment] = http.isMissing ? [this.#sockets, socket] : [this.#http, http]
    if (segment.isMissing) throw trace.complaint('a trace of HTTP or of a socket')
    const id = member(segment, 'trace_id').text('0')
    all.set(id, [...(all.get(id) ?? []), segment])
  }

  exchanges(): readonly ImportedExchange[] {
    return [...this.#http.values()].flatMap((segments) => {
      const [first] = segments
      return first === undefined
        ? []
        : exchangeFrom(first, streamed(segments, 'request'), streamed(segments, 'response'))
    })
  }

  sockets(): readonly Socket[] {
    return Array.from(this.#sockets.values(), (segments) => ({
      connection: segments.map((segment) => segment.get('connection')).find((connection) => !connection.isMissing),
      events: segments.flatMap((segment) => {
        const [one, several] = [segment.get('event'), segment.get('events')]
        return [...(one.isMissing ? [] : [one]), ...(several.isMissing ? [] : several.get('events').items())]
      }),
    }))
  }
}

function streamed(segments: readonly Data[], message: 'request' | 'response'): Parts {
  const all = (name: string): readonly Data[] =>
    segments.map((segment) => member(segment, `${message}_${name}`)).filter((one) => !one.isMissing)
  const chunks = all('body_chunk').map(bodyOf)
  return {
    fields: all('headers').flatMap((headers) => fieldsOf(headers.get('headers'))),
    body: Buffer.concat(chunks.map(({ bytes }) => bytes)),
    isWhole: chunks.every(({ isTruncated }) => !isTruncated),
    trailers: all('trailers').flatMap((headers) => fieldsOf(headers.get('headers'))),
  }
}
