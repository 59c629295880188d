import { expect, test } from '../helpers/test.ts'
import type { MatchOn } from '../../src/matching/match-on.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { acceptFor } from '../../src/websocket/handshake.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { FakeClock } from '../helpers/fake-clock.ts'
import {
  compressed,
  frame,
  MASK,
  socketCassette,
  type Talk,
  upgradeAnswer,
  upgradeRequest,
} from '../helpers/sockets.ts'
import { TapeWriter } from '../helpers/tape.ts'

const OTHER_MASK = Uint8Array.of(1, 2, 3, 4)
const NEW_KEY = 'AAECAwQFBgcICQoLDA0ODw=='
const DEFLATE = 'permessage-deflate'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
/** What a client of today says: another mask. */
const says = (text: string, kind: 'text' | 'binary' = 'text'): string => latin1(frame(kind, text, { mask: OTHER_MASK }))
const tells = (text: string): string => latin1(frame('text', text))
const sent = (text: string): Talk[number] => ['sent', frame('text', text, { mask: MASK })]
const received = (text: string): Talk[number] => ['received', frame('text', text)]

const ping = (text: string): string => latin1(frame('ping', text, { mask: OTHER_MASK }))
const pong = (text: string): string => latin1(frame('pong', text))
const closing = (code: number, reason = ''): Uint8Array =>
  Buffer.concat([Uint8Array.of(code >> 8, code & 255), Buffer.from(reason)])

interface Opened {
  readonly client: Dialogue
  readonly replayer: Replayer
  readonly heard: readonly string[]
}

async function open(
  cassette: Cassette,
  { matchOn, extensions = '' }: { matchOn?: MatchOn; extensions?: string } = {},
): Promise<Opened> {
  const replayer = new Replayer(cassette, { ...(matchOn && { matchOn }) })
  const client = await Dialogue.with(replayer)
  client.say(upgradeRequest(extensions, NEW_KEY))
  return { client, replayer, heard: await client.hearAll() }
}

test('the accept value is that of the key that the client sends', async () => {
  const { heard } = await open(socketCassette([]))
  expect(heard.join('')).toBe(upgradeAnswer('', acceptFor(NEW_KEY)))
})

test('of equal WebSockets the first is played first, whatever the keys look like', async () => {
  const texts = ['one', 'two', 'three']
  // One that has letters only looks like a word, and not like something that was drawn.
  const keys = ['EGuHOTAFlKbep+EuSchbZQ==', 'L/qix2LeOkWl3KoQi/GkKg==', '015wJHLtQeH9bmvqAqpbEA==']
  const tape = new TapeWriter()
  for (const [place, text] of texts.entries())
    tape
      .open('http://api.test')
      .sent(upgradeRequest('', keys[place]))
      .received(upgradeAnswer())
      .sent(frame('text', text, { mask: MASK }))
      .received(frame('text', text))
  const replayer = new Replayer(tape.cassette)
  for (const [place, text] of texts.entries()) {
    const client = await Dialogue.with(replayer)
    client.say(upgradeRequest('', NEW_KEY.replace('A', String(place))))
    await client.hearAll()
    client.say(says(text))
    expect(await client.hearAll()).toEqual([tells(text)])
  }
})

test('a wrong accept value was recorded to be played', async () => {
  const cassette = socketCassette([])
  const tape = cassette.tape.map((event) =>
    event.type === 'received' ? { ...event, bytes: Buffer.from(upgradeAnswer('', 'bm8=')) } : event,
  )
  expect((await open({ ...cassette, tape })).heard.join('')).toContain('Sec-WebSocket-Accept: bm8=\r\n')
})

test('server frames come once the client has said what it had said before them', async () => {
  const talk: Talk = [received('hello'), sent('one'), received('1'), received('more'), sent('two'), received('2')]
  const { client, replayer, heard } = await open(socketCassette(talk))
  expect(heard.at(-1)).toBe(tells('hello'))
  client.say(says('one'))
  expect(await client.hearAll()).toEqual([tells('1'), tells('more')])
  expect(replayer.allPlayed).toBe(false)
  client.say(says('two'))
  expect(await client.hearAll()).toEqual([tells('2')])
  expect(replayer.allPlayed).toBe(true)
})

test('masks, fragments, length forms and segments of the client do not matter', async () => {
  const { client, replayer } = await open(socketCassette([sent('hello world'), received('ok')]))
  client.say(...latin1(frame('text', 'hello ', { mask: OTHER_MASK, fin: false })).split(''))
  client.say(latin1(frame('ping', '', { mask: MASK })))
  client.say(latin1(frame('continuation', 'world', { mask: MASK })))
  expect(await client.hearAll()).toEqual([latin1(frame('pong')), tells('ok')])
  expect(replayer.allPlayed).toBe(true)
})

