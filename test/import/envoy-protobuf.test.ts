import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import protobuf from 'protobufjs'
import { importEnvoyTap } from '../../src/import/index.ts'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'
import { ENVOY_TAP } from './envoy-tap.proto.ts'
import { SAMPLES } from './samples.ts'

const [http, sockets] = SAMPLES.filter(({ name }) => name.startsWith('Envoy')).map(({ file }) => Object(file))

const Trace = protobuf.parse(ENVOY_TAP, { keepCase: true }).root.lookupType('TraceWrapper')

/** A trace of the samples, or a part of one, as Envoy writes it in binary. */
function encoded(trace: object): Uint8Array {
  const value: object = JSON.parse(JSON.stringify(trace), (key, member: unknown) => {
    if (key === 'protocol') return 0
    if (/time(?:stamp)?$/.test(key)) return timestamp(String(member))
    return key === 'as_bytes' ? Buffer.from(String(member), 'base64') : member
  })
  return Trace.encode(Trace.fromObject(value)).finish()
}

const timestamp = (text: string): object => ({
  seconds: Math.floor(Date.parse(text) / 1000),
  nanos: (Date.parse(text) % 1000) * 1_000_000,
})

/** Each after its length, as `PROTO_BINARY_LENGTH_DELIMITED` has them. */
const delimited = (traces: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(traces.flatMap((trace) => [protobuf.Writer.create().uint32(trace.length).finish(), trace]))

test.describe('a tap of Envoy in protobuf', () => {
  for (const [name, trace] of [
    ['HTTP', http],
    ['sockets', sockets],
  ] as const)
    test(`of ${name} gives the cassette and the notes that its JSON gives`, () => {
      const wanted = importEnvoyTap(JSON.stringify(trace))
      expect(wanted.cassette.tape.length).toBeGreaterThan(2)
      expect(importEnvoyTap(encoded(trace))).toEqual(wanted)
      expect(importEnvoyTap(delimited([encoded(trace)]))).toEqual(wanted)
    })

  test('may have several traces, and streamed ones', () => {
    const { request, response } = http.http_buffered_trace
    const segments = [
      { request_headers: { headers: request.headers } },
      { request_body_chunk: { as_bytes: 'dGU=' } },
      { request_body_chunk: { as_string: 'a' } },
      { response_headers: { headers: response.headers } },
      { response_body_chunk: { as_bytes: 'b2s=' } },
    ].map((piece) => ({ http_streamed_trace_segment: { trace_id: 300, ...piece } }))
    const { connection, events } = sockets.socket_buffered_trace
    const socket = [{ connection }, ...events.map((event: unknown) => ({ event }))].map((piece: object) => ({
      socket_streamed_trace_segment: { trace_id: 2, ...piece },
    }))
    const all = [http, ...segments, ...socket]
    const { cassette } = importEnvoyTap(delimited(all.map(encoded)))
    expect(cassette).toEqual(importEnvoyTap(all.map((one) => JSON.stringify(one)).join('\n')).cassette)
    expect(readExchanges(cassette).exchanges).toHaveLength(3)
  })

  test('that begins as JSON does is read all the same', () => {
    for (const length of [91, 123]) {
      const trace = structuredClone(http)
      trace.http_buffered_trace.response = { headers: [{ key: ':status', value: '200' }], trailers: [], body: {} }
      trace.http_buffered_trace.request = {
        headers: trace.http_buffered_trace.request.headers.slice(0, 3),
        trailers: [],
      }
      const missing = length + 2 - encoded(trace).length
      trace.http_buffered_trace.response.body = { as_bytes: Buffer.alloc(missing - 2, 'x').toString('base64') }
      const bytes = encoded(trace)
      expect([bytes[0], bytes[1]]).toEqual([10, length])
      expect(readExchanges(importEnvoyTap(bytes).cassette).exchanges).toHaveLength(1)
    }
  })

  test('has fields that nobody knows: they are named', () => {
    const trace = structuredClone(http)
    trace.http_buffered_trace.response.unknown = 5
    const socket = structuredClone(sockets)
    socket.socket_buffered_trace.events[1].unknown = 'x'
    const { notes, cassette } = importEnvoyTap(delimited([trace, socket].map(encoded)))
    expect(notes).toEqual(
      expect.arrayContaining([
        'not understood, and left out: http_buffered_trace.response.field 900',
        'not understood, and left out: socket_buffered_trace.events[].field 77',
      ]),
    )
    expect(readExchanges(cassette).exchanges).toHaveLength(2)
  })

  test('that is damaged is refused, or what it gives is as well formed as ever', () => {
    const whole = encoded(sockets)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (place, byte, end) => {
        const bytes = whole.slice(0, end === 0 ? undefined : Math.max(end, place + 1))
        bytes[place] = byte
        try {
          expectEqual(Array.isArray(importEnvoyTap(bytes).cassette.tape), true, 'a tape')
        } catch (error) {
          expectEqual(Object(error).code, 'IMPORT_INVALID', 'the code')
        }
      }),
      { numRuns: countOf(200, 5_000) },
    )
    for (const bytes of [[], [10, 200, 1], [8, 1], [10], [11, 12], [0, 0]])
      expect(() => importEnvoyTap(Uint8Array.from(bytes))).toThrow(/PROTO_BINARY_LENGTH_DELIMITED/)
  })
})
