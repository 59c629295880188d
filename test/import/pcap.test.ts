import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { importPcap, type PcapOptions } from '../../src/import/index.ts'
import { captureOf, HANDSHAKE, type MadeSegment, packetsOf, pcapOf } from '../packets/packet-maker.ts'

const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost:8080\r\n\r\n'
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const ASK: MadeSegment = { by: 'client', ack: 0, data: REQUEST }
const TELL: MadeSegment = { by: 'server', ack: REQUEST.length, data: ANSWER }

/** Events of the cassette as lines, and the notes but for what no capture has. */
async function read(
  segments: readonly MadeSegment[],
  options?: PcapOptions,
): Promise<{ readonly tape: readonly string[]; readonly notes: readonly string[] }> {
  const { cassette, notes } = await importPcap(captureOf(packetsOf(segments)), options)
  const tape = cassette.tape.map((event) => {
    if (event.type === 'open' || event.type === 'failed') return `${event.type} ${event.to}`
    if ('bytes' in event) return `${event.type} ${Buffer.from(event.bytes).toString('latin1').split('\r\n')[0]}`
    const failure = event.type === 'close' ? event.failure : undefined
    return `${event.type} by ${event.by}${failure === undefined ? '' : ` ${failure.code} ${failure.systemCode}`}`
  })
  return { tape, notes: notes.slice(1) }
}

const OPEN = ['open http://localhost:8080', 'sent GET /a HTTP/1.1', 'received HTTP/1.1 200 OK']
const [ASKED, TOLD] = [REQUEST.length, ANSWER.length]
const NAME = '127.0.0.1:50000 to 127.0.0.1:8080'

test.describe('how a connection ends', () => {
  const cases: readonly (readonly [string, readonly MadeSegment[], readonly string[]])[] = [
    ['not at all', [], []],
    [
      'the client closes, and the server follows',
      [
        { by: 'client', seq: ASKED, ack: TOLD, flags: ['FIN'] },
        { by: 'server', seq: TOLD, ack: ASKED + 1, flags: ['FIN'] },
      ],
      ['close by client'],
    ],
    [
      'the server closes, and the client follows',
      [
        { by: 'server', seq: TOLD, ack: ASKED, flags: ['FIN'] },
        { by: 'client', seq: ASKED, ack: TOLD + 1, flags: ['FIN'] },
      ],
      ['end by server', 'close by client'],
    ],
    [
      'the server resets it',
      [{ by: 'server', seq: TOLD, ack: ASKED, flags: ['RST'] }],
      ['close by server CONNECTION_LOST ECONNRESET'],
    ],
    ['the client resets it', [{ by: 'client', seq: ASKED, ack: TOLD, flags: ['RST'] }], ['close by client']],
  ]
  for (const [name, ending, lines] of cases)
    test(name, async () => {
      expect(await read([...HANDSHAKE, ASK, TELL, ...ending])).toEqual({ tape: [...OPEN, ...lines], notes: [] })
    })

  test('the client ends its side, and gets an answer after that', async () => {
    const end: MadeSegment = { by: 'client', seq: ASKED, ack: 0, flags: ['FIN'] }
    const last: MadeSegment = { by: 'server', seq: TOLD, ack: ASKED + 1, flags: ['FIN'] }
    const { tape } = await read([...HANDSHAKE, ASK, end, { ...TELL, ack: ASKED + 1 }, last])
    expect(tape).toEqual([
      'open http://localhost:8080',
      'sent GET /a HTTP/1.1',
      'end by client',
      'received HTTP/1.1 200 OK',
      'end by server',
      'close by client',
    ])
  })

  test('refused', async () => {
    const { cassette } = await importPcap(
      captureOf(
        packetsOf([
          { by: 'client', flags: ['SYN'] },
          { by: 'server', ack: 0, flags: ['RST'] },
        ]),
      ),
    )
    expect(cassette.tape).toMatchObject([
      { type: 'failed', to: 'http://127.0.0.1:8080', failure: { code: 'CONNECT_FAILED', systemCode: 'ECONNREFUSED' } },
    ])
  })
})

test.describe('what is missing', () => {
  test('ends what is taken of its connection, in both directions', async () => {
    const late: MadeSegment = { by: 'server', seq: TOLD, ack: ASKED, data: 'more' }
    const next: MadeSegment = { by: 'client', seq: ASKED, ack: TOLD + 4, data: REQUEST }
    expect(await read([...HANDSHAKE, ASK, late, next])).toEqual({
      tape: OPEN.slice(0, 2),
      notes: [`${NAME}: the capture lacks what the server sent after 0 bytes; nothing is taken from packet 5 on`],
    })
  })

  test('may be the beginning: the first request that an answer follows is taken', async () => {
    const half: MadeSegment[] = [
      { by: 'server', seq: 100, ack: 50, data: 'the rest of an answer' },
      { by: 'client', seq: 50, ack: 121, data: REQUEST },
      { by: 'server', seq: 121, ack: 50 + ASKED, data: ANSWER },
    ]
    expect(await read(half)).toEqual({
      tape: OPEN,
      notes: [`127.0.0.1:8080 to 127.0.0.1:50000: it was open before; taken from its first request on`],
    })
  })

  test('may be all of it', async () => {
    const nothing: MadeSegment[] = [{ by: 'client', seq: 1, ack: 1, data: 'x' }]
    await expect(read(nothing)).rejects.toMatchObject({
      code: 'IMPORT_INVALID',
      message: expect.stringContaining(`left out the connection ${NAME}: the capture does not have its beginning`),
    })
    const unanswered: MadeSegment[] = [{ by: 'client', flags: ['SYN'] }]
    await expect(read(unanswered)).rejects.toThrow('nobody answered it')
  })

  test('may be the keys of TLS', async () => {
    const hello: MadeSegment = { by: 'client', ack: 0, data: Uint8Array.of(0x16, 3, 1, 0, 1, 1) }
    await expect(read([...HANDSHAKE, hello])).rejects.toThrow('it is TLS, and there is no key log')
  })
})