test('a compressed message is compared inflated, also with one that was recorded as it is', async () => {
  const [one = '', two = ''] = await compressed('the same words', 'the same words')
  const talk: Talk = [sent('the same words'), received('1'), sent('the same words'), received('2')]
  const { client } = await open(socketCassette(talk, DEFLATE), { extensions: DEFLATE })
  for (const [payload, answer] of [
    [one, '1'],
    [two, '2'],
  ] as const) {
    client.say(latin1(frame('text', payload, { mask: OTHER_MASK, rsv: 4 })))
    expect(await client.hearAll()).toEqual([tells(answer)])
  }
})

test('JSON is compared by value', async () => {
  const { client } = await open(socketCassette([sent('{"a":1,"b":[2]}'), received('ok')]))
  client.say(says('{ "b": [2.0], "a": 1 }'))
  expect(await client.hearAll()).toEqual([tells('ok')])
})

test('a changed message is a miss that names the field, and closes the socket with the reason', async () => {
  const talk: Talk = [sent('{"type":"join"}'), sent('{"type":"say","text":"hello"}'), received('ok')]
  const { client, replayer } = await open(socketCassette(talk))
  client.say(says('{"type":"join"}'))
  expect(() => client.say(says('{"type":"say","text":"goodbye"}'))).toThrow(
    expect.objectContaining({
      code: 'NO_MATCH',
      message: expect.stringMatching(
        /text message 2 of the client on the WebSocket http:\/\/api\.test\/chat, 31 bytes[^]*\$\.text: recorded "hello", asked "goodbye"/,
      ),
    }),
  )
  const [close = '', end] = await client.hearAll()
  expect(close).toBe(
    `\x88\x2f\x03\xf3wiretape: message 2 is not the recorded one`.replace(
      '\x2f',
      String.fromCharCode(close.length - 2),
    ),
  )
  expect(end).toBe('(NO_MATCH)')
  const [miss] = replayer.misses
  expect(miss?.report).toMatchObject({
    asked: { message: { kind: 'text', number: 2 }, bodyLength: 31 },
    nearest: [{ number: 1, json: [{ path: '$.text', recorded: '"hello"', asked: '"goodbye"' }] }],
  })
  expect(miss?.report.advice[0]).toContain("ignore: ['$.text']")
})

for (const [what, talk, said, reason] of [
  ['one more', [sent('a')], ['a', 'b'], 'the recorded client said nothing more'],
  ['in another order', [sent('a'), sent('b')], ['b'], 'different from body byte 0'],
] as const)
  test(`a message that is ${what} is a miss`, async () => {
    const { client } = await open(socketCassette(talk))
    expect(() => said.forEach((text) => client.say(says(text)))).toThrow(
      expect.objectContaining({ code: 'NO_MATCH', message: expect.stringContaining(reason) }),
    )
  })

test('text is not binary', async () => {
  const { client } = await open(socketCassette([sent('a')]))
  expect(() => client.say(says('a', 'binary'))).toThrow(/recorded was a text message, asked a binary message/)
})

test('what is ignored in bodies is ignored in messages', async () => {
  const matchOn: MatchOn = ['method', 'url', { body: { ignore: ['$.id'] } }]
  const { client } = await open(socketCassette([sent('{"id":1,"a":1}'), received('ok')]), { matchOn })
  client.say(says('{"id":2,"a":1}'))
  expect(await client.hearAll()).toEqual([tells('ok')])
})

test('where bodies are not compared, messages are counted', async () => {
  const { client } = await open(socketCassette([sent('a'), received('ok')]), { matchOn: ['method', 'url'] })
  client.say(says('b'))
  expect(await client.hearAll()).toEqual([tells('ok')])
  expect(() => client.say(says('c'))).toThrow(/nothing more/)
})

test('a placeholder in a message stands for any value', async () => {
  const { client } = await open(socketCassette([sent('{"token":"{{token.1}}","a":1}'), received('ok')]))
  client.say(says('{"token":"s3cr3t-Value-99","a":1}'))
  expect(await client.hearAll()).toEqual([tells('ok')])
})

test('what is marked as Socket.IO marks it is JSON behind the mark', async () => {
  const { client } = await open(socketCassette([sent('42/room,7["say",{"a":1,"b":2}]'), sent('2'), received('ok')]))
  client.say(says('42/room,7["say",{"b":2,"a":1}]'), says('2'))
  expect(await client.hearAll()).toEqual([tells('ok')])
})

