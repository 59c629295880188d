import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import * as fc from 'fast-check'
import { decodeCassette } from '../../src/format/decode.ts'
import { toPcap } from '../../src/generate/index.ts'
import { importPcap } from '../../src/import/index.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { readConnections } from '../../src/packets/read-connections.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { oneConnection, request, TapeWriter } from '../helpers/tape.ts'
import { NO_TSHARK } from '../helpers/tcpdump.ts'
import { captureOf, packetsIn } from '../packets/packet-maker.ts'
import { randomCassettes } from './random-cassettes.ts'

const readable = decodeCassette(
  readFileSync(new URL('../../fixtures/cassettes/readable.yaml', import.meta.url), 'utf8'),
)

/** The tape without what a capture shows in another way: numbers of ports and what a socket reported. */
const comparable = ({ tape }: Cassette): readonly unknown[] =>
  tape.map((event) => {
    const at = { connection: event.connection, type: event.type, at: Math.round(event.at * 1000) }
    if ('bytes' in event) return { ...at, bytes: Buffer.from(event.bytes).toString('latin1') }
    if (event.type === 'open') return { ...at, to: event.to, took: event.took, tls: event.tls }
    return event.type === 'failed' ? { ...at, code: event.failure.code } : { ...at, by: event.by }
  })

/** Times of a cassette that begins at once, as one that was imported does. */
const sinceFirst = (cassette: Cassette): Cassette => {
  const first = Math.floor(cassette.tape[0]?.at ?? 0)
  return {
    ...cassette,
    tape: cassette.tape.map((event): TapeEvent => Object.assign({}, event, { at: event.at - first })),
  }
}

test('a capture of a cassette gives the cassette back, its times and origins too', async () => {
  const { cassette } = await importPcap(toPcap(readable))
  expect(comparable(cassette)).toEqual(comparable(sinceFirst(readable)))
})

test('each origin has an address and a port, names that the file names, and each connection a port of its client', () => {
  const tape = new TapeWriter()
  const origins = [
    'http://127.0.0.1:8080',
    'http://localhost',
    'http://[::1]:81',
    'https://[2001:db8::7]',
    'http://10.0.0.1',
    'https://a.test',
    'http://b.test:444',
    'https://a.test:8443',
  ]
  for (const to of origins) tape.open(to).sent('x')
  const { connections, names } = readConnections(toPcap(tape.cassette))
  expect(
    connections.map(({ client, server }) => `${client.address} ${client.port} to ${server.address} ${server.port}`),
  ).toEqual([
    '127.0.0.1 49152 to 127.0.0.1 8080',
    '127.0.0.1 49153 to 127.0.0.1 80',
    '::1 49154 to ::1 81',
    '2001:db8::1 49155 to 2001:db8::7 80',
    '198.19.0.1 49156 to 10.0.0.1 80',
    '198.19.0.1 49157 to 198.18.0.1 80',
    '198.19.0.1 49158 to 198.18.0.2 444',
    '198.19.0.1 49159 to 198.18.0.1 8443',
  ])
  expect(names).toEqual(
    new Map([
      ['198.18.0.1', 'a.test'],
      ['198.18.0.2', 'b.test'],
    ]),
  )
})

test('many names get addresses of the whole network', () => {
  const tape = new TapeWriter()
  for (let number = 1; number <= 257; number += 1) tape.open(`http://${number}.test`)
  const { names } = readConnections(toPcap(tape.cassette))
  expect([...names].slice(-3)).toEqual([
    ['198.18.0.255', '255.test'],
    ['198.18.1.0', '256.test'],
    ['198.18.1.1', '257.test'],
  ])
})

test('a segment that no packet holds is cut', async () => {
  const long = Buffer.alloc(200_000, 'abcdefg')
  const cassette = oneConnection('http://api.test', (it) => it.sent(request('GET', '/')).received(long).ended('server'))
  const { cassette: back } = await importPcap(toPcap(cassette))
  const received = back.tape.flatMap((event) => (event.type === 'received' ? [Buffer.from(event.bytes)] : []))
  expect(received.length).toBe(4)
  expect(Buffer.concat(received).equals(long)).toBe(true)
})

