import { deflateRawSync } from 'node:zlib'
import { importHar, type Imported } from '../../../src/import/index.ts'
import { zipOf } from '../zip-maker.ts'

type Value = Readonly<Record<string, unknown>>
const START = '2026-01-01T00:00:00.000Z'

const request = (more: Value = {}): Value => ({ method: 'GET', url: 'http://a.test/x?y=1', headers: [], ...more })
const response = (more: Value = {}): Value => ({
  status: 200,
  statusText: 'OK',
  headers: [],
  content: { size: 2, text: 'ok' },
  ...more,
})
const entry = (more: Value = {}): Value => ({
  startedDateTime: START,
  time: 10,
  request: request(),
  response: response(),
  timings: {},
  ...more,
})
const log = (...entries: readonly Value[]): string => JSON.stringify({ log: { entries } })
const read =
  (...entries: readonly Value[]) =>
  (): Imported =>
    importHar(log(...entries), {
      file: (name) => (name === 'there' ? Buffer.from('{"type":"send","opcode":1,"data":"filed"}\n \n') : undefined),
    })
const asked = (more: Value): Value => entry({ request: request(more) })
const told = (more: Value): Value => entry({ response: response(more) })
const content = (more: Value): Value => told({ content: more })

const message = (type: string, opcode: number, data: string, time?: number): Value => ({
  type,
  opcode,
  data,
  ...(time !== undefined && { time }),
})
const socket = (messages: readonly Value[] | undefined, more: Value = {}, requested: Value = {}): Value =>
  entry({
    request: request({ url: 'ws://a.test/chat', ...requested }),
    response: response({ status: 101, content: { size: 0 }, statusText: '', ...more }),
    ...(messages !== undefined && { _webSocketMessages: messages }),
  })

const ABOUT = [
  'pageref',
  'cache',
  'comment',
  'connection',
  'serverIPAddress',
  '_apiRequest',
  '_connectionId',
  '_frameref',
  '_id',
  '_initiator',
  '_monotonicTime',
  '_order',
  '_priority',
  '_resourceType',
  '_securityDetails',
  '_serverPort',
  '_connectTimings',
  '_initiator_detail',
]
const each = (names: readonly string[]): Value => Object.fromEntries(names.map((name) => [name, { a: 1 }]))

