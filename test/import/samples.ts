import {
  type Imported,
  importEnvoyTap,
  importHar,
  importMitmproxy,
  importNock,
  importPolly,
  importVcr,
  importWireMock,
} from '../../src/import/index.ts'

/** A file as a tool writes it, as a value, and what reads it. */
export interface Sample {
  readonly name: string
  readonly file: object
  readonly read: (file: object) => Imported
  /** Paths below which names are data: header names, JSON of messages. */
  readonly data: RegExp
  /** Members that the format lets out, with a meaning: nobody can see that they are gone. */
  readonly optional: RegExp
}

const json =
  (read: (text: string) => Imported) =>
  (file: object): Imported =>
    read(JSON.stringify(file))

const NOTHING = /^$/

const entry = {
  pageref: 'page@1',
  startedDateTime: '2026-01-01T00:00:00.500Z',
  time: 30.5,
  request: {
    method: 'POST',
    url: 'https://api.test/users?a=1',
    httpVersion: 'HTTP/1.1',
    cookies: [{ name: 'a', value: 'b' }],
    headers: [
      { name: 'Content-Type', value: 'text/plain' },
      { name: 'Content-Length', value: '3' },
    ],
    queryString: [{ name: 'a', value: '1' }],
    postData: { mimeType: 'text/plain', text: 'tea', params: [] },
    headersSize: 100,
    bodySize: 3,
  },
  response: {
    status: 201,
    statusText: 'Created',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: [{ name: 'Content-Type', value: 'image/png' }],
    content: { size: 4, mimeType: 'image/png', compression: 0, text: 'iVBO/w==', encoding: 'base64' },
    headersSize: 50,
    bodySize: 4,
    redirectURL: '',
    _transferSize: 54,
  },
  cache: {},
  timings: { blocked: 1, dns: 2, connect: 4, ssl: 3, send: 1, wait: 20, receive: 2.5 },
  serverIPAddress: '127.0.0.1',
  connection: '7',
}

const attached = {
  ...entry,
  response: { ...entry.response, content: { size: 4, mimeType: 'image/png', _file: 'abc.png' } },
}

const vcrMessages = {
  request: {
    method: 'post',
    uri: 'http://api.test/users',
    body: { encoding: 'UTF-8', string: 'tea' },
    headers: { Accept: ['*/*'] },
  },
  response: {
    status: { code: 201, message: 'Created' },
    headers: { 'Content-Type': ['text/plain'] },
    body: { encoding: 'ASCII-8BIT', base64_string: 'AAH/' },
  },
}

const pythonMessages = {
  request: { method: 'GET', uri: 'http://api.test/users', body: null, headers: { Accept: ['*/*'] } },
  response: { status: { code: 200, message: 'OK' }, headers: {}, body: { string: 'ok' } },
}

const headers = (values: Readonly<Record<string, string>>): object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }))

const envoyHttp = {
  http_buffered_trace: {
    request: {
      headers: headers({
        ':authority': 'api.test',
        ':path': '/users',
        ':method': 'POST',
        ':scheme': 'http',
        accept: '*/*',
        'content-length': '3',
      }),
      body: { truncated: false, as_bytes: 'dGVh' },
      trailers: [],
      headers_received_time: '2026-01-01T00:00:00.500Z',
    },
    response: {
      headers: headers({ ':status': '200', 'content-length': '2' }),
      body: { truncated: false, as_string: 'ok' },
      trailers: headers({ 'x-checked': '1' }),
      headers_received_time: '2026-01-01T00:00:00.750Z',
    },
  },
}

const address = (port_value: number): object => ({
  socket_address: { protocol: 'TCP', address: '127.0.0.1', port_value },
})

const data = (text: string): object => ({ data: { truncated: false, as_bytes: Buffer.from(text).toString('base64') } })

const envoySocket = {
  socket_buffered_trace: {
    trace_id: '7',
    connection: { local_address: address(8080), remote_address: address(50_000) },
    events: [
      { timestamp: '2026-01-01T00:00:00.500Z', read: data('GET /users HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n') },
      { timestamp: '2026-01-01T00:00:00.501Z', write: data('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok') },
      { timestamp: '2026-01-01T00:00:00.502Z', closed: {} },
    ],
    read_truncated: false,
    write_truncated: false,
  },
}

const flow = {
  type: 'http',
  version: 17,
  id: 'abc',
  request: {
    method: 'POST',
    scheme: 'http',
    host: 'api.test',
    port: 80,
    authority: '',
    path: '/users?a=1',
    http_version: 'HTTP/1.1',
    headers: [
      ['Host', 'api.test'],
      ['Content-Length', '3'],
    ],
    content: 'tea',
    trailers: null,
    timestamp_start: 1767225600.5,
    timestamp_end: 1767225600.51,
  },
  response: {
    status_code: 201,
    reason: 'Created',
    http_version: 'HTTP/1.1',
    headers: [
      ['X-Tea', 'green'],
      ['Content-Length', '2'],
    ],
    content: 'ok',
    trailers: null,
    timestamp_start: 1767225600.6,
    timestamp_end: 1767225600.7,
  },
  client_conn: { address: ['127.0.0.1', 50_000] },
  server_conn: { address: ['127.0.0.1', 80] },
  error: null,
  websocket: null,
  intercepted: false,
  is_replay: null,
  marked: '',
  metadata: {},
  comment: '',
  timestamp_created: 1767225600.4,
}

