import { expect, test } from '../helpers/test.ts'
import { appUrls, bothSidesOptions, trusting } from '../../src/playwright/both-sides.ts'
import { noteMisfit, readMisfits, readNote } from '../../src/playwright/cassette-note.ts'
import { incidentalAnswer, isIncidental, isOfBrowser } from '../../src/playwright/incidental.ts'
import { domainOf, misfitOf } from '../../src/playwright/mended-origins.ts'
import { formatOrigin, parseOrigin } from '../../src/transport.ts'

const head = (method: string, target: string, fields: Readonly<Record<string, string>> = {}) => ({
  method,
  target,
  fields: Object.entries(fields).map(([name, value]) => ({ name, value })),
})

test('preflights and icons are what a browser asks by itself', () => {
  const preflight = head('OPTIONS', '/x', {
    'ACCESS-Control-Request-Method': 'PUT',
    Origin: 'http://a.test',
    'access-control-request-headers': 'x-a',
  })
  const icons = ['/favicon.ico', 'http://a.test/favicon.ico', 'https://a.test:1/favicon.ico'].map((target) =>
    head('GET', target),
  )
  for (const one of [preflight, ...icons]) expect(isIncidental(one)).toBe(true)
  const others = [
    head('OPTIONS', '/x'),
    head('GET', '/x', { 'access-control-request-method': 'PUT' }),
    head('POST', '/favicon.ico'),
    head('GET', '/a/favicon.ico'),
    head('GET', '/favicon.ico?x'),
    head('GET', '/favicon.icon'),
  ]
  for (const one of others) expect([one.target, isIncidental(one)]).toEqual([one.target, false])
  expect(Buffer.from(incidentalAnswer(preflight)).toString()).toBe(
    [
      'HTTP/1.1 204 No Content',
      'Access-Control-Allow-Origin: http://a.test',
      'Access-Control-Allow-Methods: PUT',
      'Access-Control-Allow-Headers: x-a',
      'Access-Control-Allow-Credentials: true',
      'Access-Control-Max-Age: 0',
      '',
      '',
    ].join('\r\n'),
  )
  expect(Buffer.from(incidentalAnswer(head('GET', '/favicon.ico'))).toString()).toBe(
    'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
  )
})

const isAsked = (host: string): boolean => isOfBrowser({ protocol: 'https', host, port: 443 })

test('services that a browser asks by itself are known by name', () => {
  const named = [
    'content-autofill.googleapis.com',
    'optimizationguide-pa.googleapis.com',
    'safebrowsing.googleapis.com',
    'update.googleapis.com',
    'clients2.google.com',
    'clients4.google.com',
    'clientservices.googleapis.com',
    'android.clients.google.com',
    'mtalk.google.com',
    'edgedl.me.gvt1.com',
    'redirector.gvt1.com',
  ]
  for (const host of named) expect([host, isAsked(host)]).toEqual([host, true])
  for (const host of ['google.com', 'clients3.google.com', 'storage.googleapis.com'])
    expect([host, isAsked(host)]).toEqual([host, false])
})

test('a browser refuses a permission for another page, and a cookie for another host', () => {
  const asked = {
    page: 'http://now.test',
    wasFor: (origin: string) => origin === 'http://then.test',
    host: 'api.now.test',
  }
  // oxfmt-ignore
  const MISFITS: readonly (readonly [name: string, value: string, misfit: string | undefined])[] = [
    ['Access-Control-Allow-Origin', 'http://then.test',              'permission'],
    ['access-control-allow-origin', 'http://now.test',               undefined],
    ['access-control-allow-origin', '*',                             undefined],
    ['Set-Cookie',                  'a=1',                           undefined],
    ['set-cookie',                  'a=1; Domain=api.now.test',      undefined],
    ['set-cookie',                  'a=1; domain=.now.test; Path=/', undefined],
    ['set-cookie',                  'a=1; Domain=then.test',         'cookie'],
    ['set-cookie',                  'a=1; Domain=w.test',            'cookie'],
    ['set-cookie',                  'a=1; Domain=other.api.now.test', 'cookie'],
    ['Cookie',                      'a=1; Domain=then.test',         undefined],
  ]
  for (const [name, value, misfit] of MISFITS)
    expect([name, value, misfitOf([name, value], asked)]).toEqual([name, value, misfit])
  expect(misfitOf(['access-control-allow-origin', 'http://then.test'], { ...asked, page: undefined })).toBeUndefined()
  // oxfmt-ignore
  const DOMAINS = [['a=1', undefined], ['a=1;domain= A.test ;x', 'a.test'], ['a=1; Domain=.a.test', 'a.test'], ['domain=a.test', undefined]] as const
  for (const [cookie, domain] of DOMAINS) expect([cookie, domainOf(cookie)]).toEqual([cookie, domain])
})

const urls = (app: string | readonly string[] | undefined, base?: string): readonly string[] =>
  appUrls({ app }, base).map(formatOrigin)

test('both sides are switched on by an option, and the app has URLs', () => {
  expect([bothSidesOptions(true), bothSidesOptions(false), bothSidesOptions(undefined)]).toEqual([
    {},
    undefined,
    undefined,
  ])
  expect(bothSidesOptions({ app: 'x' })).toEqual({ app: 'x' })
  expect(() => Reflect.apply(bothSidesOptions, undefined, [{ ap: 'x' }])).toThrow(
    '"ap" of bothSides; did you mean app?',
  )
  expect(urls(undefined, 'http://base.test:3000/x')).toEqual(['http://base.test:3000'])
  expect(urls('http://a.test', 'http://base.test')).toEqual(['http://a.test'])
  expect(urls(['http://a.test', 'https://b.test'])).toEqual(['http://a.test', 'https://b.test'])
  expect(() => urls(undefined)).toThrow('bothSides: set baseURL, or bothSides.app, to the URL of the app under test')
  expect(() => urls([])).toThrow('bothSides: set baseURL')
  expect(() => urls('a.test')).toThrow('bothSides.app: a.test is no URL')
  expect(parseOrigin('http://a.test')).toEqual(appUrls({ app: 'http://a.test' }, undefined)[0])
  expect(trusting({ headless: true }, 'h')).toEqual({
    headless: true,
    args: ['--ignore-certificate-errors-spki-list=h'],
  })
  expect(trusting({ args: ['-x'] }, 'h').args).toEqual(['-x', '--ignore-certificate-errors-spki-list=h'])
})

test('what a test did is read from its annotations', () => {
  const annotations: { readonly type: string; readonly description?: string }[] = [
    { type: 'issue', description: 'x' },
    { type: 'wiretape' },
  ]
  noteMisfit('refused', { annotations })
  expect(readMisfits(annotations)).toEqual(['', 'refused'])
  expect(readNote(annotations, '/app')).toBeUndefined()
  const note = { path: 't/a.yaml', dir: '/else', mode: 'none' }
  const noted = [
    { type: '_wiretape', description: '{}' },
    { type: '_wiretape', description: JSON.stringify(note) },
    ...annotations,
  ]
  expect(readNote(noted, '/app')).toEqual({ path: '/app/t/a.yaml', dir: '/else', mode: 'none' })
})