export const HAR: Readonly<Record<string, () => Imported>> = {
  'times of two entries, and connections by origin': read(
    entry({ timings: { blocked: 1.5, dns: 2, connect: 3, ssl: 1 }, time: 20 }),
    entry({ startedDateTime: '2026-01-01T00:00:00.100Z', timings: { blocked: -1, dns: -1, connect: -1 }, time: 0 }),
    entry({ startedDateTime: '2026-01-01T00:00:00.050Z', request: request({ url: 'https://b.test:8443/' }), time: -5 }),
    entry({ startedDateTime: undefined, time: undefined, timings: undefined }),
    entry({ startedDateTime: 'never' }),
    entry({ time: 'x', timings: { connect: 50 } }),
  ),
  'connections that end': read(
    told({ headers: [{ name: 'connection', value: 'x, CLOSE ,y' }] }),
    asked({ headers: [{ name: 'Connection', value: 'close' }] }),
    told({ headers: [{ name: 'connection', value: 'closed, not-close' }] }),
    entry(),
  ),
  'requests with and without contents': read(
    asked({ method: 'POST' }),
    asked({ method: 'PUT' }),
    asked({ method: 'PATCH' }),
    asked({ method: 'DELETE' }),
    asked({ method: 'DELETE', postData: { text: 'gone' } }),
    asked({ postData: { params: [{ name: 'a b', value: '\u00e9&' }, { name: 'c' }] } }),
    asked({ postData: { params: [], mimeType: 'x', comment: 'y' } }),
    asked({ postData: {} }),
    asked({ postData: { mimeType: 'x', comment: 'y', text: 'both', params: [{ name: 'a', value: '1' }] } }),
    asked({ postData: { _file: 'there' } }),
    asked({ bodySize: 7 }),
    asked({ bodySize: 0 }),
    asked({ bodySize: 'x' }),
  ),
  contents: read(
    content({ size: 3, text: 'b2s=', encoding: 'base64' }),
    content({ size: 2, text: 'ok', encoding: 'UTF-8', mimeType: 'x', compression: 1, comment: 'y' }),
    content({ text: 'ok', encoding: 'utf8' }),
    content({ size: 1, text: 'ok' }),
    content({ size: 0 }),
    content({ size: -1 }),
    content({}),
    content({ _file: 'there' }),
    content({ text: '\u00e9' }),
    told({ content: undefined }),
  ),
  'a content that was not saved': read(content({ size: 1 })),
  'a content of an unknown encoding': read(content({ text: 'a', encoding: 'utf-16' })),
  'a content in a file that is missing': read(content({ _file: 'missing' })),
  fields: read(
    asked({
      url: 'http://a.test:80',
      headers: [
        { name: ':authority', value: 'a.test' },
        { name: 'HOST', value: 'b.test' },
        { name: 'Content-Length', value: '9' },
        { name: 'Transfer-Encoding', value: 'chunked' },
        { name: 'Trailer', value: 'x' },
        { name: 'X', value: ' \u00e9\u20ac ', comment: 'c', _fromType: 1 },
        { name: 'Y' },
      ],
    }),
    told({ headers: undefined, statusText: undefined, status: undefined }),
    told({ headers: [{ name: 'content-length', value: '2' }], status: 599, statusText: 'N\u00f6' }),
    asked({ headers: undefined }),
  ),
  'lengths that do not agree': read(
    told({ headers: [{ name: 'Content-Length', value: '3' }] }),
    told({ headers: [{ name: 'Content-Length', value: '3x' }] }),
    told({
      headers: [
        { name: 'Content-Length', value: '3' },
        { name: 'Content-Encoding', value: 'gzip' },
      ],
    }),
    told({
      headers: [
        { name: 'Content-Length', value: '3' },
        { name: 'Content-Encoding', value: 'gzip' },
      ],
      content: { size: 0 },
    }),
    told({ headers: [{ name: 'Content-Length', value: '3' }], status: 204 }),
    told({ headers: [{ name: 'Content-Length', value: '3' }], status: 304, content: { size: 0 } }),
    told({ headers: [{ name: 'Content-Length', value: '3' }], status: 205, content: { size: 0 } }),
    asked({ headers: [{ name: 'Content-Length', value: '3' }], method: 'POST' }),
    entry({
      request: request({ method: 'HEAD' }),
      response: response({
        headers: [
          { name: 'Content-Length', value: '3' },
          { name: 'transfer-encoding', value: 'x' },
        ],
      }),
    }),
  ),
  'what cannot be written': read(
    asked({ method: 'G T' }),
    asked({ method: '' }),
    told({ status: 99 }),
    told({ status: 100 }),
    told({ status: 199 }),
    told({ status: 999 }),
    told({ status: 1000 }),
    told({ status: 200.5 }),
    told({ statusText: 'a\nb' }),
    told({ statusText: 'a\u0000b' }),
    told({ headers: [{ name: 'a b', value: '' }] }),
    told({ headers: [{ name: 'a', value: 'b\rc' }] }),
    asked({ headers: [{ name: '', value: 'b' }] }),
    asked({ url: 'http://' }),
    asked({ url: 'data:text/plain,x' }),
    asked({ url: 'HTTP://a.test/upper' }),
    asked({ method: "!#$%&'*+.^_`|~0-9A-Za-z-" }),
  ),
  'members that say nothing more': read(
    entry({
      ...each(ABOUT),
      request: request(each(['cookies', 'queryString', 'headersSize', 'httpVersion', 'comment'])),
      response: response(
        each([
          'cookies',
          'redirectURL',
          'headersSize',
          'bodySize',
          'httpVersion',
          'comment',
          '_transferSize',
          '_error',
          '_fetchedViaServiceWorker',
        ]),
      ),
      timings: each([
        'ssl',
        'send',
        'wait',
        'receive',
        'comment',
        '_blocked_queueing',
        '_blocked_proxy',
        '_queued',
        '_workerStart',
        '_workerReady',
        '_workerFetchStart',
        '_workerRespondWithSettled',
      ]),
    }),
    entry({ _fromCache: 'disk' }),
  ),
  'members that are not understood': read(
    entry({
      more: 1,
      _failureText: 'x',
      request: request({ bodysize: 1, _error: 1 }),
      response: response({ more: { a: 1 } }),
    }),
    entry({ more: 1, timings: { other: 1 } }),
    content({ size: 2, text: 'ok', other: 1 }),
  ),
  'a socket': read(
    socket([
      message('send', 1, 'h\u00e9', 1_767_225_601.5),
      message('receive', 2, 'AP8=', 1_767_225_602_000),
      message('receive', 8, 'A+g=', -1),
      message('send', 9, ''),
      message('receive', 10, '', 5),
      message('receive', 0, ''),
      message('receive', 3, ''),
      message('send', 1, 'x'.repeat(126), 99_999_999_999),
      message('send', 1, 'y', 100_000_000_000),
    ]),
    socket([], { status: 200, statusText: 'Fine', content: { _file: 'there' } }),
    socket(undefined, { content: { _file: 'there' } }, { url: 'wss://b.test/' }),
    socket(undefined),
    entry({ _webSocketMessages: [] }),
    entry(),
  ),
  'a socket whose file is missing': read(socket([], { content: { _file: 'missing' } })),
  'a socket with fields, and with members that are not understood': read(
    socket(
      [],
      {
        headers: [
          { name: 'upgrade', value: 'WebSocket' },
          { name: 'Sec-WebSocket-Extensions', value: 'permessage-deflate' },
        ],
        _failureText: '',
        content: { size: 0, mimeType: '', text: '', encoding: '', compression: 0, comment: '', other: 1 },
      },
      {
        bodySize: 0,
        headers: [
          { name: 'Sec-WebSocket-Key', value: 'dGhlIHNhbXBsZSBub25jZQ==' },
          { name: 'connection', value: 'Upgrade' },
        ],
      },
    ),
    { ...socket([]), other: 1 },
  ),
  'a message without a type': read(socket([{ opcode: 1 }])),
  'a log with other members': () =>
    importHar(
      JSON.stringify({
        other: 1,
        log: {
          version: 1,
          creator: {},
          browser: {},
          pages: [],
          comment: '',
          _recordingName: '',
          more: [1],
          entries: [],
        },
      }),
    ),
  'a byte order mark': () => importHar(`\ufeff${log(entry())}`),
  'no JSON': () => importHar('{'),
  'no entries': () => importHar('{"log":{"entries":{}}}'),
  'no URL': read(asked({ url: undefined })),
  'no method': read(asked({ method: null })),
  'an archive': () =>
    importHar(zipOf({ 'b.har': log(content({ _file: 'c' })), c: 'packed', 'd/': '' }, deflateRawSync)),
  'an archive with two': () => importHar(zipOf({ 'a.har': '{}', 'b.har': '{}' })),
  'an archive with none': () => importHar(zipOf({ 'a.hal': '{}' })),
  'an archive with a wrong checksum': () => {
    const zip = zipOf({ 'a.har': log() })
    const at = zip.lastIndexOf('PK\x01\x02') + 16
    zip.writeUInt8(zip.readUInt8(at) ^ 1, at)
    return importHar(zip)
  },
  ...Object.fromEntries(
    Object.entries({
      encrypted: (zip: Buffer, at: number) => zip.writeUInt16LE(1, at + 8),
      'compressed otherwise': (zip: Buffer, at: number) => zip.writeUInt16LE(9, at + 10),
      'said to be deflated': (zip: Buffer, at: number) => zip.writeUInt16LE(8, at + 10),
      'cut off': (zip: Buffer, at: number) => zip.writeUInt32LE(zip.length, at + 20),
      'larger than 4 GiB': (zip: Buffer, at: number) => zip.writeUInt32LE(0xffff_ffff, at + 20),
      'not there': (zip: Buffer, at: number) => zip.writeUInt32LE(zip.length - 29, at + 42),
      'cut in its directory': (zip: Buffer, at: number) => zip.writeUInt32LE(0, at),
      'of another kind in part': (zip: Buffer) => zip.writeUInt8(8, 2),
      'of a kind that is known': (zip: Buffer) => zip.writeUInt8(7, 2),
    } satisfies Record<string, (zip: Buffer, at: number) => number>).map(([name, change]) => [
      `an archive that is ${name}`,
      (): Imported => {
        const zip = zipOf({ 'a.har': log() })
        change(zip, zip.lastIndexOf('PK\x01\x02'))
        return importHar(zip)
      },
    ]),
  ),
  'an archive with a comment': () => importHar(Buffer.concat([zipOf({ 'a.har': log() }), Buffer.from('comment')])),
  'an archive without a directory': () => importHar(Buffer.from('PK\x03\x04')),
  'an archive whose end is cut off': () => importHar(zipOf({ 'a.har': log() }).subarray(0, -1)),
}
