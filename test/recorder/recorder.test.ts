import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import type { WireRequest } from '../../src/interactions/request-reader.ts'
import { Recorder, type RecorderOptions } from '../../src/recorder/recorder.ts'
import type { Transport } from '../../src/transport.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, request } from '../helpers/tape.ts'

interface Recorded {
  readonly transport: Transport
  readonly peer: ScriptedTransport
  readonly recorder: Recorder
  /** The types of the events of each record so far. */
  readonly records: string[]
  readonly events: TapeEvent[]
  /** The client sends. */
  readonly send: (text: string) => void
  /** Reads a segment that the server says now. */
  readonly hear: (text: string) => Promise<void>
}

async function record(tellsAnswers: boolean, options: RecorderOptions = {}): Promise<Recorded> {
  const peer = new ScriptedTransport()
  const records: string[] = []
  const events: TapeEvent[] = []
  const recorder = new Recorder({
    ...options,
    sink: (written) => {
      records.push(written.map(({ type }) => type).join(' '))
      events.push(...written)
    },
  })
  const connect = recorder.wrap(async () => peer)
  const transport = await connect({ protocol: 'http', host: 'api.test', port: 80 }, { tellsAnswers })
  const hear = async (text: string): Promise<void> => {
    peer.say(text)
    await transport.read()
  }
  const send = (text: string): void => void transport.write(Buffer.from(text))
  return { transport, peer, recorder, records, events, send, hear }
}

const ONE = answer('one')

test('what client and server do with their buffers later is not recorded', async () => {
  const { transport, peer, events } = await record(true)
  const sent = Buffer.from(request('GET', '/1'))
  void transport.write(sent)
  sent.fill('x')
  peer.say(Buffer.from(ONE))
  const received = await transport.read()
  received?.fill(0)
  transport.answered?.(ONE.length)
  const bytes = events.flatMap((event) => ('bytes' in event ? [Buffer.from(event.bytes).toString()] : []))
  expect(bytes).toEqual([request('GET', '/1'), ONE])
})

test('an answer is written as soon as the client has read it to its end, before anything else happens', async () => {
  const peer = new ScriptedTransport()
  let heard = ''
  const sink = (events: readonly TapeEvent[]): void => {
    for (const event of events) if (event.type === 'received') heard += Buffer.from(event.bytes).toString('latin1')
  }
  const connector = new Recorder({ sink }).wrap(async () => peer)
  const connection = new HttpConnection({ host: 'api.test', connector, timeouts: null })
  for (const [index, target] of ['/1', '/2', '/3'].entries()) {
    await connection.request('GET', target)
    peer.say(ONE.slice(0, 20), ONE.slice(20))
    expect(await (await connection.getResponse()).text()).toBe('one')
    expect(heard).toBe(ONE.repeat(index + 1))
  }
  // Of two answers in one segment the first one does not wait for the second to be read.
  await connection.request('GET', '/4')
  await connection.request('GET', '/5')
  peer.say(ONE + ONE.slice(0, 9))
  expect(await (await connection.getResponse()).text()).toBe('one')
  expect(heard.startsWith(ONE.repeat(4))).toBe(true)
  await connection.close()
})

test.describe('a client that reports where responses end', () => {
  test('has each response written before it sees its end', async () => {
    const { transport, records, send, hear } = await record(true)
    send(request('GET', '/1'))
    await hear(ONE.slice(0, 20))
    await hear(ONE.slice(20))
    expect(records).toEqual([])
    transport.answered?.(ONE.length)
    expect(records).toEqual(['open sent received received'])
    send(request('GET', '/2'))
    await hear(ONE)
    transport.answered?.(2 * ONE.length)
    transport.destroy()
    expect(records).toEqual(['open sent received received', 'sent received', 'close'])
  })

  test('has whole answers that came in one segment written together, without the beginning of the next one', async () => {
    const { transport, records, events, send, hear } = await record(true)
    for (const target of ['/1', '/2', '/3', '/4']) send(request('GET', target))
    await hear(ONE + ONE + ONE.slice(0, 9))
    transport.answered?.(ONE.length)
    transport.answered?.(2 * ONE.length)
    expect(records).toEqual([])
    // Who waits for the answers hears of them later.
    await Promise.resolve()
    expect(records).toEqual(['open sent sent sent sent received'])
    await hear(ONE.slice(9) + ONE)
    transport.answered?.(3 * ONE.length)
    transport.answered?.(4 * ONE.length)
    expect(records).toEqual(['open sent sent sent sent received', 'received received'])
    expect(heard(events)).toEqual([
      [ONE + ONE, [ONE.length]],
      [ONE.slice(0, 9)],
      [ONE.slice(9) + ONE, [ONE.length - 9]],
    ])
    const [, , , , , whole, begun] = events
    expect(begun?.at).toBe(whole?.at)
  })

  test('has two answers written together that came whole in one segment', async () => {
    const { transport, records, events, send, hear } = await record(true)
    for (const target of ['/1', '/2']) send(request('GET', target))
    await hear(ONE + ONE)
    transport.answered?.(ONE.length)
    transport.answered?.(2 * ONE.length)
    expect(records).toEqual(['open sent sent received'])
    await Promise.resolve()
    expect(records).toHaveLength(1)
    expect(heard(events)).toEqual([[ONE + ONE, [ONE.length]]])
  })

  test('has what it does with an upgraded connection written when that is silent', async () => {
    const { transport, records, send, hear } = await record(true)
    send('GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n')
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'
    await hear(head)
    transport.answered?.(head.length)
    send('\x01\x02')
    await hear('\x03\x04')
    await expect.poll(() => records).toEqual(['open sent received', 'sent received'])
  })
})

