import { expect, test } from '../helpers/test.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { beginsWith, type Cue } from '../../src/interactions/cue.ts'
import { recordedSocket, type RecordedSocket } from '../../src/interactions/recorded-socket.ts'
import type { WireRequest } from '../../src/interactions/request-reader.ts'
import { acceptFor } from '../../src/websocket/handshake.ts'
import { ACCEPT, frame, KEY, MASK, upgradeAnswer, upgradeRequest } from '../helpers/sockets.ts'
import { answer, type ConnectionWriter, oneConnection, request } from '../helpers/tape.ts'

const found = (write: (it: ConnectionWriter) => void): RecordedSocket | undefined => {
  const [interaction] = interactionsOf(oneConnection('http://api.test', write))
  return interaction && recordedSocket(interaction)
}

const socketOf = (write: (it: ConnectionWriter) => void): RecordedSocket => {
  const socket = found(write)
  if (socket === undefined) throw new Error('no socket')
  return socket
}

/** A request that was made elsewhere. */
function asked(text: string): WireRequest {
  const [interaction] = interactionsOf(oneConnection('http://api.test', (it) => it.sent(text)))
  if (interaction === undefined) throw new Error('no request')
  return interaction.request
}

const cues = (...texts: readonly (string | undefined)[]): readonly Cue[] =>
  texts.map((text) => ({
    after: undefined,
    at: 0,
    wait: 0,
    action: text === undefined ? { type: 'end' } : { type: 'segment', bytes: Buffer.from(text) },
  }))

const textsOf = (some: readonly Cue[]): readonly (string | undefined)[] =>
  some.map(({ action }) => (action.type === 'segment' ? Buffer.from(action.bytes).toString() : undefined))

test('what the client said is known up to where it ends in what it wrote after its request', () => {
  const [hello, ping, close] = [
    frame('text', 'hello', { mask: MASK }),
    frame('ping', 'p', { mask: MASK }),
    frame('close', '', { mask: MASK }),
  ]
  const pong = frame('pong', '', { mask: MASK })
  const half = frame('text', 'half', { mask: MASK }).subarray(0, -1)
  const socket = socketOf((it) =>
    it.sent(upgradeRequest()).received(upgradeAnswer()).sent(hello, ping, pong, close, half),
  )
  expect(socket.headLength).toBe(upgradeAnswer().length)
  expect(socket.messages.map(({ message: { kind, isWhole }, end }) => [kind, isWhole, end]).slice(0, 2)).toEqual([
    ['text', true, hello.length],
    ['close', true, hello.length + ping.length + pong.length + close.length],
  ])
  expect(socket.pings.map(({ message: { kind }, end }) => [kind, end])).toEqual([['ping', hello.length + ping.length]])
  expect(socketOf((it) => it.sent(upgradeRequest()).received(upgradeAnswer())).messages).toEqual([])
})

test('a request or an answer without a WebSocket begins none', () => {
  expect(found((it) => it.sent(upgradeRequest()).received(answer('no')))).toBeUndefined()
  expect(found((it) => it.sent(upgradeRequest()))).toBeUndefined()
  expect(found((it) => it.sent(request('GET', '/')).received(upgradeAnswer()))).toBeUndefined()
})

