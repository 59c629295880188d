import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { readConnections } from '../../src/packets/read-connections.ts'
import type { TcpConnection } from '../../src/packets/tcp-connections.ts'
import { countOf } from '../helpers/share.ts'
import { captureOf, HANDSHAKE, type MadeSegment, packetsOf } from './packet-maker.ts'

const connectionOf = (segments: readonly MadeSegment[]): TcpConnection => {
  const [connection] = readConnections(captureOf(packetsOf(segments))).connections
  if (connection === undefined) throw new Error('no connection')
  return connection
}

const sentBy = (side: 'client' | 'server', { events }: TcpConnection): string =>
  events
    .map((event) => (event.type === 'bytes' && event.by === side ? Buffer.from(event.bytes).toString('latin1') : ''))
    .join('')

const WORDS = 'a text that is long enough to be cut into several segments'

/** Segments that hold all of a text, some of it several times, in any order. */
const anyCuts = fc
  .array(fc.tuple(fc.nat(WORDS.length - 1), fc.integer({ min: 1, max: 20 })), { maxLength: 12 })
  .chain((extra) => {
    const whole: readonly (readonly [number, number])[] = [
      [0, 20],
      [20, 20],
      [40, WORDS.length - 40],
    ]
    return fc.shuffledSubarray([...whole, ...extra], { minLength: whole.length + extra.length })
  })

const segmentsOf = (cuts: readonly (readonly [number, number])[]): MadeSegment[] =>
  cuts.map(([from, length]) => ({ by: 'client', seq: from, ack: 0, data: WORDS.slice(from, from + length) }))

test('segments in any order, with any overlaps, give the bytes that were sent', () => {
  fc.assert(
    fc.property(anyCuts, (cuts) => {
      const connection = connectionOf([...HANDSHAKE, ...segmentsOf(cuts)])
      return sentBy('client', connection) === WORDS && connection.gaps.length === 0 && connection.differing.length === 0
    }),
    { numRuns: countOf(200, 2000) },
  )
})

test('without one of them, the bytes before it are there, and the gap is named', () => {
  fc.assert(
    fc.property(fc.nat(WORDS.length - 2), fc.integer({ min: 1, max: 10 }), (from, length) => {
      const end = Math.min(WORDS.length - 1, from + length)
      const rest = segmentsOf([
        [0, from],
        [end, WORDS.length - end],
      ])
      const connection = connectionOf([...HANDSHAKE, ...rest])
      return sentBy('client', connection) === WORDS.slice(0, from) && connection.gaps[0]?.offset === from
    }),
    { numRuns: countOf(100, 1000) },
  )
})

test('bytes that come again and differ are named, and the first are kept', () => {
  const again: MadeSegment = { by: 'client', seq: 5, ack: 0, data: 'XX' }
  const connection = connectionOf([...HANDSHAKE, ...segmentsOf([[0, 20]]), again])
  expect(sentBy('client', connection)).toBe(WORDS.slice(0, 20))
  expect(connection.differing).toEqual([5])
})

test('a keep-alive is not data', () => {
  const alive: MadeSegment = { by: 'client', seq: 19, ack: 0, data: '\0' }
  expect(connectionOf([...HANDSHAKE, ...segmentsOf([[0, 20]]), alive]).differing).toEqual([])
})

test('what the other side acknowledges and nobody has seen is a gap', () => {
  const ack: MadeSegment = { by: 'server', ack: 30 }
  expect(connectionOf([...HANDSHAKE, ...segmentsOf([[0, 20]]), ack]).gaps).toMatchObject([{ by: 'client', offset: 20 }])
})

test('an end that is acknowledged is none', () => {
  const ending: MadeSegment[] = [
    { by: 'client', seq: 20, ack: 0, flags: ['FIN'] },
    { by: 'server', ack: 21 },
  ]
  const connection = connectionOf([...HANDSHAKE, ...segmentsOf([[0, 20]]), ...ending])
  expect(connection.gaps).toEqual([])
  expect(connection.events.at(-1)).toMatchObject({ type: 'end', by: 'client' })
})

test('a packet that was cut off when it was captured leaves a gap', () => {
  const cut: MadeSegment = { by: 'client', ack: 0, data: WORDS, kept: 9 }
  const connection = connectionOf([...HANDSHAKE, cut, { by: 'client', seq: WORDS.length, ack: 0, data: 'more' }])
  expect(sentBy('client', connection)).toBe(WORDS.slice(0, 9))
  expect(connection.gaps).toMatchObject([{ by: 'client', offset: 9 }])
})

test('ports that are used again are another connection; a first packet that comes twice is not', () => {
  const [syn, ...rest] = packetsOf(HANDSHAKE)
  if (syn === undefined) throw new Error('no packet')
  const again = Buffer.from(syn.bytes)
  again.writeUInt32BE(7, 24)
  const file = captureOf([syn, syn, ...rest, { at: syn.at + 10, bytes: again }])
  expect(readConnections(file).connections).toHaveLength(2)
})