test.describe('pings and pongs', () => {
  test('a ping is answered when it comes, whenever it was recorded', async () => {
    const talk: Talk = [
      ['sent', frame('ping', 'old', { mask: MASK })],
      sent('a'),
      ['received', Buffer.concat([frame('pong', 'old'), frame('text', 'ok')])],
    ]
    const { client, replayer, heard } = await open(socketCassette(talk))
    expect(heard).toHaveLength(1)
    client.say(says('a'))
    expect(await client.hearAll()).toEqual([tells('ok')])
    client.say(ping('new'), ping('newer'))
    expect(await client.hearAll()).toEqual(
      [pong('new') + pong('newer')].flatMap((both) => [both.slice(0, 5), both.slice(5)]),
    )
    expect(replayer.misses).toEqual([])
  })

  test('a pong of the client is no message', async () => {
    const { client } = await open(socketCassette([['received', frame('ping', 'x')], sent('a'), received('ok')]))
    client.say(latin1(frame('pong', 'other', { mask: OTHER_MASK })), says('a'))
    expect(await client.hearAll()).toEqual([tells('ok')])
  })

  test('a server that answered no ping does not', async () => {
    const { client } = await open(
      socketCassette([['sent', frame('ping', 'x', { mask: MASK })], sent('a'), received('ok')]),
    )
    client.say(ping('y'), says('a'))
    expect(await client.hearAll()).toEqual([tells('ok')])
  })

  test('a pong waits for the end of a frame that is cut', async () => {
    const long = frame('text', 'long enough')
    const talk: Talk = [sent('a'), ['received', long.subarray(0, 5)], sent('b'), ['received', long.subarray(5)]]
    const { client } = await open(socketCassette(talk))
    client.say(says('a'), ping('now'))
    expect((await client.hearAll()).join('')).toBe(latin1(long.subarray(0, 5)))
    client.say(says('b'))
    expect((await client.hearAll()).join('')).toBe(latin1(long.subarray(5)) + pong('now'))
  })

  const old = frame('pong', 'old')
  const ok = frame('text', 'ok')
  // oxfmt-ignore
  const BESIDE: Readonly<Record<string, readonly [recorded: readonly Uint8Array[], heard: readonly string[]]>> = {
    'by itself':                     [[old], []],
    'between two frames':            [[Buffer.concat([ok, old, ok])], [tells('ok') + tells('ok')]],
    'behind a byte':                 [[ok.subarray(0, 3), Buffer.concat([ok.subarray(3), old])], [tells('ok').slice(0, 3), tells('ok').slice(3)]],
    'before the first byte of more': [[Buffer.concat([old, ok.subarray(0, 1)]), ok.subarray(1)], [tells('ok').slice(0, 1), tells('ok').slice(1)]],
    'in two segments':               [[Buffer.concat([ok, old.subarray(0, 2)]), Buffer.concat([old.subarray(2), ok])], [tells('ok'), tells('ok')]],
    'in two segments of its own':    [[old.subarray(0, 2), old.subarray(2), ok], [tells('ok')]],
    'twice in one segment':          [[Buffer.concat([ok, old, ok, frame('pong', 'older'), ok])], [tells('ok') + tells('ok') + tells('ok')]],
  }
  for (const [where, [recorded, expected]] of Object.entries(BESIDE))
    test(`a recorded pong ${where} is not played, and all beside it is`, async () => {
      const pings = ['old', 'older'].map((text): Talk[number] => ['sent', frame('ping', text, { mask: MASK })])
      const { client } = await open(
        socketCassette([...pings, sent('a'), ...recorded.map((bytes): Talk[number] => ['received', bytes])]),
      )
      client.say(says('a'))
      expect(await client.hearAll()).toEqual(expected)
    })

  test('each ping is answered if it was, and one more as the last one', async () => {
    const talk: Talk = [
      ['sent', frame('ping', '1', { mask: MASK })],
      ['received', frame('pong', '1')],
      ['sent', frame('ping', '2', { mask: MASK })],
      sent('a'),
    ]
    const { client } = await open(socketCassette(talk))
    const heard: (readonly string[])[] = []
    for (const text of ['x', 'y', 'z']) {
      client.say(ping(text))
      heard.push(await client.hearAll())
    }
    expect(heard).toEqual([[pong('x')], [], []])
  })

  test('a pong is told at once, also by a clock', async () => {
    const clock = new FakeClock()
    const talk: Talk = [['sent', frame('ping', '1', { mask: MASK })], ['received', frame('pong', '1')], sent('a')]
    const connecting = Dialogue.with(new Replayer(socketCassette(talk), { timing: clock }))
    await clock.advance(1)
    const client = await connecting
    client.say(upgradeRequest('', NEW_KEY))
    await clock.advance(10)
    expect(await client.hearAll()).toHaveLength(1)
    client.say(ping('now'))
    expect(await client.hear()).toBe(pong('now'))
  })

  test('a pong waits for the end of a frame that began with the handshake', async () => {
    const long = frame('text', 'long enough')
    const tape = new TapeWriter()
    tape
      .open('http://api.test')
      .sent(upgradeRequest())
      .received(Buffer.concat([Buffer.from(upgradeAnswer()), long.subarray(0, 5)]))
      .sent(frame('text', 'a', { mask: MASK }))
      .received(long.subarray(5))
    const { client, heard } = await open(tape.cassette)
    expect(heard.join('').endsWith(latin1(long.subarray(0, 5)))).toBe(true)
    client.say(ping('now'))
    expect(await client.hearAll()).toEqual([])
    client.say(says('a'))
    expect((await client.hearAll()).join('')).toBe(latin1(long.subarray(5)) + pong('now'))
  })

  test('a pong that answers no ping is played', async () => {
    const { client } = await open(socketCassette([sent('a'), ['received', frame('pong', 'beat')], received('ok')]))
    client.say(says('a'))
    expect((await client.hearAll()).join('')).toBe(pong('beat') + tells('ok'))
  })
})

