import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { HeldBytes } from '../../src/listen/held-bytes.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { CannedTransport } from '../../src/proxy/canned-transport.ts'
import { forwardSettings } from '../../src/proxy/forward-settings.ts'
import { connectHeadReader, insideOf, invalidRequest, speechOf } from '../../src/proxy/greeting.ts'
import { http2Refusal, PREFACE } from '../../src/proxy/http2-refusal.ts'
import { plays, rawTargets } from '../../src/proxy/raw-targets.ts'
import { inOriginForm, originIn } from '../../src/proxy/requests.ts'
import { readGreeting, readRequest, REFUSED4, reply, welcome } from '../../src/proxy/socks.ts'
import { formatTarget, type Target, targetOf } from '../../src/proxy/target.ts'
import { RemoteProtocolError } from '../../src/errors.ts'
import type { RequestHead } from '../../src/http1/events.ts'
import { RequestParser } from '../../src/http1/request-parser.ts'

const ofHex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

test('the target of a tunnel is a host and a port', () => {
  // oxfmt-ignore
  const TARGETS: readonly (readonly [authority: string, target: string | undefined])[] = [
    ['a.test:1',             'a.test:1'],
    ['A.Test:65535',         'a.test:65535'],
    ['a.test.:443',          'a.test:443'],
    ['127.0.0.1:80',         '127.0.0.1:80'],
    ['[::1]:443',            '[::1]:443'],
    ['[2001:DB8::1]:443',    '[2001:db8::1]:443'],
    ['a.test:0',             undefined],
    ['a.test:65536',         undefined],
    ['a.test:100000',        undefined],
    ['a.test:',              undefined],
    ['a.test',               undefined],
    [':443',                 undefined],
    ['',                     undefined],
    ['::1:443',              undefined],
    ['[127.0.0.1]:443',      undefined],
    ['[::g]:443',            undefined],
    ['*.a.test:443',         undefined],
    ['u@a.test:443',         undefined],
    ['a.test:443/x',         undefined],
    ['a b:443',              undefined],
    ['http://a.test:443',    undefined],
    ['a.test:44x',           undefined],
  ]
  for (const [authority, wanted] of TARGETS) {
    const target = targetOf(authority)
    expect([authority, target && formatTarget(target)]).toEqual([authority, wanted])
  }
})

test('the first bytes say what a client speaks', () => {
  // oxfmt-ignore
  const SPEECHES: readonly (readonly [bytes: string, speech: string])[] = [
    ['\x05',            'socks5'],
    ['\x04',            'socks4'],
    ['\x16',            'tls'],
    ['',                'more'],
    ['C',               'more'],
    ['CONNECT',         'more'],
    ['CONNECT ',        'connect'],
    ['CONNECT a:1',     'connect'],
    ['CONNECTS',        'http'],
    ['connect ',        'http'],
    ['P',               'more'],
    ['PRI * HTTP/2.',   'more'],
    ['PRI * HTTP/2.0',  'http2'],
    ['PRI * HTTP/1.1',  'http'],
    ['POST',            'http'],
    ['GET / HTTP/1.1',  'http'],
    ['\x06',            'http'],
    ['\x15',            'http'],
  ]
  for (const [bytes, speech] of SPEECHES) expect([bytes, speechOf(latin1(bytes))]).toEqual([bytes, speech])
})