test.describe('a packet of a whole conversation', () => {
  const [first, second] = [ANSWER.slice(0, 20), ANSWER.slice(20)]
  const conversation: readonly MadeSegment[] = [
    ...HANDSHAKE,
    ASK,
    { by: 'server', ack: ASKED, data: first },
    { by: 'server', seq: 20, ack: ASKED, data: second },
    { by: 'client', seq: ASKED, ack: TOLD },
    { by: 'client', seq: ASKED, ack: TOLD, data: REQUEST },
    { by: 'server', seq: TOLD, ack: 2 * ASKED, data: ANSWER },
    { by: 'client', seq: 2 * ASKED, ack: 2 * TOLD, flags: ['FIN'] },
    { by: 'server', seq: 2 * TOLD, ack: 2 * ASKED + 1, flags: ['FIN'] },
  ]
  const packets = packetsOf(conversation)

  /** What passed, without the segments it passed in, and what there is to say. */
  async function outcome(some: typeof packets): Promise<{ readonly text: string; readonly notes: readonly string[] }> {
    try {
      const { cassette, notes } = await importPcap(captureOf(some))
      const lines = cassette.tape.map((event) =>
        'bytes' in event ? `${event.type} ${Buffer.from(event.bytes).toString('latin1')}` : `${event.type} `,
      )
      return { text: lines.join('').replaceAll(/(?<=(sent|received) [^]*)\1 /g, ''), notes }
    } catch (error) {
      expect(error).toMatchObject({ code: 'IMPORT_INVALID' })
      return { text: '', notes: [String(error)] }
    }
  }

  for (const [what, change] of [
    ['that is gone', () => []],
    ['that has another protocol', (packet) => [{ ...packet, bytes: packet.bytes.with(9, 17) }]],
    ['that is cut off', (packet) => [{ ...packet, bytes: packet.bytes.subarray(0, -1) }]],
  ] as const satisfies readonly (readonly [string, (packet: (typeof packets)[0]) => typeof packets])[])
    test(`${what} changes nothing, or is named`, async () => {
      const whole = await outcome(packets)
      expect(whole.text).toContain('HTTP/1.1 200 OK')
      const silent: number[] = []
      for (const [place, packet] of packets.entries()) {
        const { text, notes } = await outcome(packets.toSpliced(place, 1, ...change(packet)))
        if (text !== whole.text && notes.every((note) => whole.notes.includes(note))) silent.push(place)
      }
      expect(silent).toEqual([])
    })
})

const withHost = (host: string): MadeSegment => ({ by: 'client', ack: 0, data: `GET / HTTP/1.1\r\n${host}\r\n\r\n` })

test.describe('the origin', () => {
  test('is what the client asked for, if that is at this port; else the address', async () => {
    expect((await read([...HANDSHAKE, withHost('HOST:  api.test:8080 ')])).tape[0]).toBe('open http://api.test:8080')
    expect(await read([...HANDSHAKE, withHost('Host: api.test')])).toMatchObject({
      tape: ['open http://127.0.0.1:8080', 'sent GET / HTTP/1.1'],
      notes: [`${NAME}: its first request is for "api.test", which is not at port 8080; the origin is the address`],
    })
    expect((await read([...HANDSHAKE, withHost('Host: a@b:8080/x')])).tape[0]).toBe('open http://127.0.0.1:8080')
    expect((await read([...HANDSHAKE, withHost('X-A: 1')])).tape[0]).toBe('open http://127.0.0.1:8080')
  })

  test('of what is not HTTP is taken only if asked for', async () => {
    const redis: MadeSegment = { by: 'client', ack: 0, data: '*1\r\n$4\r\nPING\r\n' }
    await expect(read([...HANDSHAKE, redis])).rejects.toThrow('it is not HTTP/1.1')
    expect((await read([...HANDSHAKE, redis], { raw: true })).tape).toEqual(['open tcp://127.0.0.1:8080', 'sent *1'])
  })
})

test('times are kept, and a compressed file is read', async () => {
  const packets = packetsOf([...HANDSHAKE, ASK, TELL]).map(({ at, bytes }, index) => ({
    at: at + index * 10.25 + 0.5,
    bytes,
  }))
  const { cassette } = await importPcap(gzipSync(pcapOf(101, packets)))
  expect(cassette.recorded.at).toBe('2026-11-22T12:00:00.000Z')
  expect(cassette.tape.map(({ at }) => at)).toEqual([0.5, 34.25, 45.5])
  expect(cassette.tape[0]).toMatchObject({ took: 11.25 })
})

test('options that do not exist are refused', async () => {
  await expect(importPcap(new Uint8Array(0), Object({ keylog: '' }))).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
})
