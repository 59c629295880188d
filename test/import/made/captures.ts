import { importPcap, type Imported, type PcapOptions } from '../../../src/import/index.ts'
import { openComment } from '../../../src/packets/open-comment.ts'
import { captureOf, HANDSHAKE, type MadeSegment, packetsOf } from '../../packets/packet-maker.ts'

const read =
  (segments: readonly MadeSegment[], options?: PcapOptions, comments: Readonly<Record<number, string>> = {}) =>
  (): Promise<Imported> =>
    importPcap(
      captureOf(packetsOf(segments).map((packet, index) => Object.assign(packet, { comment: comments[index] }))),
      options,
    )
const c = (seq: number, ack: number, data: string, more: Partial<MadeSegment> = {}): MadeSegment => ({
  by: 'client',
  seq,
  ack,
  data,
  ...more,
})
const s = (seq: number, ack: number, data: string, more: Partial<MadeSegment> = {}): MadeSegment => ({
  by: 'server',
  seq,
  ack,
  data,
  ...more,
})
const get = (host: string, line = 'GET /x HTTP/1.1'): string => `${line}\r\nHost: ${host}\r\n\r\n`
const GET = get('localhost:8080')
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const TALK = [...HANDSHAKE, c(0, 0, GET), s(0, GET.length, OK)]
const [A, B] = [GET.length, OK.length]
const FIN = { flags: ['FIN'] } as const
const RST = { flags: ['RST'] } as const
const asks = (text: string): readonly MadeSegment[] => [...HANDSHAKE, c(0, 0, text), s(0, text.length, OK)]

export const CAPTURES: Readonly<Record<string, () => Promise<Imported>>> = {
  'a conversation': read(TALK),
  'the client closes first': read([...TALK, c(A, B, '', FIN), s(B, A + 1, '', FIN)]),
  'the server closes first': read([...TALK, s(B, A, '', FIN), c(A, B + 1, '', FIN)]),
  'the server closes alone': read([...TALK, s(B, A, '', FIN)]),
  'the client ends before the answer': read([...HANDSHAKE, c(0, 0, GET, FIN), s(0, A + 1, OK), s(B, A + 1, '', FIN)]),
  'the client ends before the answer, and nothing follows': read([...HANDSHAKE, c(0, 0, GET, FIN), s(0, A + 1, OK)]),
  'the server resets': read([...TALK, s(B, A, '', RST), c(A, B, 'late')]),
  'the client resets': read([...TALK, c(A, B, '', RST)]),
  refused: read([{ by: 'client', flags: ['SYN'] }, s(0, 0, '', RST)]),
  unanswered: read([{ by: 'client', flags: ['SYN'] }]),
  'nothing but a handshake': read(HANDSHAKE),
  'not HTTP': read([...HANDSHAKE, c(0, 0, '*1\r\n$4\r\nPING\r\n'), s(0, 14, '+PONG\r\n')]),
  'not HTTP, taken as it is': read([...HANDSHAKE, c(0, 0, '*1\r\n$4\r\nPING\r\n'), s(0, 14, '+PONG\r\n')], {
    raw: true,
  }),
  'the server speaks first': read([...HANDSHAKE, s(0, 0, '220 hello\r\n')], { raw: true }),
  'a host at another port': read(asks(get('a.test'))),
  'a host with a user': read(asks(get('u@a.test:8080'))),
  'a host with a path': read(asks(get('a.test:8080/x'))),
  'a host by name': read(asks(get('A.test:8080'))),
  'a host in capitals of its field': read(asks('GET / HTTP/1.0\r\nHOST:\ta.test:8080 \r\n\r\n')),
  'a host after the head': read(asks('GET / HTTP/1.1\r\n\r\nHost: a.test:8080\r\n\r\n')),
  'no host': read(asks('GET / HTTP/1.0\r\n\r\n')),
  'lines that end in LF': read(asks('GET / HTTP/1.1\nHost: a.test:8080\n\n')),
  'another version': read(asks('GET / HTTP/1.2\r\nHost: a.test:8080\r\n\r\n')),
  'two spaces': read(asks('GET  / HTTP/1.1\r\nHost: a.test:8080\r\n\r\n')),
  'bytes that are missing': read([...HANDSHAKE, c(0, 0, GET), s(1, A, OK)]),
  'bytes that are missing later': read([...TALK, c(A, B, GET), s(B + 1, 2 * A, OK)]),
  'bytes that come again and differ': read([...TALK, s(0, A, 'XX')]),
  'open before': read([s(5, 9, 'the rest'), c(9, 13, GET), s(13, 9 + A, OK)]),
  'open before, in a request': read([c(5, 9, 'the rest'), s(9, 13, OK), c(13, 9 + B, GET), s(9 + B, 13 + A, OK)]),
  'open before, seen from the other side': read([c(9, 13, 'x'), s(13, 10, GET), c(10, 13 + A, OK)]),
  'open before, an answer in part': read([s(5, 9, 'the rest'), c(9, 10, GET), s(13, 9 + A, OK)]),
  'open before, without a request': read([s(5, 9, 'the rest'), c(9, 13, 'more')]),
  'open before, and not HTTP': read([s(5, 9, 'the rest'), c(9, 13, 'more')], { raw: true }),
  'TLS without keys': read([...HANDSHAKE, c(0, 0, '\u0016\u0003\u0001\u0000\u0001\u0001')]),
  'nearly TLS': read([...HANDSHAKE, c(0, 0, '\u0016\u0004\u0001\u0000\u0001\u0001')]),
  'opened as a comment says': read(TALK, undefined, { 0: openComment({ to: 'http://b.test:9' }) }),
  'opened in TLS as a comment says': read(TALK, undefined, {
    0: openComment({ to: 'https://b.test', tls: { version: 'TLSv1.3', alpn: 'http/1.1', authorized: true } }),
  }),
  'a comment on another packet': read(TALK, undefined, { 1: openComment({ to: 'http://b.test:9' }) }),
}
