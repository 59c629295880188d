import { expect, test } from '../helpers/test.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import type { MatchList } from '../../src/matching/match-on.ts'
import { comparable, MessageJudge } from '../../src/matching/message-judge.ts'
import { writeClose } from '../../src/websocket/close.ts'
import type { SocketMessage } from '../../src/websocket/message-reader.ts'
import { upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { oneConnection } from '../helpers/tape.ts'

const message = (kind: SocketMessage['kind'], payload: string | Uint8Array): SocketMessage => ({
  kind,
  payload: Buffer.from(payload),
  isCompressed: false,
  isOpaque: false,
  isWhole: true,
  frames: [],
})

function judge(list: MatchList): MessageJudge {
  const [interaction] = interactionsOf(
    oneConnection('http://api.test', (it) => it.sent(upgradeRequest()).received(upgradeAnswer())),
  )
  if (interaction === undefined) throw new Error('no interaction')
  return new MessageJudge(interaction, list)
}

const reasons = (list: MatchList, asked: SocketMessage, recorded: SocketMessage): readonly string[] =>
  judge(list)
    .reasonsAgainst(asked, { message: recorded, end: 0 }, (text) => text)
    .map(({ what, detail }) => `${what}: ${detail}`)

const text = (payload: string): SocketMessage => message('text', payload)

test('messages of other kinds are others, and a close says its code', () => {
  expect(reasons(['body'], text('a'), message('binary', 'a'))).toEqual([
    'message: recorded was a binary message, asked a text message',
  ])
  expect(reasons(['url'], message('close', writeClose(1001)), text('a'))).toEqual([
    'message: recorded was a text message, asked a close (1001)',
  ])
  expect(reasons(['url'], text('a'), message('close', ''))).toEqual([
    'message: recorded was a close (without a code), asked a text message',
  ])
})

test('contents are compared as those of requests are, where these are', () => {
  for (const list of [['body'], ['url', { body: 'json' }], [{ body: { as: 'json' } }]] as const satisfies MatchList[]) {
    expect(reasons(list, text('{"a":1,"b":2}'), text('{"b":2,"a":1}'))).toEqual([])
    expect(reasons(list, text('{"a":1}'), text('{"a":2}'))).toEqual([expect.stringMatching(/^body: recorded 7 bytes/)])
  }
  expect(reasons(['url', () => true], text('{"a":1}'), text('{"a":2}'))).toEqual([])
  expect(reasons(['body'], text('42["a",{"b":1,"c":2}]'), text('42["a",{"c":2,"b":1}]'))).toEqual([])
  expect(reasons(['body'], text('42["a"]'), text('42["b"]'))).toHaveLength(1)
})

const shown = (asked: SocketMessage, recorded: SocketMessage): readonly string[] =>
  comparable(asked, recorded).map((bytes) => Buffer.from(bytes).toString())

test('a close is its code and reason', () => {
  const close = (code: number, reason?: string): SocketMessage => message('close', writeClose(code, reason))
  expect(shown(close(1000, 'bye'), message('close', ''))).toEqual(['1000 bye', 'no code'])
  expect(shown(close(1000), close(1001))).toEqual(['1000', '1001'])
  expect(reasons(['body'], close(1000, 'bye'), close(1000, 'bye'))).toEqual([])
  expect(reasons(['body'], close(1000, 'bye'), close(1001, 'bye'))).toHaveLength(1)
})

const parts = (asked: string, recorded = asked): readonly string[] =>
  comparable(
    { ...text(''), payload: Buffer.from(`${asked}["more"]`).subarray(0, asked.length) },
    { ...text(''), payload: Buffer.from(`${recorded}["more"]`).subarray(0, recorded.length) },
  ).map((bytes) => Buffer.from(bytes).toString())

test('a mark before JSON is looked for in the message alone, and not far into it', () => {
  expect(parts('42')).toEqual(['42', '42'])
  expect(parts('42["a"]')).toEqual(['["a"]', '["a"]'])
  expect(parts('42/chat,123456789{"a":1}')).toEqual(['{"a":1}', '{"a":1}'])
  const name = `/${'x'.repeat(60)}`
  expect(parts(`42${name},7[]`)).toEqual(['[]', '[]'])
  expect(parts(`42${name}x,7[]`)).toEqual([`42${name}x,7[]`, `42${name}x,7[]`])
  for (const other of ['42/chat[]', '42a[]', '4']) expect(parts(other)[0]).toBe(other)
})

test('a message is compared as a whole request with its content, of the type of its kind', () => {
  const judged = judge(['body'])
  const asked = judged.asRequest(message('binary', 'ab'), Buffer.from('ab'))
  expect(asked).toEqual({
    method: 'GET',
    target: '/chat',
    url: 'http://api.test/chat',
    version: '1.1',
    fields: [{ name: 'Content-Type', value: 'application/octet-stream' }],
    body: Buffer.from('ab'),
    bodyLength: 2,
    trailers: [],
    isComplete: true,
    start: 0,
    raw: Buffer.from('ab'),
    disguised: undefined,
  })
  for (const kind of ['text', 'close', 'ping'] as const)
    expect(judged.asRequest(message(kind, ''), Buffer.alloc(0)).fields).toEqual([
      { name: 'Content-Type', value: 'text/plain' },
    ])
})