test('the first line in a tunnel says what is spoken there', () => {
  // oxfmt-ignore
  const INSIDE: readonly (readonly [bytes: string, inside: string])[] = [
    ['\x16',                          'more'],
    ['\x16\x03',                      'tls'],
    ['\x16\x02',                      'other'],
    ['',                              'more'],
    ['GET',                           'more'],
    ['GET ',                          'more'],
    ['GET /x',                        'more'],
    ['GET /x ',                       'more'],
    ['GET /x HTTP/1.',                'more'],
    ['GET /x HTTP/1.1\r',             'more'],
    ['GET /x HTTP/1.1\r\n',           'http'],
    ['\r\n\nGET /x HTTP/1.1\n',       'http'],
    ['GET /x HTTP/2\r\n',             'http'],
    ['GET /x\r\n',                    'other'],
    ['GET  /x HTTP/1.1\r\n',          'other'],
    ['GET /x SMTP/1.1\r\n',           'other'],
    ['GET /x HTTQ',                   'other'],
    ['PRI * HTTP/2.0\r\n',            'http2'],
    ['PRI * HTTP/2.1\r\n',            'http'],
    ['*1\r\n',                        'other'],
    ['\x00\x01',                      'other'],
    ['x'.repeat(32),             'more'],
    ['x'.repeat(33),             'other'],
    [`${'x'.repeat(33)} / HTTP/1.1\r\n`, 'http'],
    [`GET /${'x'.repeat(8186)}`,      'more'],
    [`GET /${'x'.repeat(8187)}`,      'http'],
    [`GET /${'x'.repeat(9000)}`,      'http'],
  ]
  for (const [bytes, inside] of INSIDE) {
    const name = bytes.slice(0, 40)
    expect([name, insideOf(latin1(bytes))]).toEqual([name, inside])
  }
})

test('the head of CONNECT is read as it comes, up to a limit', () => {
  const head = 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n'
  const read = connectHeadReader()
  for (let end = 1; end < head.length; end += 1) expect(read(latin1(head.slice(0, end)))).toBe('more')
  expect(read(latin1(head))).toMatchObject({ head: { method: 'CONNECT', target: 'a.test:443' } })
  expect(connectHeadReader()(latin1('CONNECT a.test:443 HTTP/1.1\r\nHo st: x\r\n\r\n'))).toMatchObject({
    refusal: { code: 'BAD_PROXY_REQUEST', status: 400 },
  })
  const [start, end] = ['CONNECT a:1 HTTP/1.1\r\nX: ', '\r\n\r\n']
  const filled = (length: number): Buffer => latin1(start + 'x'.repeat(length - start.length - end.length) + end)
  expect(connectHeadReader()(filled(16_384))).toMatchObject({ head: { target: 'a:1' } })
  expect(connectHeadReader()(filled(16_500))).toMatchObject({ refusal: { code: 'BAD_PROXY_REQUEST', status: 431 } })
})

test('what is not taken for a request has a status', () => {
  // oxfmt-ignore
  const STATUSES = [['HEADERS_TOO_LARGE', 431], ['TOO_MANY_HEADERS', 431], ['BAD_CHUNK_SIZE', 400], ['TRAILERS_TOO_LARGE', 400]] as const
  for (const [code, status] of STATUSES) {
    const error = new RemoteProtocolError(code, 3, 'x')
    const refusal = invalidRequest(error)
    expect([refusal.status, refusal.detail]).toEqual([status, error.message])
  }
  expect(invalidRequest('thrown')).toMatchObject({ status: 400, detail: 'it is no HTTP/1.1' })
})

const connect = (host: string, port: number, length: number): object => ({
  kind: 'connect',
  length,
  target: { host, port },
})

const refused = (code: number, reason: string): object => ({ kind: 'refused', length: 0, code, reason })

