import { expect, test } from '../helpers/test.ts'
import {
  bind,
  BOUND,
  EXECUTE,
  failure,
  LOGGED_IN,
  long,
  message,
  parse,
  PARSED,
  query,
  READY,
  rows,
  short,
  STARTUP,
  SYNC,
} from './postgres-bytes.ts'
import { bytesIn, Client, recorded, replayOf, type Turn } from './talk.ts'

const LOGIN: Turn = [STARTUP, LOGGED_IN]
const TLS_REQUEST = message('', long(80_877_103))
const GSS_REQUEST = message('', long(80_877_104))
const describe = (name: string): Buffer => message('D', `S${name}\0`)
const close = (name: string): Buffer => message('C', `S${name}\0`)
const NO_DATA = message('n')
const CLOSED = message('3')
const COPY_IN = message('G', Buffer.of(0), short(0))
const copied = (text: string): Buffer => message('d', text)
const COPY_DONE = message('c')
const call = (argument: string): Buffer => message('F', long(42), argument)
const asking = (most: number): Buffer =>
  Buffer.concat([parse('', 'LIST'), bind('', ''), message('E', '\0', long(most)), SYNC])
const copyFailed = (why: string): Buffer => message('f', `${why}\0`)

const replay = async (...turns: readonly Turn[]) => {
  const replayer = replayOf(await recorded('postgres', { turns }))
  return { replayer, client: await Client.of(replayer) }
}

for (const [name, request] of [
  ['TLS', TLS_REQUEST],
  ['GSSAPI', GSS_REQUEST],
] as const)
  test(`a server that has no ${name} says so in one byte, and the login follows`, async () => {
    const { replayer, client } = await replay([request, 'N'], LOGIN, [query('A'), rows('1')])
    expect(await client.say(request)).toEqual(Buffer.from('N'))
    expect(await client.say(STARTUP)).toEqual(LOGGED_IN)
    expect(await client.say(query('A'))).toEqual(rows('1'))
    expect(replayer.allPlayed).toBe(true)
  })

test('a client may ask for TLS though the recorded one did not', async () => {
  const { client } = await replay(LOGIN, [query('A'), rows('1')])
  expect(await client.say(TLS_REQUEST)).toEqual(Buffer.from('N'))
  expect(await client.say(STARTUP)).toEqual(LOGGED_IN)
  expect(await client.say(query('A'))).toEqual(rows('1'))
})

test.describe('after an error all that follows is ignored to Sync, whichever message it was the answer to', () => {
  const group = [parse('s', 'GET $1'), describe('s'), bind('s', '1'), EXECUTE, close('s'), SYNC]
  const answers = [PARSED, NO_DATA, BOUND, message('C', 'SELECT 0\0'), CLOSED]
  for (const at of answers.keys())
    test(`message ${at + 1} of the group`, async () => {
      const answer = Buffer.concat([...answers.slice(0, at), failure(`bad ${at}`), READY])
      const { replayer, client } = await replay(LOGIN, [Buffer.concat(group), answer], [query('A'), rows('1')])
      await client.say(STARTUP)
      expect(await client.say(Buffer.concat(group))).toEqual(answer)
      expect(await client.say(query('A'))).toEqual(rows('1'))
      expect(replayer.allPlayed).toBe(true)
    })

  test('the state of the transaction that Sync reports stays', async () => {
    const failed = message('Z', 'E')
    const bad = Buffer.concat([parse('', 'BAD'), SYNC])
    const { client } = await replay(LOGIN, [bad, Buffer.concat([failure('bad'), failed])])
    await client.say(STARTUP)
    expect(await client.say(bad)).toEqual(Buffer.concat([failure('bad'), failed]))
    expect(await client.say(SYNC)).toEqual(failed)
  })
})

