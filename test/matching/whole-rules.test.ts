import { isDeepStrictEqual } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { expectKeptLines, outcome, shown } from '../helpers/outcomes.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import type { Interaction } from '../../src/interactions/interaction.ts'
import { headerFit, headerValues, operationOf, sameOperations } from '../../src/matching/choosing-headers.ts'
import { checkMatchOn, isOneList, pathsIn } from '../../src/matching/match-check.ts'
import type { MatchList } from '../../src/matching/match-on.ts'
import { MatchRules, rulesFor } from '../../src/matching/rules.ts'
import { firstDifference } from '../../src/matching/first-difference.ts'

const JSON_TYPE = 'Content-Type: application/json'
const asked = (
  method: string,
  target: string,
  body = '',
  headers: readonly string[] = [],
  origin = 'http://api.test',
): Interaction => {
  const [one] = interactionsOf(
    oneConnection(origin, (c) => c.sent(request(method, target, body, headers)).received(answer('x'))),
  )
  if (one === undefined) throw new Error('no interaction')
  return one
}

/** Recorded on the left, asked on the right. */
const PAIRS: Readonly<Record<string, readonly [recorded: Interaction, asked: Interaction]>> = {
  same: [asked('GET', '/a?b=1'), asked('GET', '/a?b=1')],
  method: [asked('GET', '/a'), asked('POST', '/a')],
  scheme: [asked('GET', '/a'), asked('GET', '/a', '', [], 'https://api.test:80')],
  host: [asked('GET', '/a'), asked('GET', '/a', '', [], 'http://other.test')],
  port: [asked('GET', '/a'), asked('GET', '/a', '', [], 'http://api.test:81')],
  path: [asked('GET', '/a'), asked('GET', '/b')],
  'escapes of a path': [asked('GET', '/%61/%2f'), asked('GET', '/a/%2F')],
  query: [asked('GET', '/a?b=1'), asked('GET', '/a?b=2')],
  'order of a query': [asked('GET', '/a?b=1&c=2'), asked('GET', '/a?c=2&b=1')],
  'a parameter more': [asked('GET', '/a?b=1'), asked('GET', '/a?b=1&c=2')],
  'blanks of a query': [asked('GET', '/a?b=c+d'), asked('GET', '/a?b=c%20d')],
  'a header': [asked('GET', '/', '', ['X-A: 1']), asked('GET', '/', '', ['X-A: 2'])],
  'a header more': [asked('GET', '/', '', ['X-A: 1']), asked('GET', '/', '', ['X-A: 1', 'X-B: 1'])],
  'the key of a WebSocket': [
    asked('GET', '/', '', ['Sec-WebSocket-Key: a']),
    asked('GET', '/', '', ['Sec-WebSocket-Key: b']),
  ],
  'order of headers': [asked('GET', '/', '', ['X-A: 1', 'X-B: 2']), asked('GET', '/', '', ['X-B: 2', 'X-A: 1'])],
  range: [asked('GET', '/', '', ['Range: bytes=0-1']), asked('GET', '/', '', ['Range: bytes=1-2'])],
  'members in another order': [
    asked('POST', '/', '{"a":1,"b":2}', [JSON_TYPE]),
    asked('POST', '/', '{"b":2, "a":1}', [JSON_TYPE]),
  ],
  'a member': [asked('POST', '/', '{"a":1,"b":2}', [JSON_TYPE]), asked('POST', '/', '{"a":1,"b":3}', [JSON_TYPE])],
  'line ends': [asked('POST', '/', 'a\r\nb'), asked('POST', '/', 'a\nb')],
  'a field of a form': [asked('POST', '/', 'a=1&b=2'), asked('POST', '/', 'b=2&a=3')],
  'a form in another order': [asked('POST', '/', 'a=1&b=2'), asked('POST', '/', 'b=2&a=1')],
  'a placeholder in a path': [asked('GET', '/{{token.1}}/x'), asked('GET', '/abc/x')],
  'a placeholder in a path, and more': [asked('GET', '/{{token.1}}/x'), asked('GET', '/abc/d/x')],
  'a placeholder in a query': [asked('GET', '/?k={{token.1}}&l=1'), asked('GET', '/?k=abc&l=1')],
  'a placeholder in a member': [
    asked('POST', '/', '{"a":"{{token.1}}","b":1}', [JSON_TYPE]),
    asked('POST', '/', '{"b":1,"a":"xyz"}', [JSON_TYPE]),
  ],
  'a placeholder in a header': [asked('GET', '/', '', ['X-A: {{token.1}}']), asked('GET', '/', '', ['X-A: abc'])],
  'two of one placeholder': [asked('GET', '/?a={{token.1}}&b={{token.1}}'), asked('GET', '/?a=x&b=y')],
  'a content and none': [asked('POST', '/', 'abc'), asked('POST', '/')],
}