test('a network that repeats and reorders packets changes nothing of the bytes', async () => {
  const cassettes = randomCassettes(7, countOf(8, 200))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...cassettes),
      fc.array(fc.nat(3), { minLength: 5, maxLength: 40 }),
      async ({ cassette }, moves) => {
        const packets = packetsIn(toPcap(cassette))
        // Each packet comes up to three places later, and some come twice. The handshake stays: before it nobody listens.
        const moved = packets
          .flatMap((packet, place) => {
            const late = place < 3 ? 0 : (moves[place % moves.length] ?? 0)
            return late === 3
              ? [
                  { packet, place },
                  { packet, place: place + 1.5 },
                ]
              : [{ packet, place: place + late }]
          })
          .toSorted((one, other) => one.place - other.place)
        const { cassette: back } = await importPcap(captureOf(moved.map(({ packet }) => packet)))
        for (const type of ['sent', 'received']) expectEqual(bytesOf(back, type), bytesOf(cassette, type), type)
      },
    ),
    { numRuns: countOf(12, 500) },
  )
})

const bytesOf = ({ tape }: Cassette, type: string): string =>
  Buffer.concat(tape.flatMap((event) => (event.type === type && 'bytes' in event ? [event.bytes] : []))).toString(
    'latin1',
  )

const tshark = (file: Uint8Array, ...args: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-tshark-'))
  try {
    const path = join(folder, 'capture.pcapng')
    writeFileSync(path, file)
    const { stdout, stderr, status } = spawnSync('tshark', ['-r', path, ...args], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
    expect(status, stderr).toBe(0)
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '')

const manyRequests = (): Cassette => {
  const tape = new TapeWriter()
  for (const to of ['http://api.test', 'https://[2001:db8::7]', 'http://127.0.0.1:80']) {
    const connection = tape.open(to)
    for (let place = 0; place < 5; place += 1)
      connection
        .sent(request('POST', `/${place}?a=%20`, 'x'.repeat(place * 30_000)))
        .received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '3\r\nabc\r\n', '0\r\n\r\n')
    connection.closed('client')
  }
  return tape.cassette
}

test.describe('Wireshark', () => {
  test.skip(NO_TSHARK !== undefined, NO_TSHARK)

  test('lists the same requests and statuses', () => {
    const cassette = manyRequests()
    const { exchanges } = readExchanges(cassette)
    const file = toPcap(cassette)
    const requests = tshark(
      file,
      '-Y',
      'http.request',
      '-T',
      'fields',
      '-e',
      'http.request.method',
      '-e',
      'http.request.uri',
    )
    expect(linesOf(requests)).toEqual(exchanges.map(({ request: { method, target } }) => `${method}\t${target}`))
    const answers = tshark(file, '-Y', 'http.response', '-T', 'fields', '-e', 'http.response.code')
    expect(linesOf(answers)).toEqual(exchanges.map(({ response }) => String(response?.status)))
  })

  test('follows the same bytes, in both directions', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const cassette = manyRequests()
    const file = toPcap(cassette)
    for (const stream of [0, 1, 2]) {
      const lines = linesOf(tshark(file, '-q', '-z', `follow,tcp,raw,${stream}`)).filter((line) =>
        /^\t?[\da-f]+$/.test(line),
      )
      const bytes = (isServer: boolean): string =>
        lines
          .filter((line) => line.startsWith('\t') === isServer)
          .map((line) => line.trim())
          .join('')
      const tape = { ...cassette, tape: cassette.tape.filter(({ connection }) => connection === stream + 1) }
      const hex = (type: string): string => Buffer.from(bytesOf(tape, type), 'latin1').toString('hex')
      expect(bytes(false)).toBe(hex('sent'))
      expect(bytes(true)).toBe(hex('received'))
    }
  })

  test('finds nothing wrong: checksums, sequence numbers, lengths', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    for (const cassette of [readable, manyRequests(), ...randomCassettes(3, 3).map((one) => one.cassette)]) {
      const found = tshark(
        toPcap(cassette),
        '-o',
        'tcp.check_checksum:TRUE',
        '-o',
        'ip.check_checksum:TRUE',
        '-Y',
        'tcp.analysis.flags || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad" || _ws.malformed',
      )
      expect(found).toBe('')
    }
  })

  test('shows names, origins, and how a connection failed', () => {
    const file = toPcap(readable)
    const comments = linesOf(tshark(file, '-Y', 'frame.comment', '-T', 'fields', '-e', 'frame.comment'))
    expect(comments).toEqual([
      'wiretape: open https://api.example.com TLSv1.3 http/1.1 verified',
      'wiretape: failed http://localhost:1 CONNECT_FAILED: connect ECONNREFUSED 127.0.0.1:1',
      'wiretape: open http://localhost:8080',
      'CONNECTION_LOST: read ECONNRESET',
    ])
    expect(linesOf(tshark(file, '-N', 'n', '-c', '1', '-T', 'fields', '-e', 'ip.dst_host'))).toEqual([
      'api.example.com',
    ])
  })
})
