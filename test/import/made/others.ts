import { gzipSync } from 'node:zlib'
import { type Imported, importMitmproxy, importNock, importPolly, importVcr } from '../../../src/import/index.ts'
import { tnetstring } from '../samples.ts'

type Value = Readonly<Record<string, unknown>>
const json = (read: (text: string) => Imported, value: unknown) => (): Imported => read(JSON.stringify(value))

const asked = (more: Value = {}): Value => ({ method: 'get', uri: 'http://a.test/x', headers: {}, body: '', ...more })
const told = (more: Value = {}): Value => ({ status: { code: 200, message: 'OK' }, headers: {}, body: 'ok', ...more })
const python = (request: Value = {}, response: Value = {}): Value => ({
  request: asked(request),
  response: told(response),
})
const interactions = (...list: readonly Value[]) => json(importVcr, { interactions: list, version: 1 })

const nock = (...list: readonly Value[]) =>
  json(
    importNock,
    list.map((more) =>
      Object.assign(
        {
          scope: 'http://a.test:80',
          method: 'get',
          path: '/x',
          body: '',
          status: 200,
          response: 'ok',
          rawHeaders: [],
        },
        more,
      ),
    ),
  )

const polly = (text: unknown, more: Value = {}) =>
  json(importPolly, {
    log: {
      entries: [
        {
          startedDateTime: '2026-01-01T00:00:00.000Z',
          time: 1,
          request: { method: 'GET', url: 'http://a.test/', headers: [] },
          response: { status: 200, statusText: '', headers: [], content: { text, mimeType: 'x', size: 2, ...more } },
        },
      ],
    },
  })

const flowRequest = (more: Value = {}): Value => ({
  method: 'GET',
  scheme: 'http',
  host: 'a.test',
  port: 80,
  path: '/x',
  headers: [],
  content: '',
  trailers: null,
  timestamp_start: 1_767_225_600,
  timestamp_end: 1_767_225_600.5,
  ...more,
})
const flowResponse = (more: Value = {}): Value => ({
  status_code: 200,
  reason: 'OK',
  headers: [],
  content: 'ok',
  trailers: null,
  timestamp_end: 1_767_225_602,
  ...more,
})
const flow = (request: Value = {}, response: Value | null = {}, more: Value = {}): Value => ({
  type: 'http',
  request: flowRequest(request),
  response: response && flowResponse(response),
  error: null,
  ...more,
})
const flows =
  (...list: readonly unknown[]) =>
  (): Imported =>
    importMitmproxy(Buffer.from(list.map(tnetstring).join('')))
const raw = (text: string) => (): Imported => importMitmproxy(Buffer.from(text))
const deep = (levels: number): string =>
  Array.from({ length: levels }).reduce((inner: string) => `${inner.length}:${inner}]`, '0:~')

const ABOUT = [
  'version',
  'id',
  'server_conn',
  'client_conn',
  'intercepted',
  'is_replay',
  'marked',
  'metadata',
  'comment',
  'timestamp_created',
  'backup',
  'mode',
]