test.describe('SOCKS 5', () => {
  test('begins with the methods that a client offers', () => {
    // oxfmt-ignore
    const GREETINGS: readonly (readonly [bytes: string, greeting: unknown])[] = [
      ['05',         'more'],
      ['0501',       'more'],
      ['050100',     { kind: 'greeting', length: 3, isWelcome: true }],
      ['050102',     { kind: 'greeting', length: 3, isWelcome: false }],
      ['05020200',   { kind: 'greeting', length: 4, isWelcome: true }],
      ['050102 00',  { kind: 'greeting', length: 3, isWelcome: false }],
      ['0500',       { kind: 'greeting', length: 2, isWelcome: false }],
    ]
    for (const [bytes, greeting] of GREETINGS) expect([bytes, readGreeting(ofHex(bytes))]).toEqual([bytes, greeting])
    expect([hex(welcome(true)), hex(welcome(false))]).toEqual(['0500', '05ff'])
  })

  test('goes on with a request, whole or not', () => {
    const name = `03 06 ${hex(latin1('a.test'))}`
    // oxfmt-ignore
    const REQUESTS: readonly (readonly [bytes: string, request: unknown])[] = [
      ['05010001',                       'more'],
      ['05010001 01020304 01',           'more'],
      ['05010001 01020304 01bb',         connect('1.2.3.4', 443, 10)],
      ['05010001 01020304 01bb ff',      connect('1.2.3.4', 443, 10)],
      [`050100 ${name} 00`,              'more'],
      [`050100 ${name} 0050`,            connect('a.test', 80, 13)],
      [`050100 04 ${'00'.repeat(15)}01 01`,   'more'],
      [`050100 04 ${'00'.repeat(15)}01 01bb`, { kind: 'connect', length: 22, target: { host: '0:0:0:0:0:0:0:1', port: 443 } }],
      [`050100 ${name} 0000`,            refused(1, '"a.test:0" is no host and port')],
      ['050100 03 01 20 0050',           refused(1, '" :80" is no host and port')],
      ['04010001 01020304 01bb',         refused(1, 'not a request of SOCKS 5')],
      ['05020001 01020304 01bb',         refused(7, 'the command 2 of SOCKS; only CONNECT is known')],
      ['05010002 01020304 01bb',         refused(8, 'an address of the type 2')],
      ['05010005 01020304 01bb',         refused(8, 'an address of the type 5')],
    ]
    for (const [bytes, request] of REQUESTS) expect([bytes, readRequest(ofHex(bytes))]).toEqual([bytes, request])
    expect([hex(reply(0)), hex(reply(7)), hex(REFUSED4)]).toEqual([
      '05000001000000000000',
      '05070001000000000000',
      '005b000000000000',
    ])
  })
})

test('targets at which no HTTP is spoken are named as origins', () => {
  const rawAt = rawTargets(['tcp://DB.test:5432', 'tls://[::1]:6379'])
  const at = (host: string, port: number): unknown => rawAt({ host, port })
  expect([at('db.test', 5432), at('::1', 6379), at('db.test', 5433), at('a.test', 5432)]).toEqual([
    'tcp',
    'tls',
    undefined,
    undefined,
  ])
  for (const wrong of ['http://a.test:80', 'https://a.test', 'db.test:5432', 'tcp://db.test', ''])
    expect(() => rawTargets([wrong])).toThrow(
      `an option has an invalid value: raw: ${JSON.stringify(wrong)}; write it as tcp://host:port or tls://host:port`,
    )
})

test('requests may be answered from a cassette that plays', () => {
  // oxfmt-ignore
  const PLAYS = [
    ['none', false, true], ['once', false, true], ['once', true, false], ['new_episodes', true, true], ['new_episodes', false, true],
    ['all', true, false], ['passthrough', false, false], ['passthrough', true, false],
  ] as const
  for (const [mode, isRecording, wanted] of PLAYS) {
    const cassette: Parameters<typeof plays>[0] = Object.create({ mode, isRecording })
    expect([mode, isRecording, plays(cassette)]).toEqual([mode, isRecording, wanted])
  }
})

const rawAt = (target: Target): 'tcp' | undefined => (target.port === 1 ? 'tcp' : undefined)
const cassette = (mode: string, isRecording: boolean): OpenCassette =>
  Object.create({ mode, isRecording, cassette: { tape: [{ type: 'open', to: 'tls://db.test:5' }] } })

