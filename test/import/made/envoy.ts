import { importEnvoyTap, type Imported } from '../../../src/import/index.ts'

type Value = Readonly<Record<string, unknown>>
const read =
  (...traces: readonly Value[]) =>
  (): Imported =>
    importEnvoyTap(traces.map((trace) => JSON.stringify(trace)).join('\n'))

const fields = (values: Readonly<Record<string, string>>): readonly Value[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }))
const PSEUDO = { ':method': 'POST', ':path': '/x', ':authority': 'a.test' }
const asked = (
  more: Value = {},
  values: Readonly<Record<string, string>> = { ...PSEUDO, ':scheme': 'https' },
): Value => ({
  headers: fields(values),
  ...more,
})
const told = (more: Value = {}, values: Readonly<Record<string, string>> = { ':status': '200' }): Value => ({
  headers: fields(values),
  ...more,
})
const trace = (request: Value | undefined, response: Value | undefined, more: Value = {}): Value => ({
  http_buffered_trace: { request, response, ...more },
})
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64')
const data = (text: string, more: Value = {}): Value => ({ data: { as_bytes: base64(text), ...more } })
const address = (port_value: number | undefined, more: Value = {}): Value => ({
  socket_address: { protocol: 'TCP', address: `10.0.0.${port_value}`, port_value, ...more },
})
const at = (milliseconds: number): string => new Date(1_767_225_600_000 + milliseconds).toISOString()
const GET = 'GET /x HTTP/1.1\r\nHost: 10.0.0.1:1\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
const ENDS = { local_address: address(1), remote_address: address(2) }
const socket = (events: readonly Value[], more: Value = {}): Value => ({
  socket_buffered_trace: { trace_id: 1, connection: ENDS, events, ...more },
})
const segment = (id: number | undefined, more: Value): Value => ({
  http_streamed_trace_segment: { trace_id: id, ...more },
})
const socketSegment = (id: number | undefined, more: Value): Value => ({
  socket_streamed_trace_segment: { trace_id: id, ...more },
})

const ofHex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
/** A field with a length: its number, and what is in it. */
const field = (number: number, ...parts: readonly (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), body])
}
const header = (name: string, value: string, ...more: readonly Buffer[]): Buffer =>
  field(1, field(1, name), field(2, value), ...more)
const REQUEST = field(
  1,
  ...Object.entries(PSEUDO).map(([name, value]) => header(name, value)),
  field(2, field(2, 'tea')),
)
const RESPONSE = field(2, header(':status', '200'), field(2, field(1, 'ok')), field(3, field(1, 'x-t'), field(2, '1')))
const binary =
  (...parts: readonly Buffer[]) =>
  (): Imported =>
    importEnvoyTap(Buffer.concat(parts))