test.describe('COPY', () => {
  const begin = query('COPY t FROM STDIN')
  const done = Buffer.concat([message('C', 'COPY 2\0'), READY])

  test('plays to the same rows, and its end belongs to what it was asked with', async () => {
    const said = Buffer.concat([copied('1\n'), copied('2\n'), COPY_DONE])
    const { replayer, client } = await replay(LOGIN, [begin, COPY_IN], [said, done], [query('A'), rows('1')])
    await client.say(STARTUP)
    expect(await client.say(begin)).toEqual(COPY_IN)
    expect(await client.say(said)).toEqual(done)
    expect(await client.say(query('A'))).toEqual(rows('1'))
    expect(replayer.allPlayed).toBe(true)
  })

  test('that the client breaks off is another end of it', async () => {
    const { client } = await replay(
      LOGIN,
      [begin, COPY_IN],
      [copyFailed('enough'), Buffer.concat([failure('enough'), READY])],
      [query('A'), rows('1')],
    )
    await client.say(STARTUP)
    await client.say(begin)
    const miss = client.say(COPY_DONE)
    await expect(miss).rejects.toMatchObject({ code: 'NO_MATCH' })
    await expect(miss).rejects.toThrow('CopyDone of Query COPY t FROM STDIN')
  })

  test('in a prepared statement ends with Sync', async () => {
    const asked = Buffer.concat([parse('', 'COPY t FROM STDIN'), bind('', ''), EXECUTE])
    const ended = Buffer.concat([copied('1\n'), COPY_DONE, SYNC])
    const turns: readonly Turn[] = [
      LOGIN,
      [asked, Buffer.concat([PARSED, BOUND, COPY_IN])],
      [ended, Buffer.concat([message('C', 'COPY 1\0'), READY])],
      [query('A'), rows('1')],
    ]
    const { replayer, client } = await replay(...turns)
    for (const [said, heard] of turns) expect(await client.say(said)).toEqual(heard)
    expect(replayer.allPlayed).toBe(true)
  })
})

test('what the server says by itself, and what it warns of, is played where it stood', async () => {
  const notice = message('N', 'SNOTICE\0Mmind\0\0')
  const parameter = message('S', 'TimeZone\0UTC\0')
  const told = message('A', long(1), 'channel\0hello\0')
  const turns: readonly Turn[] = [
    [STARTUP, Buffer.concat([message('R', long(0)), parameter, READY])],
    [query('LISTEN channel'), Buffer.concat([notice, message('C', 'LISTEN\0'), READY])],
    [query('A'), Buffer.concat([told, rows('1')])],
  ]
  const { replayer, client } = await replay(...turns)
  for (const [said, heard] of turns.slice(0, 2)) expect(await client.say(said)).toEqual(heard)
  expect((await client.say(query('A'))).includes(rows('1'))).toBe(true)
  expect(replayer.allPlayed).toBe(true)
})

test('what cancels a query is kept out of the cassette', async () => {
  const key = message('K', long(7), 'SECRETKY')
  const answer = Buffer.concat([message('R', long(0)), key, READY])
  const cassette = await recorded('postgres', { turns: [[STARTUP, answer]] })
  const kept = bytesIn(cassette, 'received')
  expect(kept).toHaveLength(answer.length)
  expect(kept.toString('latin1')).not.toContain('SECRETKY')
  expect(kept.includes(long(7))).toBe(true)
})

test('a request to cancel is on a connection of its own, and has no answer', async () => {
  const cancel = message('', long(80_877_102), long(7), long(8))
  const cassette = await recorded('postgres', { turns: [LOGIN, [query('A'), rows('1')]] }, { turns: [[cancel, '']] })
  const replayer = replayOf(cassette)
  const client = await Client.of(replayer)
  await client.say(STARTUP)
  expect(await client.say(query('A'))).toEqual(rows('1'))
  expect(replayer.allPlayed).toBe(true)
})

test('a call of a function is compared with its arguments', async () => {
  const answer = Buffer.concat([message('V', long(-1)), READY])
  const same = await replay(LOGIN, [call('one'), answer])
  await same.client.say(STARTUP)
  expect(await same.client.say(call('one'))).toEqual(answer)
  const other = await replay(LOGIN, [call('one'), answer])
  await other.client.say(STARTUP)
  await expect(other.client.say(call('two'))).rejects.toMatchObject({ code: 'NO_MATCH' })
})

test('a limit of rows is a part of the question', async () => {
  const answer = Buffer.concat([PARSED, BOUND, message('s'), READY])
  const { client } = await replay(LOGIN, [asking(10), answer])
  await client.say(STARTUP)
  await expect(client.say(asking(11))).rejects.toThrow('rows at most')
})

test('messages may be cut anywhere', async () => {
  const said = Buffer.concat([parse('', 'GET $1'), bind('', '7'), EXECUTE, SYNC])
  const answer = Buffer.concat([PARSED, BOUND, rows('seven')])
  const { client } = await replay(LOGIN, [said, answer])
  await client.say(STARTUP)
  let heard = Buffer.alloc(0)
  for (const byte of said) heard = Buffer.concat([heard, await client.say(Buffer.of(byte))])
  expect(heard).toEqual(answer)
})