test('what is held of requests is limited where they are played, and passes where they are recorded', () => {
  const given = new HeldBytes(10)
  const parts = {
    connector: () => Promise.reject(new Error('none')),
    authority: CertificateAuthority.create('x'),
    isOpaque: () => false,
    onRefused: () => {},
    held: given,
    connect: { verify: false },
  }
  for (const [open, isPlaying] of [
    [undefined, false],
    [cassette('all', true), false],
    [cassette('passthrough', false), false],
    [cassette('none', false), true],
    [cassette('new_episodes', true), true],
  ] as const) {
    const settings = forwardSettings(open, { ...parts, rawAt, maxRequestBytes: 7 })
    expect(settings.held === given).toBe(isPlaying)
    expect(settings.maxRequestBytes).toBe(isPlaying ? 7 : Infinity)
    expect(settings.rawAt({ host: 'a', port: 1 })).toBe('tcp')
    expect(settings.rawAt({ host: 'db.test', port: 5 })).toBe(isPlaying ? 'tls' : undefined)
    expect(settings.connect).toEqual({ timeout: 30_000, verify: false })
    if (!isPlaying) for (const _ of [1, 2]) expect(settings.held.take(Number.MAX_SAFE_INTEGER)).toBe(true)
  }
  const plain = forwardSettings(cassette('none', false), { ...parts, held: undefined })
  expect(plain.maxRequestBytes).toBe(64 << 20)
  expect([plain.held.take(256 << 20), plain.held.take(1)]).toEqual([true, false])
  expect(plain.limits).toEqual({ request: 30_000, idle: 300_000 })
})