export const OTHERS: Readonly<Record<string, () => Imported>> = {
  'VCR of Ruby': json(importVcr, {
    http_interactions: [
      {
        ...python({ method: 'post', body: { encoding: 'UTF-8', string: '' } }),
        recorded_at: 'Tue, 01 Nov 2011 04:58:44 GMT',
      },
      {
        ...python({}, { http_version: '1.1', adapter_metadata: { a: 1 } }),
        recorded_at: 'Tue, 01 Nov 2011 04:58:46 GMT',
      },
      python(),
    ],
    recorded_with: 'VCR',
    other: 1,
  }),
  'vcrpy, bodies': interactions(
    python({ method: 'POST', body: null }),
    python({ method: 'POST', body: undefined }),
    python({ method: 'POST', body: 'text' }),
    python({ method: 'POST', body: { string: 'text' } }),
    python({ method: 'POST', body: { base64_string: 'AP8=' } }),
    python({ method: 'POST', body: { base64_string: 'AP8=', string: 'x', encoding: 'y' } }),
    python({ method: 'POST', body: {} }),
    python({ method: 'POST', body: { encoding: 'x', string: null } }),
    python({ method: 'POST', parsed_body: null }),
    python({ method: 'POST', parsed_body: { a: [1] }, body: 'x' }),
  ),
  'vcrpy, a body that is a number': interactions(python({ body: 7 })),
  'vcrpy, YAML that ends too early': () =>
    importVcr(
      'interactions:\n- request: {method: GET, uri: http://a.test/, headers: {}, body: null}\n  response: {status: {code: 200, message: OK}, headers: {}, body: "cut\n',
    ),
  'vcrpy, a body of no known form': interactions(python({ body: { bytes: 'x' } })),
  'vcrpy, a body that is a list': interactions(python({ body: ['x'] })),
  'vcrpy, heads': interactions(
    python({ headers: { A: ['1', '2'], B: 'x', C: 3 } }, { headers: null, status: { code: '404', message: null } }),
    python({ headers: undefined }, { headers: undefined, status: {} }),
    python({}, { status: undefined }),
  ),
  'vcrpy, a header without a text': interactions(python({ headers: { A: [null] } })),
  'vcrpy in YAML': () =>
    importVcr(
      'interactions:\n- request: &r\n    method: GET\n    uri: http://a.test/\n    headers: {}\n    body: !!binary AP8=\n  response:\n    status: {code: 200, message: OK}\n    headers: {}\n    body: {string: !!binary AP8=}\n- request: *r\n  response:\n    status: {code: 201, message: Made}\n    headers: {}\n    body: {string: x}\nversion: 1\n',
    ),
  LangChain: json(importVcr, {
    requests: [asked(), asked({ uri: 'http://a.test/y' })],
    responses: [told(), told({ body: 'y' })],
  }),
  'LangChain, compressed': () => importVcr(gzipSync(JSON.stringify({ requests: [asked()], responses: [told()] }))),
  'LangChain, an answer too few': json(importVcr, { requests: [asked(), asked()], responses: [told()] }),
  'a cassette that is damaged': () => importVcr(gzipSync('{}').subarray(0, 12)),
  'a cassette that is no YAML': () => importVcr('a: [\n'),
  'a cassette of nothing': () => importVcr(''),
  nock: nock(
    {},
    { method: undefined, path: undefined, status: undefined, response: undefined, body: undefined },
    { method: 'post', body: { a: 1 }, response: [1] },
    { method: 'post', body: 'text', response: '89ff', responseIsBinary: true },
    { response: ['1f8b', '0aFF'], rawHeaders: ['Content-Encoding', 'gzip', 'X', '1', 'Odd'] },
    { response: ['1f8b', '0a'], rawHeaders: ['Content-Encoding', 'gzip'] },
    { response: [], rawHeaders: ['Content-Encoding', 'gzip'] },
    { response: ['1f8', 'b'], rawHeaders: ['Content-Encoding', 'gzip'] },
    { response: [7], rawHeaders: ['Content-Encoding', 'gzip'] },
    { response: ['1f8b'] },
    { rawHeaders: { A: ['1', '2'] }, headers: { b: '3' } },
    { rawHeaders: undefined, headers: { b: '3' } },
    { rawHeaders: undefined },
    { reqheaders: { accept: ['a', 'b'] } },
    { scope: 'https://b.test:8443', path: 'x' },
    { badheaders: ['x'], response: null },
  ),
  'nock, no list': json(importNock, {}),
  'Polly, a text': polly('ok'),
  'Polly, chunks': polly('["b2s=","LQ=="]', { encoding: 'base64' }),
  'Polly, binary chunks': polly('["b2s="]', { _isBinary: true }),
  'Polly, a list that is text': polly('["b2s="]'),
  'Polly, base64 without chunks': polly('b2s=', { encoding: 'base64' }),
  'Polly, chunks that are none': polly('[1', { encoding: 'base64' }),
  'Polly, nothing': polly(undefined),
  mitmproxy: flows(
    flow(),
    flow(
      {
        method: 'POST',
        content: 'tea',
        trailers: [['x', 'y']],
        headers: [
          [':path', 'x'],
          ['Host', 'b.test'],
        ],
      },
      { trailers: [['t', '1']] },
    ),
    flow(
      { host: '::1', port: 8080, scheme: 'https', authority: 'x', http_version: 'HTTP/2.0' },
      { http_version: 'x', timestamp_start: 1 },
    ),
    flow({ timestamp_start: undefined, timestamp_end: undefined }, { timestamp_end: undefined, reason: undefined }),
    flow({ content: null }, { headers: undefined }),
    flow({ timestamp_end: 1_767_225_599 }, { timestamp_end: 1_767_225_598 }),
    flow({ path: '/a/../b?x=%20' }),
    flow({ trailers: [['x', 'y']] }, { content: '', trailers: [['t', '1']] }),
  ),
  'mitmproxy, what is left out': flows(
    { type: 'tcp', messages: [] },
    flow({}, null),
    flow({}, null, { error: { msg: 'gone', timestamp: 1 } }),
    flow({}, {}, { error: { timestamp: 1 } }),
    flow({}, { content: null }),
    flow({ path: '/a b' }),
  ),
  'mitmproxy, members': flows(
    flow({}, {}, { ...Object.fromEntries(ABOUT.map((name) => [name, { a: 1 }])), websocket: null, other: 1 }),
    flow({ other: 1 }, { other: 1 }, { websocket: { messages: [] } }),
  ),
  'mitmproxy, no host': flows(flow({ host: '' })),
  'mitmproxy, a field without a value': flows(flow({ headers: [['a']] })),
  'mitmproxy, values': raw(
    [
      tnetstring({
        ...flow(),
        request: { ...flowRequest(), method: undefined },
      }),
    ].join(''),
  ),
  'mitmproxy, bytes': () => {
    const text = tnetstring(flow({ content: 'BYTES', method: 'PUT' }))
    return importMitmproxy(Buffer.from(text.replace('5:BYTES;', '5:\u00ff\u00feYTE,'), 'latin1'))
  },
  'mitmproxy, a number for a name': raw('8:1:1#1:2#}'),
  'mitmproxy, a name without a value': raw('7:4:type;}'),
  'mitmproxy, a flag': raw('29:4:type;4:http;5:error;4:true!}'),
  'mitmproxy, an unknown type': raw('1:1?'),
  'mitmproxy, no length': raw(':1;'),
  'mitmproxy, a sign': raw('-1:1;'),
  'mitmproxy, twelve digits': raw('000000000001:a;'),
  'mitmproxy, thirteen digits': raw('0000000000001:a;'),
  'mitmproxy, cut off': raw('3:abc'),
  'mitmproxy, cut off inside': raw('4:4:ab]'),
  'mitmproxy, nothing': raw(''),
  'mitmproxy, 64 deep': raw(deep(64)),
  'mitmproxy, 65 deep': raw(deep(65)),
}