test.describe('a client that does not report where responses end', () => {
  test('has an answer written before it gets its last byte, but none that is not whole', async () => {
    const { recorder, records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear(ONE.slice(0, -1))
    expect(records).toEqual([])
    await hear(ONE.slice(-1))
    expect(records).toEqual(['open sent received received'])
    send(request('GET', '/2'))
    await hear(ONE.slice(0, -1))
    send(request('GET', '/3'))
    expect(records).toHaveLength(1)
    recorder.flush()
    expect(records).toEqual(['open sent received received', 'sent received sent'])
  })

  test('has what is whole in a segment written, without the beginning of the next answer', async () => {
    const { records, events, send, hear } = await record(false)
    for (const target of ['/1', '/2', '/3']) send(request('GET', target))
    await hear(ONE + ONE + ONE.slice(0, 9))
    expect(records).toEqual(['open sent sent sent received'])
    await hear(ONE.slice(9) + ONE.slice(0, 5))
    await hear(ONE.slice(5))
    expect(records).toEqual(['open sent sent sent received', 'received received', 'received received'])
    expect(heard(events).map(([text]) => text)).toEqual([
      ONE + ONE,
      ONE.slice(0, 9),
      ONE.slice(9),
      ONE.slice(0, 5),
      ONE.slice(5),
    ])
  })

  for (const [name, method, said] of [
    ['without a body', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'],
    ['in chunks', 'GET', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
    ['behind an interim one', 'GET', 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'],
  ] as const) {
    test(`has an answer ${name} written with its last byte, however it is cut`, async () => {
      for (let cut = 1; cut < said.length; cut += 1) {
        const { records, send, hear } = await record(false)
        send(request(method, '/1'))
        await hear(said.slice(0, cut))
        expect(records).toEqual([])
        await hear(said.slice(cut))
        expect(records).toEqual(['open sent received received'])
      }
    })
  }

  test('has an answer that only the end of the connection ends written before it hears of that', async () => {
    const { transport, peer, records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear('HTTP/1.1 200 OK\r\n\r\nall')
    transport.end()
    expect(records).toEqual([])
    peer.hangUp()
    expect(await transport.read()).toBeNull()
    expect(records).toEqual(['open sent received end end'])
  })

  test('has bytes that are not HTTP written when it sends again, or is silent', async () => {
    const { records, send, hear } = await record(false)
    send('PING\r\n')
    await hear('+PONG\r\n')
    expect(records).toEqual([])
    send('PING\r\n')
    expect(records).toEqual(['open sent received'])
    await hear('+PONG\r\n')
    await expect.poll(() => records).toEqual(['open sent received', 'sent received'])
  })

  test('has everything written when it closes', async () => {
    const { transport, records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear('HTTP/1.1 200 OK\r\n')
    transport.destroy()
    expect(records).toEqual(['open sent received close'])
  })
})

/** The text of each segment that came, with the places where answers end within it. */
const heard = (events: readonly TapeEvent[]): readonly (readonly [string, (readonly number[])?])[] =>
  events.flatMap((event) =>
    event.type === 'received'
      ? [event.ends === undefined ? [latin1(event.bytes)] : [latin1(event.bytes), event.ends]]
      : [],
  )

const isUnwanted = ({ target }: WireRequest): boolean => target === '/x'

test.describe('isUnwanted', () => {
  test('ends the record of a connection before the first such request, whose predecessors stay', async () => {
    const { transport, records, send, hear } = await record(true, { isUnwanted })
    send(request('GET', '/1'))
    await hear(ONE)
    transport.answered?.(ONE.length)
    send(request('GET', '/x'))
    await hear(ONE)
    transport.answered?.(2 * ONE.length)
    transport.destroy()
    expect(records).toEqual(['open sent received'])
  })

  test('leaves out all that comes on the connection behind one', async () => {
    const { transport, recorder, records, send, hear } = await record(true, { isUnwanted })
    send(request('GET', '/x'))
    await hear(ONE)
    transport.answered?.(ONE.length)
    send(request('GET', '/1'))
    await hear(ONE)
    transport.answered?.(2 * ONE.length)
    transport.destroy()
    recorder.flush()
    expect([records, recorder.cassette.tape]).toEqual([[], []])
  })

  test('leaves out a connection that begins with one', async () => {
    const { transport, recorder, records, send } = await record(true, { isUnwanted })
    send(request('GET', '/x'))
    transport.destroy()
    recorder.flush()
    expect(records).toEqual([])
  })

  test('leaves out what is pipelined with one, however it is cut', async () => {
    const { transport, records, send, hear } = await record(true, { isUnwanted })
    const next = request('GET', '/x')
    send(request('GET', '/1') + next.slice(0, 10))
    await hear(ONE)
    transport.answered?.(ONE.length)
    send(next.slice(10))
    transport.destroy()
    expect(records).toEqual([])
  })
})

test('a recorder without a sink keeps everything in memory, and continues the tape that it adds to', async () => {
  const before: TapeEvent = { type: 'end', connection: 4, at: 70, by: 'server' }
  const recorder = new Recorder({ now: () => 1000, after: [before] })
  const connect = recorder.wrap(async () => new ScriptedTransport().say(ONE))
  const transport = await connect({ protocol: 'http', host: 'api.test', port: 80 }, {})
  await transport.read()
  expect(recorder.cassette.tape).toMatchObject([
    { type: 'open', connection: 5, at: 70 },
    { type: 'received', connection: 5, at: 70 },
  ])
})

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
