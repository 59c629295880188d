import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import type { ReplayerOptions } from '../../src/replay/replayer.ts'
import {
  AUTHENTICATED,
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
  STARTUP,
  SYNC,
} from './postgres-bytes.ts'
import { bytesIn, Client, recorded, replayOf, type Turn } from './talk.ts'

const LOGIN: Turn = [STARTUP, LOGGED_IN]
/** A tape whose connections say that they speak something else. */
const speaking = (tape: readonly TapeEvent[], protocol: string | undefined): readonly TapeEvent[] =>
  tape.map((event) => (event.type === 'open' ? Object.assign({}, event, { protocol }) : event))

const ask = (sql: string, answer: string): Turn => [query(sql), rows(answer)]

const steps = (id: string): readonly Turn[] => [
  LOGIN,
  ask('BEGIN', ''),
  ask(`DELETE ${id}`, ''),
  ask('COUNT', id),
  ask('COMMIT', ''),
]

const selecting = (id: string): Buffer =>
  Buffer.concat([parse('', 'SELECT name WHERE id = $1'), bind('', id), EXECUTE, SYNC])

const loggingIn = (value: string): Buffer => Buffer.concat([parse('', 'LOGIN $1'), bind('', value), EXECUTE, SYNC])

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

const publish = (id: number): Buffer => Buffer.from([0x32, 6, 0, 1, 0x61, 0, id, 0x78])

const mail = (id: string, text: string): string =>
  `Message-ID: <${id}>\r\nDate: ${id}\r\nContent-Type: multipart/mixed; boundary="--${id}"\r\n\r\n----${id}\r\n${text}\r\n----${id}--\r\n.\r\n`

test.describe('which recorded connection answers is decided by what is asked', () => {
  test('one connection asks what two had asked', async () => {
    const cassette = await recorded('postgres', { turns: [LOGIN, ask('A', '1')] }, { turns: [LOGIN, ask('B', '2')] })
    const replayer = replayOf(cassette)
    const client = await Client.of(replayer)
    expect(await client.say(STARTUP)).toEqual(LOGGED_IN)
    expect(await client.say(query('B'))).toEqual(rows('2'))
    expect(await client.say(query('A'))).toEqual(rows('1'))
    expect(replayer.allPlayed).toBe(true)
  })

  test('more connections than were recorded log in', async () => {
    const replayer = replayOf(await recorded('postgres', { turns: [LOGIN, ask('A', '1')] }))
    for (let count = 0; count < 3; count++) expect(await (await Client.of(replayer)).say(STARTUP)).toEqual(LOGGED_IN)
  })

  test('equal questions are answered in recorded order, on any connection', async () => {
    const cassette = await recorded(
      'postgres',
      { turns: [LOGIN, ask('A', '1')] },
      { turns: [LOGIN, ask('A', '2')] },
      { turns: [LOGIN, ask('A', '3')] },
    )
    const replayer = replayOf(cassette)
    const client = await Client.of(replayer)
    await client.say(STARTUP)
    for (const answer of ['1', '2', '3']) expect(await client.say(query('A'))).toEqual(rows(answer))
  })

  test('inside of a transaction what came before decides', async () => {
    const replayer = replayOf(await recorded('postgres', { turns: steps('1') }, { turns: steps('2') }))
    const client = await Client.of(replayer)
    await client.say(STARTUP)
    for (const id of ['2', '1']) {
      for (const sql of ['BEGIN', `DELETE ${id}`]) await client.say(query(sql))
      expect(await client.say(query('COUNT'))).toEqual(rows(id))
      await client.say(query('COMMIT'))
    }
  })

  test('a statement that was prepared elsewhere is prepared again', async () => {
    const said = [bind('s', '1'), EXECUTE, SYNC]
    const cassette = await recorded('postgres', {
      turns: [LOGIN, [Buffer.concat([parse('s', 'GET $1'), ...said]), Buffer.concat([PARSED, BOUND, rows('one')])]],
    })
    const replayer = replayOf(cassette)
    const other = await Client.of(replayer)
    await other.say(STARTUP)
    await other.say(Buffer.concat([parse('t', 'GET $1'), SYNC]))
    expect(await other.say(Buffer.concat([bind('t', '1'), EXECUTE, SYNC]))).toEqual(Buffer.concat([BOUND, rows('one')]))
  })
})

