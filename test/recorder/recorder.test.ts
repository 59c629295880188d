import { expect, test } from '@playwright/test'
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

test.describe('a client that tells where answers end', () => {
  test('has each answer written before it hears of the end', async () => {
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

  test('has answers that came in one segment written together, with the place where one ended', async () => {
    const { transport, records, events, send, hear } = await record(true)
    for (const target of ['/1', '/2', '/3']) send(request('GET', target))
    await hear(ONE + ONE + ONE.slice(0, 9))
    transport.answered?.(ONE.length)
    transport.answered?.(2 * ONE.length)
    expect(records).toEqual([])
    await hear(ONE.slice(9))
    transport.answered?.(3 * ONE.length)
    expect(records).toEqual(['open sent sent sent received received'])
    expect(events.map((event) => ('ends' in event ? event.ends : undefined))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      [ONE.length, 2 * ONE.length],
      undefined,
    ])
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

test.describe('a client that tells nothing', () => {
  test('has an answer written when it asks for the next one', async () => {
    const { records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear(ONE)
    send(request('GET', '/2'))
    expect(records).toEqual(['open sent received'])
  })

  test('has an answer written when it has been silent, but none that is not whole', async () => {
    const { recorder, records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear(ONE)
    await expect.poll(() => records).toEqual(['open sent received'])
    send(request('GET', '/2'))
    await hear(ONE.slice(0, -1))
    send(request('GET', '/3'))
    expect(records).toHaveLength(1)
    recorder.flush()
    expect(records).toEqual(['open sent received', 'sent received sent'])
  })

  test('has everything written with the close', async () => {
    const { transport, records, send, hear } = await record(false)
    send(request('GET', '/1'))
    await hear('HTTP/1.1 200 OK\r\n')
    transport.destroy()
    expect(records).toEqual(['open sent received close'])
  })
})

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

test('a recorder without a sink keeps all in memory, and goes on behind what it is added to', async () => {
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