const LISTS: readonly MatchList[] = [
  ['method'],
  ['url'],
  ['scheme'],
  ['host'],
  ['port'],
  ['path'],
  ['query'],
  ['headers'],
  ['body'],
  ['method', 'url', 'body'],
  [{ url: 'spelled' }],
  [{ url: 'decoded' }],
  [{ query: { anyOrder: true } }],
  [{ query: { ignore: ['c'] } }],
  ['url', { query: { anyOrder: true } }],
  ['url', { query: { ignore: ['b', 'c'] } }],
  [{ headers: ['X-A'] }],
  [{ headers: { ignore: ['x-a'] } }],
  [{ body: 'bytes' }],
  [{ body: 'text' }],
  [{ body: 'json' }],
  [{ body: 'form' }],
  [{ body: { as: 'json', ignore: ['$.b'] } }],
  [{ body: { as: 'form', ignore: ['a'] } }],
  [{ body: { ignore: ['$.b'] } }],
  ['path', () => true],
  ['path', () => 'not today'],
]

test('what each rule says of two requests', () => {
  const lines: string[] = []
  for (const list of LISTS) {
    const rules = new MatchRules(list)
    lines.push(`== ${rules.names.join(', ')} ${rules.signature} content ${rules.comparesContent}`)
    for (const [name, [recorded, { request: now }]] of Object.entries(PAIRS)) {
      const reasons = rules.reasonsAgainst(now, recorded, (text) => `<${text}>`)
      const { request: then } = recorded
      const facts = [
        rules.headKey(now) === rules.headKey(then) ? 'head' : 'other head',
        rules.contentKey(now) === rules.contentKey(then) ? 'content' : 'other content',
        rules.isExact(now, then) ? 'exact' : 'not exact',
        rules.agreesInHead(now, recorded) ? 'agrees' : 'differs',
        rules.agreesBeyondKeys(now, recorded) ? 'beyond' : 'not beyond',
        rules.agreesSoFar(now, then) ? 'so far' : 'not so far',
        rules.templateOf(then) === undefined ? 'plain' : 'template',
      ]
      const usual = 'head content exact agrees beyond so far plain'
      if (facts.join(' ') !== usual || reasons.length > 0)
        lines.push(`${name}: ${facts.join(' ')}; ${reasons.map(({ what, detail }) => `${what}: ${detail}`).join('; ')}`)
    }
  }
  expectKeptLines(new URL('whole-rules.txt', import.meta.url), lines)
})