test.describe('what is not in the recording is a miss in the words of the protocol', () => {
  test('another parameter', async () => {
    const cassette = await recorded('postgres', {
      turns: [LOGIN, [selecting('42'), Buffer.concat([PARSED, BOUND, rows('x')])]],
    })
    const client = await Client.of(replayOf(cassette))
    await client.say(STARTUP)
    const miss = client.say(selecting('41'))
    await expect(miss).rejects.toMatchObject({ code: 'NO_MATCH' })
    await expect(miss).rejects.toThrow('Bind SELECT name WHERE id = $1 to tcp://service:1')
    await expect(miss).rejects.toThrow('parameter 1 was "41", recorded "42"')
  })

  test('another statement, and one that was played', async () => {
    const client = await Client.of(replayOf(await recorded('postgres', { turns: [LOGIN, ask('SELECT 1', '1')] })))
    await client.say(STARTUP)
    await expect(client.say(query('SELECT 2'))).rejects.toThrow('statement was SELECT 2, recorded SELECT 1')
    const other = await Client.of(replayOf(await recorded('postgres', { turns: [LOGIN, ask('SELECT 1', '1')] })))
    await other.say(STARTUP)
    await other.say(query('SELECT 1'))
    await expect(other.say(query('SELECT 1'))).rejects.toThrow('already played')
  })

  test('what nobody asked for is named', async () => {
    const replayer = replayOf(await recorded('postgres', { turns: [LOGIN, ask('A', '1'), ask('B', '2')] }))
    expect(replayer.allPlayed).toBe(false)
    const client = await Client.of(replayer)
    await client.say(STARTUP)
    await client.say(query('A'))
    expect(() => replayer.assertAllPlayed()).toThrow('Query B to tcp://service:1 (connection 1)')
  })

  test('bytes that are not the protocol', async () => {
    const client = await Client.of(replayOf(await recorded('postgres', { turns: [LOGIN] })))
    await expect(client.say('GET / HTTP/1.1\r\n\r\n')).rejects.toMatchObject({ code: 'NO_MATCH' })
  })
})

test('after an error the rest of a group is ignored, as it was', async () => {
  const said = Buffer.concat([parse('', 'GET $1'), bind('', 'bad'), EXECUTE, SYNC])
  const answer = Buffer.concat([PARSED, failure('bad input'), READY])
  const replayer = replayOf(await recorded('postgres', { turns: [LOGIN, [said, answer], ask('A', '1')] }))
  const client = await Client.of(replayer)
  await client.say(STARTUP)
  expect(await client.say(said)).toEqual(answer)
  expect(await client.say(query('A'))).toEqual(rows('1'))
  expect(replayer.allPlayed).toBe(true)
})

test.describe('passwords', () => {
  const proof = message('p', 'c=biws,r=nonce,p=the-proof-of-the-password')
  const challenge = message('R', long(11), 'r=nonce,s=the-salt,i=4096')
  const signature = message('R', long(12), 'v=the-signature')

  test('nothing that proves one is kept, however it is cut', async () => {
    const pieces = Array.from(proof, (byte): Turn => [Buffer.of(byte), ''])
    const cassette = await recorded('postgres', {
      turns: [[STARTUP, challenge], ...pieces, [Buffer.alloc(0), Buffer.concat([signature, LOGGED_IN])], ask('A', '1')],
    })
    const whole = Buffer.concat([bytesIn(cassette, 'sent'), bytesIn(cassette, 'received')]).toString('latin1')
    for (const secret of ['the-proof', 'nonce', 'the-salt', 'the-signature']) expect(whole).not.toContain(secret)
    expect(bytesIn(cassette, 'sent')).toHaveLength(STARTUP.length + proof.length + query('A').length)
  })

  test('a replay is logged in at once', async () => {
    const cassette = await recorded('postgres', {
      turns: [
        [STARTUP, challenge],
        [proof, Buffer.concat([signature, LOGGED_IN])],
      ],
    })
    expect(await (await Client.of(replayOf(cassette))).say(STARTUP)).toEqual(LOGGED_IN)
  })

  test('a login that failed fails', async () => {
    const refused = message('E', 'SFATAL\0C28P01\0Mno\0\0')
    const cassette = await recorded(
      'postgres',
      {
        turns: [
          [STARTUP, challenge],
          [proof, refused],
        ],
      },
      { turns: [LOGIN] },
    )
    const replayer = replayOf(cassette)
    expect(await (await Client.of(replayer)).say(STARTUP)).toEqual(refused)
    expect(await (await Client.of(replayer)).say(STARTUP)).toEqual(LOGGED_IN)
    expect(bytesIn(cassette, 'received').includes(AUTHENTICATED)).toBe(true)
  })

  test('what is not the protocol is not kept at all', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const cassette = await recorded('postgres', { turns: [['HELO secret-thing\r\n', 'what is secret-thing?']] })
    expect(String(bytesIn(cassette, 'sent'))).toBe('*'.repeat(19))
    expect(await warned).toMatchObject({ code: 'PROTOCOL_NOT_SPOKEN' })
  })

  test('a secret parameter keeps its length, and any value matches it', async () => {
    const cassette = await recorded('postgres', {
      turns: [LOGIN, [loggingIn('token-1234567890'), Buffer.concat([PARSED, BOUND, rows('in')])]],
    })
    const { cassette: redacted } = redactCassette(cassette, { secrets: ['token-1234567890'] })
    expect(bytesIn(redacted, 'sent').toString('latin1')).not.toContain('token-1234567890')
    expect(bytesIn(redacted, 'sent')).toHaveLength(bytesIn(cassette, 'sent').length)
    for (const value of ['token-1234567890', 'another one that is longer']) {
      const client = await Client.of(replayOf(redacted))
      await client.say(STARTUP)
      expect(await client.say(loggingIn(value))).toEqual(Buffer.concat([PARSED, BOUND, rows('in')]))
    }
  })
})