const stub = {
  id: 'b5',
  name: 'users',
  request: {
    method: 'POST',
    urlPath: '/users',
    queryParameters: { a: { equalTo: '1' } },
    headers: { Accept: { equalTo: '*/*' } },
    bodyPatterns: [{ equalToJson: '{"n":1}' }],
  },
  response: {
    status: 201,
    statusMessage: 'Created',
    headers: { 'Content-Type': 'application/json', 'Set-Cookie': ['a=1', 'b=2'] },
    jsonBody: { id: 7 },
    fixedDelayMilliseconds: 20,
  },
  persistent: true,
}

/** One file for each form that an importer reads. */
export const SAMPLES: readonly Sample[] = [
  {
    name: 'HAR',
    file: { log: { version: '1.2', creator: { name: 'x', version: '1' }, pages: [], entries: [entry, attached] } },
    read: (file) =>
      importHar(JSON.stringify(file), { file: (name) => (name === 'abc.png' ? Buffer.from('data') : undefined) }),
    data: NOTHING,
    // Times that are -1 or not there are both usual; without a size, contents are not checked.
    optional: /timings$|timings\.(?:blocked|dns|connect)$/,
  },
  {
    name: 'Polly',
    file: {
      log: {
        _recordingName: 'x',
        creator: { name: 'Polly.JS' },
        entries: [
          {
            ...entry,
            _id: 'a',
            _order: 0,
            response: {
              ...entry.response,
              content: { size: 4, mimeType: 'x', text: '["iVBO/w=="]', encoding: 'base64', _isBinary: true },
            },
          },
        ],
      },
    },
    read: json(importPolly),
    data: NOTHING,
    optional: /timings$|timings\.(?:blocked|dns|connect)$/,
  },
  {
    name: 'nock',
    file: [
      {
        scope: 'http://api.test:80',
        method: 'POST',
        path: '/users?a=1',
        body: { n: 1 },
        reqheaders: { accept: '*/*' },
        status: 201,
        response: '89504eff',
        rawHeaders: { 'Content-Type': 'image/png', 'Content-Length': '4' },
        responseIsBinary: true,
      },
    ],
    read: json(importNock),
    data: /\.body$|eaders$/,
    // It writes the headers of requests only if it is asked to.
    optional: /reqheaders$/,
  },
  {
    name: 'VCR of Ruby',
    file: {
      http_interactions: [{ ...vcrMessages, recorded_at: 'Tue, 01 Nov 2011 04:58:44 GMT' }],
      recorded_with: 'VCR 6.2.0',
    },
    read: json(importVcr),
    data: /headers$/,
    optional: NOTHING,
  },
  {
    name: 'vcrpy',
    file: {
      interactions: [
        pythonMessages,
        { ...pythonMessages, request: { ...pythonMessages.request, body: undefined, parsed_body: { a: null } } },
      ],
      version: 1,
    },
    read: json(importVcr),
    data: /headers$|parsed_body$/,
    optional: NOTHING,
  },
  {
    name: 'LangChain',
    file: { requests: [pythonMessages.request], responses: [pythonMessages.response] },
    read: json(importVcr),
    data: /headers$/,
    optional: NOTHING,
  },
  { name: 'Envoy, HTTP', file: envoyHttp, read: json(importEnvoyTap), data: NOTHING, optional: /trailers$/ },
  { name: 'Envoy, sockets', file: envoySocket, read: json(importEnvoyTap), data: NOTHING, optional: NOTHING },
  {
    name: 'mitmproxy',
    file: [flow],
    read: (file) => importMitmproxy(Buffer.from(Array.isArray(file) ? file.map(tnetstring).join('') : '')),
    data: NOTHING,
    optional: NOTHING,
  },
  {
    name: 'WireMock',
    file: { mappings: [stub], meta: { total: 1 } },
    read: json((text) => importWireMock(text)),
    data: /headers$|queryParameters$|jsonBody$/,
    // A stub asks for what it names, and answers with what it names.
    optional:
      /request\.(?:queryParameters|headers|bodyPatterns)$|response\.(?:statusMessage|headers|jsonBody|fixedDelayMilliseconds)$|equalTo(?:Json)?$/,
  },
]

/** Text for text: all of these files is ASCII. */
export function tnetstring(value: unknown): string {
  const [data_, type] = tnetParts(value)
  return `${data_.length}:${data_}${type}`
}

function tnetParts(value: unknown): readonly [string, string] {
  if (value === null || value === undefined) return ['', '~']
  if (typeof value === 'string') return [value, ';']
  if (typeof value === 'boolean') return [String(value), '!']
  if (typeof value === 'number') return [String(value), Number.isInteger(value) ? '#' : '^']
  if (Array.isArray(value)) return [value.map(tnetstring).join(''), ']']
  return [Object.entries(value).flat().map(tnetstring).join(''), '}']
}
