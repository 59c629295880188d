import { importWireMock, type Imported } from '../../../src/import/index.ts'

type Value = Readonly<Record<string, unknown>>
const stub = (request: Value, response: Value = {}, more: Value = {}): Value => ({
  request: { method: 'GET', url: '/a', ...request },
  response: { status: 200, ...response },
  ...more,
})
const read =
  (...stubs: readonly Value[]) =>
  (): Imported =>
    importWireMock(JSON.stringify({ mappings: stubs }), {
      origin: 'https://a.test',
      file: (name) => (name === 'there' ? Buffer.from('filed') : undefined),
    })
const MATCHERS = [
  'urlPattern',
  'urlPathPattern',
  'urlPathTemplate',
  'pathParameters',
  'queryParameters',
  'formParameters',
  'headers',
  'cookies',
  'basicAuthCredentials',
  'bodyPatterns',
  'multipartPatterns',
  'host',
  'port',
  'scheme',
  'clientIp',
  'customMatcher',
  'another',
]

export const WIREMOCK: Readonly<Record<string, () => Imported>> = {
  'one stub': () => importWireMock(JSON.stringify(stub({}))),
  'a list of stubs': () => importWireMock(JSON.stringify([stub({}), stub({ url: '/b' })])),
  nothing: () => importWireMock('{}'),
  targets: read(
    stub({ url: '/a?b=c' }),
    stub({ url: undefined, urlPath: '/p' }),
    stub({ url: undefined, urlPath: '/p', queryParameters: { 'a b': { equalTo: '\u00e9' }, c: { matches: 'x' } } }),
    stub({ url: undefined }),
    stub({ url: undefined, urlPattern: '/.*' }),
    stub({ method: undefined }),
    stub({ method: 'ANY' }),
    stub({}, { proxyBaseUrl: 'http://b.test', other: 1 }),
    stub({ url: '/a', urlPath: '/b' }),
  ),
  'what is asked': read(
    stub({ headers: { A: { equalTo: '1' }, B: { contains: 'x' }, C: { equalTo: 2, caseInsensitive: true } } }),
    stub({ method: 'POST', bodyPatterns: [{ matches: 'x' }, { equalTo: 'text' }, { equalTo: 'second' }] }),
    stub({ method: 'POST', bodyPatterns: [{ equalToJson: { a: [1] }, ignoreArrayOrder: true }] }),
    stub({ method: 'POST', bodyPatterns: [{ equalToJson: '{ }' }] }),
    stub({ method: 'POST', bodyPatterns: [{ binaryEqualTo: 'AP8=' }] }),
    stub({ method: 'POST', bodyPatterns: [] }),
  ),
  'what is answered': read(
    stub({}, { body: 'text' }),
    stub({}, { jsonBody: null }),
    stub({}, { jsonBody: { a: 1 }, body: 'x' }),
    stub({}, { base64Body: 'AP8=' }),
    stub({}, { bodyFileName: 'there' }),
    stub({}, { status: undefined, statusMessage: 'F\u00f6ne', headers: { A: ['1', '2'], B: 3 } }),
    stub({}, { fixedDelayMilliseconds: 20 }),
  ),
  faults: read(
    ...['EMPTY_RESPONSE', 'CONNECTION_RESET_BY_PEER', 'MALFORMED_RESPONSE_CHUNK', 'RANDOM_DATA_THEN_CLOSE'].map(
      (fault) => stub({}, { fault, status: 1 }),
    ),
    stub({}),
  ),
  'an unknown fault': read(stub({}, { fault: 'OTHER' })),
  'a file that is missing': read(stub({}, { bodyFileName: 'missing' })),
  'no file': () => importWireMock(JSON.stringify(stub({}, { bodyFileName: 'there' }))),
  'members that say nothing more': () =>
    importWireMock(
      JSON.stringify({
        meta: { total: 1 },
        more: 1,
        mappings: [
          stub(
            {},
            {},
            { id: 1, uuid: 1, name: 1, persistent: 1, metadata: { a: 1 }, insertionIndex: 1, scenarioName: 1 },
          ),
        ],
      }),
    ),
  'matchers of a stub that is left out': read(
    stub({
      url: undefined,
      ...Object.fromEntries(MATCHERS.map((name) => [name, { a: 1 }])),
      headers: undefined,
      queryParameters: undefined,
    }),
  ),
  'matchers of a stub that is taken': read(
    stub({
      ...Object.fromEntries(MATCHERS.map((name) => [name, 'x'])),
      headers: undefined,
      bodyPatterns: undefined,
      queryParameters: undefined,
    }),
  ),
}