test.describe('the answer is granted', () => {
  const OTHER = 'AAAAAAAAAAAAAAAAAAAAAA=='
  const other = asked(upgradeRequest('', OTHER))
  const plain = socketOf((it) => it.sent(upgradeRequest()).received(upgradeAnswer()))
  const wanted = upgradeAnswer('', acceptFor(OTHER))

  test('with the value that belongs to the key of a client, wherever the answer is cut', () => {
    const text = `${upgradeAnswer()}frames`
    const at = text.indexOf(ACCEPT)
    for (const cuts of [
      [],
      [5],
      [at],
      [at + 5],
      [at + ACCEPT.length],
      [at, at + 3, at + ACCEPT.length],
      [5, at + 1, at + 2],
    ]) {
      const parts = [0, ...cuts].map((start, k) => text.slice(start, cuts[k] ?? text.length))
      const granted = textsOf(plain.grantTo(other, cues(...parts, undefined)))
      expect(granted.slice(0, -1).join('')).toBe(`${wanted}frames`)
      expect(granted).toHaveLength(parts.length + 1)
    }
    const all = cues(upgradeAnswer(), 'more')
    expect(plain.grantTo(other, all)[1]).toBe(all[1])
    expect(all.map(({ action }) => 'bytes' in action && Buffer.from(action.bytes).toString())).toEqual([
      upgradeAnswer(),
      'more',
    ])
  })

  test('as it was recorded to a client without a key, and if the value was wrong or is not there', () => {
    const all = cues(upgradeAnswer())
    expect(plain.grantTo(asked(request('GET', '/')), all)).toBe(all)
    const wrong = socketOf((it) => it.sent(upgradeRequest()).received(upgradeAnswer('', OTHER)))
    expect(wrong.grantTo(other, all)).toBe(all)
    const missing = socketOf((it) =>
      it.sent(upgradeRequest()).received(upgradeAnswer().replace('Sec-WebSocket-Accept', 'X')),
    )
    expect(missing.grantTo(other, all)).toBe(all)
  })

  test('where a placeholder stands for the key or the value, too', () => {
    for (const [key, accept] of [
      ['{{key.1}}', ACCEPT],
      [KEY, '{{accept.1}}'],
    ] as const) {
      const redacted = socketOf((it) => it.sent(upgradeRequest('', key)).received(upgradeAnswer('', accept)))
      expect(textsOf(redacted.grantTo(other, cues(upgradeAnswer('', accept))))).toEqual([wanted])
    }
  })
})

const chosen = (field: string): RecordedSocket =>
  socketOf((it) => it.sent(upgradeRequest()).received(upgradeAnswer().replace('\r\n\r\n', `\r\n${field}\r\n\r\n`)))

test('a client that does not offer what was chosen would refuse it', () => {
  const offering = (field: string): WireRequest => asked(upgradeRequest().replace('\r\n\r\n', `\r\n${field}\r\n\r\n`))
  const chat = chosen('Sec-WebSocket-Protocol: chat')
  expect(chat.refusalFor(offering('Sec-WebSocket-Protocol: talk, chat'))).toBeUndefined()
  expect(chat.refusalFor(offering('Sec-WebSocket-Protocol: talk\r\nSec-WebSocket-Protocol: chat'))).toBeUndefined()
  expect(chat.refusalFor(asked(upgradeRequest()))).toBe(
    'the server chose the protocol chat, which this client does not offer',
  )
  expect(chat.refusalFor(offering('Sec-WebSocket-Protocol: chats'))).toMatch(/^the server chose the protocol chat,/)
  const deflate = chosen('Sec-WebSocket-Extensions: permessage-deflate')
  expect(deflate.refusalFor(offering('Sec-WebSocket-Extensions: permessage-deflate'))).toBeUndefined()
  expect(deflate.refusalFor(asked(upgradeRequest()))).toMatch(/permessage-deflate/)
  expect(chosen('X-A: 1').refusalFor(asked(upgradeRequest()))).toBeUndefined()
})

test('cues begin with others if these are the same ones, in order', () => {
  const some = cues('a', 'b', undefined)
  for (const [told, begins] of [
    [[], true],
    [['a'], true],
    [['a', 'b'], true],
    [['a', 'b', undefined], true],
    [['a', 'b', undefined, 'c'], false],
    [['b'], false],
    [['ab'], false],
    [[undefined], false],
    [['a', undefined], false],
    [['a', 'b', 'c'], false],
  ] as const)
    expect([told, beginsWith(some, cues(...told))]).toEqual([told, begins])
})