test.describe('options', () => {
  const cassette = { version: 1, recorded: { at: '', by: '', node: '' }, tape: [] } as const
  for (const [place, name] of [
    ['db', 'postgres'],
    ['db:5432/x', 'postgres'],
    ['db:5432', 'oracle'],
  ] as const)
    test(`${place}: ${name} is refused`, () => {
      const options: ReplayerOptions = JSON.parse(JSON.stringify({ protocols: { [place]: name } }))
      expect(() => replayOf(cassette, options)).toThrow(/not a host and a port|is not one of/)
    })

  test('a cassette without a name can be given one', async () => {
    const { tape, ...rest } = await recorded(
      'postgres',
      { turns: [LOGIN, ask('A', '1')] },
      { turns: [LOGIN, ask('B', '2')] },
    )
    const unnamed = speaking(tape, undefined)
    const client = await Client.of(replayOf({ ...rest, tape: unnamed }, { protocols: { 'SERVICE:1': 'postgres' } }))
    await client.say(STARTUP)
    expect(await client.say(query('B'))).toEqual(rows('2'))
  })

  test('a protocol of another release is refused by name', async () => {
    const { tape, ...rest } = await recorded('postgres', { turns: [LOGIN] })
    const other = speaking(tape, 'oracle')
    await expect(Client.of(replayOf({ ...rest, tape: other }))).rejects.toMatchObject({ code: 'CASSETTE_INVALID' })
  })
})

test.describe('redis', () => {
  test('a newer client says other things about itself', async () => {
    const cassette = await recorded('redis', {
      turns: [
        [command('CLIENT', 'SETINFO', 'LIB-VER', '1.0'), '+OK\r\n'],
        [command('AUTH', 'app', 'a-password'), '+OK\r\n'],
        [command('GET', 'a'), '$1\r\nx\r\n'],
      ],
    })
    expect(bytesIn(cassette, 'sent').toString()).not.toContain('a-password')
    const client = await Client.of(replayOf(cassette))
    expect(
      String(await client.say(command('CLIENT', 'SETINFO', 'LIB-VER', '2.0') + command('CLIENT', 'SETNAME', 'x'))),
    ).toBe('+OK\r\n+OK\r\n')
    expect(String(await client.say(command('AUTH', 'app', 'other')))).toBe('+OK\r\n')
    expect(String(await client.say(command('GET', 'a') + command('PING')))).toBe('$1\r\nx\r\n+PONG\r\n')
  })

  test('what was queued decides about EXEC', async () => {
    const multi = (key: string, value: string): readonly Turn[] => [
      [command('MULTI'), '+OK\r\n'],
      [command('INCR', key), '+QUEUED\r\n'],
      [command('EXEC'), `*1\r\n:${value}\r\n`],
    ]
    const cassette = await recorded('redis', { turns: [...multi('a', '1'), ...multi('b', '2')] })
    const client = await Client.of(replayOf(cassette))
    for (const word of ['MULTI', 'INCR b']) await client.say(command(...word.split(' ')))
    expect(String(await client.say(command('EXEC')))).toBe('*1\r\n:2\r\n')
  })
})

test('mqtt: ids are those of the client that asks', async () => {
  const cassette = await recorded('mqtt', { turns: [[publish(7), Buffer.of(0x40, 2, 0, 7)]] })
  const client = await Client.of(replayOf(cassette))
  expect(await client.say(Buffer.of(0xc0, 0))).toEqual(Buffer.of(0xd0, 0))
  expect(await client.say(publish(9))).toEqual(Buffer.of(0x40, 2, 0, 9))
  await expect(client.say(Buffer.from([0x32, 6, 0, 1, 0x61, 0, 10, 0x79]))).rejects.toThrow('payload was y, recorded x')
})

test('smtp: what is drawn for each mail is not compared, and the rest is', async () => {
  const cassette = await recorded('smtp', {
    greeting: '220 here\r\n',
    turns: [
      ['EHLO one\r\n', '250-here\r\n250 AUTH LOGIN\r\n'],
      ['AUTH LOGIN\r\n', '334 VXNlcm5hbWU6\r\n'],
      ['dXNlci1uYW1l\r\n', '334 UGFzc3dvcmQ6\r\n'],
      ['cGFzc3dvcmQtMQ==\r\n', '235 fine\r\n'],
      ['DATA\r\n', '354 go on\r\n'],
      [mail('a1', 'hello'), '250 queued\r\n'],
    ],
  })
  expect(bytesIn(cassette, 'sent').toString()).not.toContain('cGFzc3dvcmQtMQ')
  const client = await Client.of(replayOf(cassette))
  expect(String(await client.hear())).toBe('220 here\r\n')
  for (const line of ['EHLO two', 'AUTH LOGIN', 'eA==', 'eQ==', 'DATA']) await client.say(`${line}\r\n`)
  expect(String(await client.say(mail('b22', 'hello')))).toBe('250 queued\r\n')
  await client.say('DATA\r\n')
  await expect(client.say(mail('c3', 'other'))).rejects.toThrow('body was')
})
