import { expect, test } from '../helpers/test.ts'
import { toHar } from '../../src/generate/har.ts'
import { importHar } from '../../src/import/har.ts'
import { diffCassettes } from '../../src/inspection/diff-cassettes.ts'
import { findSecrets } from '../../src/inspection/find-secrets.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { socketLines } from '../../src/report/socket-lines.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import {
  compressed,
  frame,
  KEY,
  MASK,
  messagesIn,
  socketCassette,
  type Talk,
  upgradeRequest,
} from '../helpers/sockets.ts'

const CLOSE = Buffer.concat([Uint8Array.of(0x0f, 0xa1), Buffer.from('enough')])

async function talk(mask: Uint8Array = MASK): Promise<Talk> {
  const [welcome = Buffer.alloc(0)] = await compressed('{"type":"welcome"}')
  return [
    ['received', frame('text', welcome, { rsv: 4 })],
    ['sent', frame('text', '{"type":"join"}', { mask })],
    ['sent', frame('text', 'in two ', { mask, fin: false })],
    ['sent', frame('continuation', 'parts', { mask })],
    ['received', frame('ping', 'x')],
    ['received', frame('binary', Uint8Array.of(0, 1, 255))],
    ['sent', frame('close', CLOSE, { mask })],
  ]
}

const DEFLATE = 'permessage-deflate'

test('people see messages: unmasked, joined, inflated', async () => {
  const cassette = socketCassette(await talk(), DEFLATE)
  const lines = [...socketLines(cassette.tape).values()].flatMap((segment) => segment.lines)
  expect(lines).toEqual([
    'text (compressed) {"type":"welcome"}',
    'text {"type":"join"}',
    'part of a message',
    'text (2 fragments) in two parts',
    'ping x',
    'binary 3 bytes: 00 01 ff',
    'close 4001 enough',
  ])
})

test('two recordings of the same talk are the same, whatever key and masks were drawn', async () => {
  const one = socketCassette(await talk(), DEFLATE)
  const fresh = socketCassette(await talk(Uint8Array.of(5, 6, 7, 8)), DEFLATE)
  const tape = fresh.tape.map((event) =>
    event.type === 'sent' && event.at === 1
      ? { ...event, bytes: Buffer.from(upgradeRequest(DEFLATE, 'AAECAwQFBgcICQoLDA0ODw==')) }
      : event,
  )
  expect(diffCassettes(one, { ...fresh, tape }).isSame).toBe(true)
  const other = socketCassette([...(await talk()), ['received', frame('text', 'more')]], DEFLATE)
  expect(diffCassettes(one, other).connections).toMatchObject([{ kind: 'changed' }])
})

test('check finds secrets behind masks and compression', async () => {
  const secret = '{"password":"hunter2hunter2-Zx81qLw0"}'
  const [payload = Buffer.alloc(0)] = await compressed(secret)
  for (const bytes of [frame('text', secret, { mask: MASK }), frame('text', payload, { mask: MASK, rsv: 4 })])
    expect(findSecrets(socketCassette([['sent', bytes]], DEFLATE), {}).found).toMatchObject([{ event: { at: 3 } }])
})

/** A HAR with one socket. */
const entry = (more: object): string =>
  JSON.stringify({
    log: {
      entries: [
        {
          startedDateTime: '2026-11-22T12:00:00.000Z',
          time: 5,
          request: {
            method: 'GET',
            url: 'wss://api.test/chat',
            headers: [{ name: 'Sec-WebSocket-Key', value: KEY }],
          },
          response: { status: 101, statusText: '', headers: [], content: {} },
          ...more,
        },
      ],
    },
  })

test.describe('HAR', () => {
  test('has the messages as Playwright writes them', async () => {
    const har = toHar(socketCassette(await talk(), DEFLATE))
    expect(har).toMatchObject({
      log: {
        entries: [
          {
            _resourceType: 'websocket',
            _webSocketMessages: [
              { type: 'receive', opcode: 1, data: '{"type":"welcome"}' },
              { type: 'send', opcode: 1, data: '{"type":"join"}' },
              { type: 'send', opcode: 1, data: 'in two parts' },
              { type: 'receive', opcode: 2, data: 'AAH/' },
            ],
          },
        ],
      },
    })
  })

  test('out and in again: the same messages, and a replay', async () => {
    const { cassette, notes } = importHar(JSON.stringify(toHar(socketCassette(await talk(), DEFLATE))))
    expect(notes).toHaveLength(1)
    expect(messagesIn(cassette.tape)).toEqual([
      'received text: {"type":"welcome"}',
      'sent text: {"type":"join"}',
      'sent text: in two parts',
      `received binary: ${Buffer.from([0, 1, 255]).toString()}`,
    ])
    const client = await Dialogue.with(new Replayer(cassette))
    client.say(upgradeRequest())
    const heard = (await client.hearAll()).join('')
    expect(heard).toContain('Sec-WebSocket-Accept: ')
    expect(heard).toContain('{"type":"welcome"}')
    client.say(Buffer.from(frame('text', '{"type":"join"}', { mask: MASK })).toString('latin1'))
    client.say(Buffer.from(frame('text', 'in two parts', { mask: MASK })).toString('latin1'))
    expect((await client.hearAll()).join('')).toBe('\x82\x03\x00\x01\xff')
  })

  test('of Chrome, whose times are seconds and whose heads are not whole', () => {
    const { cassette } = importHar(
      entry({
        _webSocketMessages: [
          { type: 'send', time: 1_795_348_800.5, opcode: 1, data: 'hello' },
          { type: 'receive', time: 1_795_348_801, opcode: 2, data: 'AAH/' },
        ],
      }),
    )
    expect(cassette.tape[0]).toMatchObject({ to: 'https://api.test' })
    expect(cassette.tape.flatMap((event) => ('bytes' in event ? [event.at] : [])).slice(-2)).toEqual([500, 1000])
    const [, , answer] = cassette.tape
    expect(answer !== undefined && 'bytes' in answer ? Buffer.from(answer.bytes).toString() : '').toContain(
      'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
    )
  })

  test('of Playwright with its messages in a file', () => {
    const lines = [
      '{"type":"send","time":-1,"opcode":1,"data":"a"}',
      '{"type":"receive","time":-1,"opcode":1,"data":"b"}',
      '',
    ]
    const har = entry({ response: { status: 101, statusText: '', headers: [], content: { _file: 'x.jsonl' } } })
    const { cassette } = importHar(har, { file: () => Buffer.from(lines.join('\n')) })
    expect(messagesIn(cassette.tape)).toEqual(['sent text: a', 'received text: b'])
    expect(() => importHar(har)).toThrow(expect.objectContaining({ code: 'IMPORT_INVALID' }))
  })
})
