import { once } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import { bytesIn, Client, recorded, replayOf, type Turn } from './talk.ts'

/** A packet with its length and number. */
function packet(number: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = number
  return Buffer.concat([head, body])
}

const GREETING = packet(0, '\x0a8.0\0', Buffer.alloc(40))
/** HandshakeResponse41: capabilities, the longest packet, a charset; then the user, and a proof of no bytes. */
const LOGIN = packet(1, Buffer.of(0, 0x82, 0, 0), Buffer.alloc(28), 'app\0\0')
const OK = packet(2, Buffer.of(0, 0, 0, 2, 0, 0, 0))
const LOGGED_IN: Turn = [LOGIN, OK]

const query = (sql: string): Buffer => packet(0, '\x03', sql)
const answer = (text: string): Buffer => packet(1, text)
const PREPARE = packet(0, '\x16', 'LIST')
const EXECUTE = packet(0, '\x17', Buffer.of(0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0))

test('a query is answered as it was recorded', async () => {
  const replayer = replayOf(
    await recorded('mysql', {
      greeting: GREETING,
      turns: [LOGGED_IN, [query('A'), answer('a')], [query('B'), answer('b')]],
    }),
  )
  const client = await Client.of(replayer)
  expect(await client.hear()).toEqual(GREETING)
  expect(await client.say(LOGIN)).toEqual(OK)
  expect(await client.say(query('B'))).toEqual(answer('b'))
  expect(await client.say(query('A'))).toEqual(answer('a'))
})

test('commands that do not wait for each other are refused while they are recorded, and the reason says what to switch off', async () => {
  const warned = once(process, 'warning')
  const turns: readonly Turn[] = [
    LOGGED_IN,
    [query('A'), answer('a')],
    [Buffer.concat([PREPARE, EXECUTE]), Buffer.concat([answer('\0'), answer('rows')])],
    [query('B'), answer('b')],
  ]
  const cassette = await recorded('mysql', { greeting: GREETING, turns })
  const [warning] = await warned
  expect(String(warning)).toContain('commands that do not wait for an answer are not understood: switch pipelining off')
  expect(bytesIn(cassette, 'sent').toString('latin1')).toContain('\x03A')
  expect(bytesIn(cassette, 'sent').toString('latin1')).not.toContain('\x03B')
  const client = await Client.of(replayOf(cassette))
  await client.hear()
  await client.say(LOGIN)
  await expect(client.say(query('B'))).rejects.toMatchObject({ code: 'NO_MATCH' })
})