test('options are checked, cases are chosen, and headers are compared', () => {
  const lines: string[] = []
  const OPTIONS: readonly unknown[] = [
    'bytes',
    [],
    ['x'],
    ['method', 'x'],
    [5],
    [null],
    [{}],
    [{ url: 'x' }],
    [{ url: 'normal' }],
    [{ body: 'x' }],
    [{ body: { as: 'x' } }],
    [{ body: { as: 'text', ignore: ['a'] } }],
    [{ body: { as: 'bytes', ignore: ['a'] } }],
    [{ body: { as: 'text', ignore: [] } }],
    [{ body: { ignore: ['$x'] } }],
    [{ body: { ignore: ['x'] } }],
    [{ body: { as: 'json', ignore: ['x'] } }],
    [{ body: { as: 'form', ignore: ['$x'] } }],
    [{ body: { as: 'multipart', ignore: ['$x'] } }],
    [{ body: { ignore: 'x' } }],
    [{ body: { ignored: ['x'] } }],
    [{ query: { ignore: ['x'], anyOrder: true } }],
    [{ query: { ignored: ['x'] } }],
    [{ query: { ignore: 'x' } }],
    [{ query: ['x'] }],
    [{ headers: ['x'] }],
    [{ headers: { ignore: ['x'] } }],
    [{ headers: 'x' }],
    [{ headers: { ignore: 'x' } }],
    'body',
    [() => true],
    () => [],
    [{ matchOn: ['url'] }],
    [{ matchOn: [] }],
    [{ method: 'GET', matchOn: ['url'] }, { matchOn: ['x'] }],
    ...['method', 'url', 'scheme', 'host', 'port', 'path', 'query', 'headers', 'body'].map((name) => [name]),
  ]
  for (const option of OPTIONS)
    lines.push(
      `${shown(option)}: ${outcome(() => {
        Reflect.apply(checkMatchOn, undefined, [option])
        return Reflect.apply(isOneList, undefined, [option])
      })}`,
    )
  for (const as of ['auto', 'bytes', 'text', 'json', 'form', 'multipart'] as const)
    lines.push(`paths in ${as}: ${shown(pathsIn(as, ['a', '$.b']))}`)
  const choose = rulesFor([
    { method: 'GET', path: '/a', matchOn: ['path'] },
    { method: ['PUT', 'POST'], path: '/b*', matchOn: ['method'] },
    { path: /c$/, matchOn: ['host'] },
  ])
  for (const [method, target] of [
    ['GET', '/a'],
    ['GET', '/a?x'],
    ['GET', '/ab'],
    ['POST', '/a'],
    ['POST', '/b'],
    ['PUT', '/bcd'],
    ['DELETE', '/b'],
    ['DELETE', '/xc'],
    ['GET', '/'],
  ] as const)
    lines.push(`case of ${method} ${target}: ${choose(asked(method, target).request).names.join()}`)
  const byFunction = rulesFor(({ method }) => (method === 'GET' ? ['url'] : ['method', () => true]))
  lines.push(
    `by function: ${byFunction(asked('GET', '/').request).names.join()} ${byFunction(asked('POST', '/').request).names.join()} ${byFunction(asked('GET', '/').request) === byFunction(asked('GET', '/b').request)} ${byFunction(asked('PUT', '/').request) === byFunction(asked('PUT', '/').request)}`,
  )
  const NAMES = [
    'range',
    'SOAPAction',
    'x-amz-target',
    'depth',
    'destination',
    'x-http-method-override',
    'x-http-method',
    'x-other',
    'host',
    'connection',
    'content-length',
    'transfer-encoding',
    'keep-alive',
    'te',
    'trailer',
    'upgrade',
    'expect',
    'date',
    'user-agent',
    'accept-encoding',
    'sec-websocket-key',
    'accept',
    'accept-language',
    'if-none-match',
    'if-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    'etag',
    'authorization',
  ]
  const DRAWN = ['q7Zr0kLm3XvB9tYp2WdN8sHj', 'Zk1Lm7QpR3sTv9WxY2bN5cDf']
  for (const name of NAMES) {
    const pairs = [
      [['a'], ['b']],
      [['a'], []],
      [[], ['a']],
      [['a'], ['a']],
      [[DRAWN[0]], [DRAWN[1]]],
      [[DRAWN[0]], []],
      [[], [DRAWN[0]]],
      [['{{token.1}}'], ['b']],
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
    ] as const
    const found = pairs.map((sides) => {
      const [theirs = [], ours = []] = sides.map((values) => values.map((value) => ({ name, value: value ?? '' })))
      return `${headerFit({ fields: theirs, disguised: undefined }, { fields: ours }).distance}${isDeepStrictEqual(operationOf(theirs), operationOf(ours)) ? '' : '!'}${sameOperations(theirs, ours).length === 0 ? '' : '='}`
    })
    lines.push(`${name}: ${found.join(' ')}`)
  }
  lines.push(
    shown(
      headerValues([
        { name: 'A', value: '1' },
        { name: 'a', value: '2' },
        { name: 'Content-Type', value: 'multipart/mixed; boundary=x' },
      ]),
    ),
  )
  for (const [one, other] of [
    ['', ''],
    ['a', ''],
    ['', 'a'],
    ['abc', 'abd'],
    ['abc', 'abc'],
    ['ab', 'abc'],
  ] as const)
    lines.push(`first difference of ${one} and ${other}: ${firstDifference(Buffer.from(one), Buffer.from(other))}`)
  expectKeptLines(new URL('whole-options.txt', import.meta.url), lines)
})

test('the form of a request under way is made anew each time, that of a whole one once', () => {
  const rules = new MatchRules(['body'])
  const { request: whole } = asked('POST', '/', 'abc')
  expect(rules.formOf(whole)).toBe(rules.formOf(whole))
  const { method, target, url, version, fields, trailers, start, raw, disguised } = whole
  const head = { method, target, url, version, fields, trailers, start, raw, disguised }
  const growing = { ...head, body: Buffer.from('abc'), bodyLength: 3, isComplete: false }
  const first = rules.formOf(growing)
  growing.body = Buffer.from('abcdef')
  expect(isDeepStrictEqual(rules.formOf(growing), first)).toBe(false)
})