test.describe('a close', () => {
  const close = (code: number, reason = ''): string =>
    latin1(frame('close', closing(code, reason), { mask: OTHER_MASK }))
  const recorded: Talk = [
    sent('a'),
    ['sent', frame('close', closing(1000, 'bye'), { mask: MASK })],
    ['received', frame('close', closing(1000))],
  ]

  test('of the client is compared by code and reason', async () => {
    const { client, replayer } = await open(socketCassette(recorded))
    client.say(says('a'), close(1000, 'bye'))
    expect(await client.hearAll()).toEqual([latin1(frame('close', closing(1000)))])
    expect(replayer.allPlayed).toBe(true)
    const other = await open(socketCassette(recorded))
    expect(() => other.client.say(says('a'), close(4001, 'bye'))).toThrow(/close 2 of the client on the WebSocket/)
  })

  test('that comes early is answered, and what was not said is left to play', async () => {
    const { client, replayer } = await open(socketCassette(recorded))
    client.say(close(1001, 'early'))
    expect(await client.hearAll()).toEqual([latin1(frame('close', closing(1001))), '(end)'])
    expect(replayer.misses).toEqual([])
    expect(replayer.allPlayed).toBe(false)
    client.say(says('more'), ping('more'))
    expect([await client.hearAll(), replayer.misses]).toEqual([['(end)'], []])
  })

  test('is not needed for all to be played', async () => {
    const { client, replayer } = await open(socketCassette(recorded))
    expect(replayer.allPlayed).toBe(false)
    client.say(says('a'))
    expect(replayer.allPlayed).toBe(true)
    const silent = await open(socketCassette(recorded.slice(1)))
    expect(silent.replayer.allPlayed).toBe(true)
  })

  test('of the server may be answered with any', async () => {
    const talk: Talk = [
      sent('a'),
      ['received', frame('close', closing(4001, 'no'))],
      ['sent', frame('close', closing(4001), { mask: MASK })],
    ]
    const { client, replayer } = await open(socketCassette(talk))
    client.say(says('a'))
    expect(await client.hearAll()).toEqual([latin1(frame('close', closing(4001, 'no')))])
    client.say(says('too late'), close(1005))
    expect(replayer.misses).toEqual([])
    expect(replayer.allPlayed).toBe(true)
  })
})

for (const [what, granted, offered, reason] of [
  [
    'does not offer compression',
    DEFLATE,
    '',
    'the server accepted permessage-deflate, which this client does not offer',
  ],
  ['asks for no takeover', DEFLATE, `${DEFLATE}; server_no_context_takeover`, 'the server did not grant it'],
] as const)
  test(`a client that ${what} gets an error before it takes frames for what they are not`, async () => {
    const replayer = new Replayer(socketCassette([], granted))
    const client = await Dialogue.with(replayer)
    expect(() => client.say(upgradeRequest(offered))).toThrow(
      expect.objectContaining({ code: 'WEBSOCKET_DIFFERS', message: expect.stringContaining(reason) }),
    )
    expect(replayer.misses).toHaveLength(1)
  })

test('what is no frame is a miss', async () => {
  const { client } = await open(socketCassette([sent('a')]))
  expect(() => client.say('\xff\xff\xff')).toThrow(expect.objectContaining({ code: 'NO_MATCH' }))
})

test('the same sockets in every cut of what the server says', async () => {
  const talk: Talk = [received('hello'), sent('a'), received('ok'), ['received', frame('close', Uint8Array.of(3, 232))]]
  for (const segmentation of ['bytewise', 'coalesced', { seed: 7 }] as const) {
    const replayer = new Replayer(socketCassette(talk), { segmentation })
    const client = await Dialogue.with(replayer)
    client.say(upgradeRequest('', NEW_KEY))
    const first = (await client.hearAll()).join('')
    client.say(says('a'))
    expect(first + (await client.hearAll()).join('')).toBe(
      upgradeAnswer('', acceptFor(NEW_KEY)) +
        tells('hello') +
        tells('ok') +
        latin1(frame('close', Uint8Array.of(3, 232))),
    )
  }
})
