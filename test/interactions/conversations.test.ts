import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { WireRequest } from '../../src/interactions/request-reader.ts'
import { ConnectionError } from '../../src/errors.ts'
import type { Transport } from '../../src/transport.ts'
import { Conversations, interactionsOf } from '../../src/interactions/conversations.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { Random } from '../../scripts/fuzz/random.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'

test.describe('Conversations', () => {
  test('give the requests of connections that overlap in the order in which they were sent', () => {
    for (const { cassette, targets } of OVERLAPPING) {
      const interactions = interactionsOf(cassette)
      expect(interactions.map(({ index, request: { target } }) => [index, target])).toEqual([...targets.entries()])
    }
  })

  test('give no request before those that were sent before it, however far they are read', () => {
    for (const { cassette, targets } of OVERLAPPING) {
      const conversations = new Conversations(cassette)
      const read: string[][] = []
      while (conversations.readOn()) read.push(conversations.interactionsRead.map(({ request: { target } }) => target))
      expect(read).toEqual(read.map(({ length }) => targets.slice(0, length)))
      expect(read.at(-1)).toEqual(targets)
    }
  })

  test('know the place of every request on a connection, whichever is asked for first', () => {
    for (const { cassette, targets } of OVERLAPPING) {
      const conversations = new Conversations(cassette)
      const found = conversations.connections
        .toReversed()
        .flatMap(({ number }) => conversations.interactionsOn(number))
        .map(({ index, request: { target } }) => [index, target] as const)
      expect(found.toSorted(([one], [other]) => one - other)).toEqual([...targets.entries()])
    }
  })

  test('are read no further than the first request takes', async () => {
    const looked: number[] = []
    const replayer = new Replayer(watched(oneByOne(64), looked))
    expect(looked).toEqual([])
    await using connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
    await connection.request('GET', '/3')
    await (await connection.getResponse()).bytes()
    expect(new Set(looked)).toEqual(new Set([1, 2, 3, 4]))
    expect(replayer.unplayed).toHaveLength(63)
    expect(new Set(looked).size).toBe(64)
  })

  test('are searched to their end by a matcher that looks at what was not played', async () => {
    const tape = new TapeWriter()
    for (let number = 0; number < 8; number += 1)
      tape
        .open('http://api.test')
        .sent(request('GET', '/a', '', [`X-Place: ${number}`]))
        .received(answer(`${number}`))
    const replayer: Replayer = new Replayer(tape.cassette, {
      matchOn: [
        'url',
        (asked, { request: recorded }) =>
          replayer.unplayed.length === 8 && placeOf(asked) === placeOf(recorded) ? true : 'another place',
      ],
    })
    await using connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
    await connection.request('GET', '/a', { headers: { 'X-Place': '6' } })
    expect(await (await connection.getResponse()).text()).toBe('6')
  })

  test('that turn out to be broken leave no read behind that never ends', async () => {
    const broken = new Error('it cannot be decoded')
    const transport = await playedTo(request('GET', '/a'), brokenOnAnotherConnection(broken))
    const read = transport.read()
    const timeout = new ConnectionError('HEADERS_TIMEOUT', 'headers', '30 ms')
    transport.destroy(timeout)
    await expect(read).rejects.toBe(timeout)
    expect(timeout.cause).toBe(broken)
  })
})

const placeOf = ({ fields }: WireRequest): string | undefined => fields.find(({ name }) => name === 'X-Place')?.value

/** A transport of a replay, to which so much was written. */
async function playedTo(written: string, cassette: Cassette): Promise<Transport> {
  const replayer = new Replayer(cassette)
  const transport = await replayer.connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  await transport.write(Buffer.from(written))
  return transport
}

/** Two pipelined requests, and the same on another connection, whose answers cannot be decoded. */
function brokenOnAnotherConnection(error: Error): Cassette {
  const tape = new TapeWriter()
  for (const host of ['api', 'other'])
    tape
      .open(`http://${host}.test`)
      .sent(request('GET', '/a') + request('GET', '/b'))
      .received(answer('both'))
  const { cassette } = tape
  return {
    ...cassette,
    tape: cassette.tape.map((event) =>
      event.type === 'received' && event.connection === 2
        ? Object.defineProperty({ ...event }, 'bytes', {
            get() {
              throw error
            },
          })
        : event,
    ),
  }
}

/** Connections that are opened, used and closed in any order, and what was asked for. */
function overlapping(seed: number): { readonly cassette: Cassette; readonly targets: readonly string[] } {
  const random = new Random(seed, 0)
  const tape = new TapeWriter()
  const open: ConnectionWriter[] = []
  const halves = new Map<ConnectionWriter, string>()
  const targets: string[] = []
  for (let step = 0; step < 60; step += 1) {
    if (open.length === 0 || random.chance(1, 6)) open.push(tape.open('http://api.test'))
    const place = random.below(open.length)
    const connection = open[place]
    if (connection === undefined) continue
    const target = halves.get(connection) ?? `/${step}`
    if (!halves.has(connection) && random.chance(1, 3)) {
      // A head in two writes counts when it is whole; what others send comes in between.
      connection.sent(`GET ${target} HTTP/1.1\r\n`)
      halves.set(connection, target)
      continue
    }
    connection.sent(halves.delete(connection) ? 'Host: api.test\r\n\r\n' : request('GET', target))
    connection.received(answer(target))
    targets.push(target)
    if (random.chance(1, 10)) open.splice(place, 1)[0]?.closed('client')
  }
  return { cassette: tape.cassette, targets }
}

const OVERLAPPING = Array.from({ length: 200 }, (_, seed) => overlapping(seed))

/** Connections one after the other, of one request each. */
function oneByOne(count: number): Cassette {
  const tape = new TapeWriter()
  for (let number = 0; number < count; number += 1)
    tape
      .open('http://api.test')
      .sent(request('GET', `/${number}`))
      .received(answer('{}'))
      .closed('client')
  return tape.cassette
}

/** The cassette, where it is noted of which connections a request is read. */
function watched(cassette: Cassette, looked: number[]): Cassette {
  const tape = cassette.tape.map((event) => {
    if (event.type !== 'sent') return event
    const { bytes, ...others } = event
    return {
      ...others,
      get bytes() {
        looked.push(event.connection)
        return bytes
      },
    }
  })
  return { ...cassette, tape }
}