test('a client of HTTP/2 is asked for HTTP/1.1 in its own frames', () => {
  expect(PREFACE).toBe('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  expect(hex(http2Refusal('no'))).toBe(hex(ofHex('000000040000000000 00000a070000000000 00000000 0000000d 6e6f')))
})

const headOf = (text: string): RequestHead => {
  const parser = new RequestParser()
  parser.push(latin1(text))
  const event = parser.next()
  if (event?.type !== 'request-head') throw new Error('no head')
  return event
}

const inFormOf = (text: string): string => {
  try {
    const { origin, bytes } = inOriginForm(headOf(text), latin1(text))
    return `${origin.protocol} ${origin.host} ${origin.port} ${Buffer.from(bytes).toString('latin1')}`
  } catch (error) {
    return messageOf(error)
  }
}

const noUrl = (target: string): string =>
  `the request is not one that a proxy can forward: ${JSON.stringify(target)} is not an http or https URL with a host`

const noHost = (method: string, target: string): string =>
  `the request is not one that a proxy can forward: ${method} ${target} has no host: give the address of this proxy as a proxy and not as that of the server; a server is what \`wiretape proxy --to URL\` stands for`

test('a request to a proxy becomes one to its origin', () => {
  // oxfmt-ignore
  const REQUESTS: readonly (readonly [request: string, forwarded: string])[] = [
    ['GET http://a.test/x?y HTTP/1.1\r\nHost: a.test\r\n\r\n',              'http a.test 80 GET /x?y HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['GET http://a.test HTTP/1.1\r\nHOST:  A.test:80 \r\n\r\n',             'http a.test 80 GET / HTTP/1.1\r\nHOST:  A.test:80 \r\n\r\n'],
    ['GET HTTP://a.test:8080?q#f HTTP/1.1\r\nhost: b.test\r\n\r\n',         'http a.test 8080 GET /?q HTTP/1.1\r\nhost: a.test:8080\r\n\r\n'],
    ['GET http://a.test:8080/ HTTP/1.1\r\nHost: a.test\r\n\r\n',            'http a.test 8080 GET / HTTP/1.1\r\nHost: a.test:8080\r\n\r\n'],
    ['GET https://a.test/#f HTTP/1.1\r\nHost: a.test\r\n\r\n',              'https a.test 443 GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['OPTIONS http://a.test HTTP/1.1\r\nHost: a.test\r\n\r\n',              'http a.test 80 OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['OPTIONS http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n',             'http a.test 80 OPTIONS / HTTP/1.1\r\nHost: a.test\r\n\r\n'],
    ['GET http://a.test/ HTTP/1.0\r\nX: 1\r\n\r\n',                         'http a.test 80 GET / HTTP/1.0\r\nHost: a.test\r\nX: 1\r\n\r\n'],
    ['GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nProxy-Connection: x\r\nPROXY-authorization: y\r\nProxy-Other: z\r\n\r\nbody', 'http a.test 80 GET / HTTP/1.1\r\nHost: a.test\r\nProxy-Other: z\r\n\r\nbody'],
    ['GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n',                             noHost('GET', '/x')],
    ['OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n',                          noHost('OPTIONS', '*')],
    ['CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n',             'the request is not one that a proxy can forward: a tunnel is the only thing that its connection is for'],
    ['GET http://u@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n',               noUrl('http://u@a.test/')],
    ['GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n',                  noUrl('ftp://a.test/')],
    ['GET tcp://a.test:1 HTTP/1.1\r\nHost: a.test\r\n\r\n',                 noUrl('tcp://a.test:1')],
    ['GET http://a.test/ HTTP/1.1\r\n\r\n',                                 'the request does not have exactly one Host field: HTTP/1.1 without Host'],
    ['GET http://a.test/ HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n',           'the request does not have exactly one Host field: it has 2'],
    ['GET http://a.test/ HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n',           'the request does not have exactly one Host field: it has 2'],
  ]
  for (const [request, forwarded] of REQUESTS) expect([request, inFormOf(request)]).toEqual([request, forwarded])
  const long = `ftp://a.test/${'x'.repeat(300)}`
  expect(inFormOf(`GET ${long} HTTP/1.1\r\nHost: a\r\n\r\n`)).toBe(noUrl(long.slice(0, 200)))
})

test('in a tunnel to an address, the name in Host is the origin', () => {
  // oxfmt-ignore
  const ORIGINS: readonly (readonly [host: string, target: string, found: string])[] = [
    ['a.test',         '10.0.0.1:443', 'https a.test 443'],
    ['A.test:443',     '10.0.0.1:443', 'https a.test 443'],
    ['a.test:8443',    '10.0.0.1:443', 'https 10.0.0.1 443'],
    ['a.test:8443',    '[::1]:8443',   'https a.test 8443'],
    ['10.0.0.2',       '10.0.0.1:443', 'https 10.0.0.1 443'],
    ['[::2]',          '10.0.0.1:443', 'https 10.0.0.1 443'],
    ['b.test',         'a.test:443',   'https a.test 443'],
    ['',               '10.0.0.1:443', 'https 10.0.0.1 443'],
  ]
  for (const [host, target, found] of ORIGINS) {
    const head = headOf(`GET / HTTP/1.1\r\nhOST: ${host}\r\n\r\n`)
    const origin = originIn(head, targetOf(target) ?? { host: '', port: 0 }, 'https')
    expect([host, target, `${origin.protocol} ${origin.host} ${origin.port}`]).toEqual([host, target, found])
  }
  expect(() => originIn(headOf('GET / HTTP/1.1\r\n\r\n'), { host: 'a', port: 1 }, 'http')).toThrow(
    'HTTP/1.1 without Host',
  )
})

test('a canned answer comes once, when something has been asked', async () => {
  const transport = new CannedTransport(latin1('answer'))
  const reading = transport.read()
  expect(transport.isQuiet).toBe(true)
  transport.write()
  expect(String(await reading)).toBe('answer')
  expect(transport.isQuiet).toBe(true)
  const next = transport.read()
  transport.write()
  transport.end()
  expect(await next).toBeNull()
  const asked = new CannedTransport(latin1('answer'))
  asked.write()
  expect(asked.isQuiet).toBe(false)
  expect(String(await asked.read())).toBe('answer')
  const last = asked.read()
  asked.destroy()
  await expect(last).rejects.toThrow('closed by this side')
  const other = asked.read()
  asked.destroy(new Error('enough'))
  await expect(other).rejects.toThrow('enough')
})
