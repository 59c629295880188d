import { expect, test } from '../helpers/test.ts'
import { decodeCassette, encodeCassette, redactCassette } from 'wiretape/cassette'
import { summaryLines } from '../../src/runner/summary.ts'
import type { TapeNote } from '../../src/runner/tape-note.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { frame, MASK, socketCassette, upgradeRequest } from '../helpers/sockets.ts'
import { answer, TapeWriter } from '../helpers/tape.ts'
import { bind, BOUND, EXECUTE, LOGGED_IN, parse, PARSED, rows, STARTUP, SYNC } from '../protocols/postgres-bytes.ts'
import { Client, recorded, replayOf } from '../protocols/talk.ts'
import { blocksOf } from './blocks.ts'

const codeOf = (page: string, language: string): readonly string[] =>
  blocksOf(page).flatMap((block) => (block.language === language ? [block.code] : []))

const missOf = (act: () => Promise<unknown>): Promise<string> =>
  act().then(
    () => 'no miss',
    (error: unknown) => `${Object(error).name}: ${Object(error).message}`,
  )

const lines = (text: string): string => text.replaceAll(/^\s+/gm, '').trim()

/** `...` stands for lines that are left out. */
function expectShown(whole: string, block = ''): void {
  let rest = lines(whole)
  for (const part of block.split(/^\s*\.\.\.$/m)) {
    expect(rest).toContain(lines(part))
    rest = rest.slice(rest.indexOf(lines(part)))
  }
}

test('the cassette of docs/cassette-format.md is whole, and what the writer makes of it', () => {
  const [whole = ''] = codeOf('docs/cassette-format.md', 'yaml')
  const cassette = decodeCassette(whole)
  expect(cassette.records.length).toBeGreaterThan(0)
  expect(encodeCassette(cassette, cassette.records)).toBe(whole)
})

const [UPGRADE = '', FRAMES = ''] = codeOf('docs/websocket.md', 'yaml')

/** What stands before the parts on the pages: no page shows it. */
const BEFORE = `wiretape: 1
recorded: { at: "2026-11-22T12:00:00.000Z", by: wiretape 0.1.0, node: "20.20.2" }
tape:
  - open: 1
    to: https://api.example.com
    at: 0
    took: 1
`
const SWITCHED = `  - via: 1
    at: 20.1
    received:
      crlf: |+
        HTTP/1.1 101 Switching Protocols
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
        Sec-WebSocket-Extensions: permessage-deflate

`

for (const [page, part] of [
  ['docs/websocket.md', FRAMES],
  ['docs/cassette-format.md', codeOf('docs/cassette-format.md', 'yaml')[1] ?? ''],
] as const)
  test(`${page}: its frames are what the writer makes of them`, () => {
    const events = 3 + (part.match(/^ {2}- via/gm)?.length ?? 0)
    const written = encodeCassette(decodeCassette(`${BEFORE}${UPGRADE}${SWITCHED}${part}events: ${events}\n`))
    expect(written).toContain(UPGRADE)
    expect(written).toContain(part)
  })

test('docs/redaction.md: its first block is what becomes of secrets', () => {
  const [head = ''] = codeOf('docs/redaction.md', '')
  const secrets = ['8f3Kq0Zr5TnW1xYb', 'aB3dE6gH9jK2mN5p', 'Zx81Qp40LmN7vB2c']
  const sent = head.replaceAll(/\{\{[\w.-]+\}\}/g, () => secrets.shift() ?? 'one more').replaceAll('\n', '\r\n')
  const tape = new TapeWriter()
  tape.open('https://api.example.com').sent(`${sent}\r\n`).received(answer('ok'))
  expect(encodeCassette(redactCassette(tape.cassette).cassette).replaceAll(/^ +/gm, '')).toContain(head)
})

test('docs/redaction.md: a placeholder that is a number is listed above the bytes', () => {
  const body = JSON.stringify({ user: 'ada', otp: 731_902 })
  const head = `POST /login HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const tape = new TapeWriter()
  tape
    .open('https://api.example.com')
    .sent(head + body)
    .received(answer('ok'))
  const [shown = ''] = codeOf('docs/redaction.md', 'yaml')
  expect(encodeCassette(redactCassette(tape.cassette).cassette)).toContain(shown.replace('at: 31.912', 'at: 1'))
})

test('docs/runners.md: its summary is that of such a run', () => {
  const note: TapeNote = {
    title: 'lists users',
    path: 'users.test.ts-cassettes/lists-users.yaml',
    played: 0,
    recorded: 2,
    unsaved: 0,
    unused: 0,
    missed: 0,
    passed: 0,
    late: [],
    escaped: [],
    failure: undefined,
  }
  const late = {
    ...note,
    title: 'orders > cancels an order',
    path: '1',
    recorded: 0,
    played: 21,
    late: ['api.example.com'],
  }
  const others = Array.from({ length: 10 }, (_, index) => ({ ...late, late: [], path: `more ${index}`, played: 1 }))
  expect(`${summaryLines([note, late, ...others], '').join('\n')}\n`).toBe(codeOf('docs/runners.md', '')[0])
})

const says = (text: string): ['sent', Uint8Array] => ['sent', frame('text', text, { mask: MASK })]

test('docs/websocket.md: its miss is that of a changed message', async () => {
  const cassette = socketCassette([says('{"type":"join"}'), says('{"type":"say","text":"hello"}')])
  const client = await Dialogue.with(replayOf(cassette))
  const say = (text: string): void => client.say(Buffer.from(says(text)[1]).toString('latin1'))
  client.say(upgradeRequest('', 'AAECAwQFBgcICQoLDA0ODw=='))
  await client.hearAll()
  say('{"type":"join"}')
  const miss = await missOf(async () => say('{"type":"say","text":"goodbye"}'))
  const [block] = codeOf('docs/websocket.md', '')
  expectShown(miss, block?.replace('chat.example.com/rooms', 'api.test/chat'))
})

const selecting = (value: string): Buffer =>
  Buffer.concat([parse('', 'SELECT * FROM things WHERE id = $1'), bind('', value), EXECUTE, SYNC])

test('docs/protocols.md: its miss is that of another parameter', async () => {
  const cassette = await recorded('postgres', {
    turns: [
      [STARTUP, LOGGED_IN],
      [selecting('42'), Buffer.concat([PARSED, BOUND, rows('x')])],
    ],
  })
  const client = await Client.of(replayOf(cassette))
  await client.say(STARTUP)
  const miss = await missOf(() => client.say(selecting('41')))
  const [block] = codeOf('docs/protocols.md', '')
  expectShown(miss, block?.replace('db.example:5432', 'service:1'))
})