export const ENVOY: Readonly<Record<string, () => Imported>> = {
  HTTP: read(
    trace(
      asked({ headers_received_time: at(0), body: { as_bytes: base64('tea') }, trailers: fields({ 'x-t': '1' }) }),
      told({ headers_received_time: at(20), body: { as_string: 'ok' }, trailers: fields({ 'x-u': '2' }) }),
      { downstream_connection: { local_address: {} } },
    ),
    trace(asked({ headers_received_time: at(9) }), told({ headers_received_time: at(5) })),
    trace(asked({ headers_received_time: at(10) }), told()),
    trace(asked(), told({ headers_received_time: at(5) }), { other: 1 }),
    { ...trace(asked(), told()), sample_rate: { a: 1 } },
  ),
  'HTTP, bodies and fields': read(
    trace(asked({ body: { truncated: false } }), told({ body: { as_bytes: '', as_other: 'x' } })),
    trace(asked({ body: { truncated: true, as_string: 'x' } }), told()),
    trace(asked(), told({ body: { truncated: true, as_string: 'x' } })),
    trace(
      asked({}, { ...PSEUDO, 'x-forwarded-proto': 'https', Host: 'b.test', ':other': 'x', 'content-length': '0' }),
      told({
        headers: [
          { key: ':status', value: '200' },
          { key: 'x', value: '\u20ac' },
          { key: 'y', raw_value: base64('\u00ff') },
          { key: 'z' },
          { key: 'w', value: '' },
        ],
      }),
    ),
    trace(asked({}, PSEUDO), told({}, { ':status': 'x' })),
    trace(asked({}, PSEUDO), told({}, {})),
    trace(asked(undefined, { ':method': 'GET', ':path': '/' }), told()),
    trace(undefined, told()),
    trace(asked(), undefined),
  ),
  'HTTP, streamed': read(
    segment(1, { request_headers: { headers: fields({ ...PSEUDO, ':scheme': 'http' }) } }),
    segment(2, { request_headers: { headers: fields({ ...PSEUDO, ':path': '/y', ':scheme': 'http' }) } }),
    segment(undefined, { request_headers: { headers: fields({ ...PSEUDO, ':path': '/z', ':scheme': 'http' }) } }),
    segment(1, { request_body_chunk: { as_bytes: base64('te') } }),
    segment(1, { request_body_chunk: { as_string: 'a' } }),
    segment(1, { request_trailers: { headers: fields({ 'x-t': '1' }) } }),
    segment(1, { response_headers: { headers: fields({ ':status': '200' }) } }),
    segment(1, { response_body_chunk: { as_string: 'o' } }),
    segment(1, { response_body_chunk: { as_string: 'k' } }),
    segment(1, { response_trailers: { headers: fields({ 'x-u': '2' }) } }),
    segment(2, { response_headers: { headers: fields({ ':status': '404' }) } }),
    segment(2, { response_body_chunk: { as_string: 'k', truncated: true } }),
  ),
  sockets: read(
    socket([
      { timestamp: at(0), read: data(GET), connection: {}, seq_num: 1 },
      { timestamp: at(2), write: data(OK, {}) },
      { timestamp: at(3), read: data(GET) },
      { timestamp: at(4), write: { ...data(OK), end_stream: true } },
      { timestamp: at(5), closed: { by: 'nobody' } },
    ]),
    socket([
      { timestamp: at(100), write: data(GET) },
      { timestamp: at(101), read: data(OK) },
    ]),
    socket([
      { timestamp: at(200), write: data('\u0001hello') },
      { timestamp: at(201), read: data('\u0002') },
    ]),
  ),
  'sockets that are cut off': read(
    socket(
      [
        { timestamp: at(0), read: data(GET) },
        { timestamp: at(1), write: data(OK, { truncated: true }) },
      ],
      {
        read_truncated: true,
      },
    ),
    socket(
      [
        { timestamp: at(0), read: data(GET, { truncated: true }) },
        { timestamp: at(1), write: data(OK) },
      ],
      {
        write_truncated: true,
        read_truncated: false,
      },
    ),
  ),
  'sockets without addresses, times or bytes': read(
    socket([{ read: data(GET) }, { write: data(OK) }, { other: 1 }, { read: {} }], { connection: undefined }),
    socket([{ timestamp: at(0), read: data('x') }], {
      connection: { local_address: {}, remote_address: address(undefined) },
    }),
    socket([], {
      connection: { local_address: { socket_address: { address: 'x', resolver_name: 1, ipv4_compat: 1, other: 1 } } },
    }),
  ),
  'sockets, streamed, and HTTP beside them': read(
    socketSegment(1, { connection: ENDS }),
    socketSegment(1, { event: { timestamp: at(0), read: data(GET) } }),
    socketSegment(2, {
      events: {
        events: [
          { timestamp: at(0), read: data(GET) },
          { timestamp: at(7), write: data(OK) },
        ],
      },
    }),
    socketSegment(1, { event: { timestamp: at(1), write: data(OK) } }),
    trace(asked(), told()),
  ),
  'names in camel case': () =>
    importEnvoyTap(
      JSON.stringify({
        httpBufferedTrace: {
          request: {
            headers: fields({ ...PSEUDO, ':scheme': 'http' }),
            headersReceivedTime: at(1),
            body: { asBytes: base64('tea') },
          },
          response: { headers: [{ key: ':status', rawValue: base64('200') }], headersReceivedTime: at(3) },
          downstreamConnection: {},
        },
        sampleRate: 1,
      }),
    ),
  'another trace': read({ other_trace: {} }),
  'no JSON': () => importEnvoyTap('{"a'),
  'several documents': () => importEnvoyTap(`\ufeff [${JSON.stringify(trace(asked(), told()))}]`),
  'brackets in texts': read(trace(asked({ body: { as_string: '}{"\\' } }), told({ body: { as_string: ']["' } }))),
  nothing: () => importEnvoyTap(''),
  protobuf: binary(field(1, REQUEST, RESPONSE)),
  'protobuf, delimited': () => {
    const one = field(1, REQUEST, RESPONSE)
    const length = Buffer.from([(one.length & 127) | 128, one.length >> 7])
    return importEnvoyTap(Buffer.concat([length, one, length, one]))
  },
  'protobuf, fields that are not known': binary(
    field(
      1,
      REQUEST,
      field(
        2,
        header(
          ':status',
          '200',
          ofHex('48 ac02'),
          ofHex('51 0102030405060708'),
          ofHex('5d 01020304'),
          field(12, 'x'),
          ofHex('08 05'),
        ),
      ),
      RESPONSE,
    ),
  ),
  'protobuf, times': binary(
    field(
      1,
      field(
        1,
        ...Object.entries(PSEUDO).map(([name, value]) => header(name, value)),
        field(4, ofHex('08 8090d8ca06 10 c0843d')),
      ),
      field(2, header(':status', '200'), field(4, ofHex('08 8190d8ca06'))),
    ),
  ),
  'protobuf, a time that is none': binary(field(1, field(1, field(4, ofHex('08 ffffffffffffffff7f'))))),
  'protobuf, no trace': binary(field(5, 'x')),
  'protobuf, a group': binary(field(1, REQUEST, RESPONSE), ofHex('2b')),
  'protobuf, a field of number 0': binary(field(1, REQUEST, RESPONSE), ofHex('02 00')),
  'protobuf, the largest number of a field': binary(field(1, REQUEST, RESPONSE), ofHex('f8ffffff0f 01')),
  'protobuf, a number of a field that is too large': binary(field(1, REQUEST, RESPONSE), ofHex('80808080 10 01')),
  'protobuf, a number of ten bytes': binary(field(1, REQUEST, RESPONSE), ofHex('28 ffffffffffffffffff01')),
  'protobuf, a number of eleven bytes': binary(field(1, REQUEST, RESPONSE), ofHex('28 ffffffffffffffffffff01')),
  'protobuf, cut off': binary(field(1, REQUEST, RESPONSE).subarray(0, -1)),
}
