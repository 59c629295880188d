import { answer, i32le, joined, received, sent, type Step, u32le } from './step.ts'

type Part = Buffer | string | readonly number[]
type Member = readonly [type: number, name: string, ...value: readonly Part[]]
const document = (...members: readonly Member[]): Buffer => {
  const body = joined(...members.map(([type, name, ...value]) => joined([type], `${name}\0`, ...value)))
  return joined(i32le(body.length + 5), body, [0])
}
const text = (value: string): Buffer => joined(i32le(value.length + 1), `${value}\0`)
const int = (name: string, value = 1): Member => [0x10, name, i32le(value)]
const binary = (name: string, value: string): Member => [5, name, i32le(value.length), [0], value]

const framed = (opcode: number, id: number, to: number, ...parts: readonly Part[]): Buffer => {
  const body = joined(...parts)
  return joined(i32le(16 + body.length, id, to, opcode), body)
}
const message = (id: number, flags: number, ...parts: readonly Part[]): Buffer =>
  framed(2013, id, 0, u32le(flags), ...parts)
const reply = (to: number, flags: number, ...parts: readonly Part[]): Buffer =>
  framed(2013, 100 + to, to, u32le(flags), ...parts)
const body = (...members: readonly Member[]): Buffer => joined([0], document(...members))
const sequence = (name: string, ...documents: readonly Buffer[]): Buffer => {
  const content = joined(`${name}\0`, ...documents)
  return joined([1], i32le(content.length + 4), content)
}
const ask = (name: string, ...members: readonly Member[]): Step => sent(message(1, 0, body(int(name), ...members)))
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}

export const MONGODB: Readonly<Record<string, readonly Step[]>> = {
  'values of each type': [
    ask(
      'find',
      [1, 'double', double(-1.5)],
      [2, 'text', text('a"b')],
      [3, 'document', document([2, 'a', text('x')], [0x0a, 'lsid'], [8, 'b', [0]])],
      [4, 'list', document(int('0'), [8, '1', [1]])],
      binary('binary', '\xff'),
      [6, 'undefined'],
      [7, 'id', Buffer.alloc(12, 0xab)],
      [8, 'yes', [1]],
      [8, 'no', [0]],
    ),
    ask(
      'find',
      [9, 'date', i32le(1000, 0)],
      [0x0a, 'null'],
      [0x0b, 'expression', 'a.*\0i\0'],
      [0x0c, 'pointer', text('db'), Buffer.alloc(12, 1)],
      [0x0d, 'code', text('x')],
      [0x0e, 'symbol', text('y')],
      [0x0f, 'scoped', i32le(4 + 6 + 5), text('z'), document()],
      int('int', -5),
    ),
    ask('find', [0x11, 'stamp', i32le(1, 2)], [0x12, 'long', i32le(-1, -1)], [0x13, 'decimal', Buffer.alloc(16, 1)]),
    ask('find', [0xff, 'least'], [0x7f, 'most'], int('after')),
    ask('find', [0x20, 'unknown']),
  ],
  'what is not compared': [
    ask('find', [3, 'lsid', document()], [3, '$clusterTime', document()], int('txnNumber'), int('txnNumbers')),
    ask('find', int('$readPreference'), int('maxTimeMS', 5), [2, '$db', text('shop')]),
  ],
  'what sets up': [
    ...['hello', 'ismaster', 'isMaster', 'Hello'].map((name) => ask(name, int('x'))),
    ...['ping', 'buildInfo', 'endSessions', 'killCursors', 'getParameter', 'buildinfo'].map((name) =>
      ask(name, int('x')),
    ),
    ask('saslStart', binary('payload', 'secret'), [2, 'payload', text('text')]),
    ask('saslContinue', binary('payload', 'proof'), binary('payloads', 'x')),
    ask('hello', [3, 'speculativeAuthenticate', document(int('saslStart'), binary('payload', 'first'))]),
    ask('hello', [3, 'another', document(binary('payload', 'first'))], [2, 'speculativeAuthenticate', text('x')]),
    ask('hello', [4, 'speculativeAuthenticate', document(binary('payload', 'in a list'))]),
    sent(message(1, 0)),
    sent(message(1, 0, [0], document())),
  ],
  sections: [
    sent(
      message(
        2,
        0,
        sequence('documents', document([2, 'a', text('x')]), document(int('lsid'), int('b'))),
        body(int('insert')),
      ),
    ),
    sent(message(3, 1, body(int('insert')), sequence('documents'), 'crcx')),
    sent(message(4, 2, body(int('insert'), [2, 'coll', text('x'.repeat(120))]))),
    received(reply(4, 0, body(int('ok')))),
    received(reply(3, 0, body(int('ok')))),
    received(reply(2, 0, body(binary('payload', 'told')))),
    received(reply(2, 0, body(int('ok')))),
    sent(message(5, 0, [0], i32le(4))),
  ],
  'older messages': [
    sent(framed(2004, 6, 0, u32le(0), 'admin.$cmd\0', i32le(0, -1), document(int('ismaster'), int('x')))),
    received(framed(1, 9, 6, u32le(8), i32le(0, 0, 0, 1), document(binary('payload', 'told')))),
    sent(framed(2004, 7, 0, u32le(2), 'shop.users\0', i32le(0, 1), document(int('find')))),
    received(framed(1, 9, 7, u32le(8), i32le(0, 0, 0, 1), document())),
    sent(framed(2012, 8, 0, i32le(1))),
    sent(framed(2011, 8, 0, i32le(1))),
  ],
  'an answer that goes on': [
    sent(message(1, 0x1_0000, body(int('hello')))),
    received(reply(1, 2, body(int('ok')))),
    received(framed(2013, 102, 101, u32le(2), body(int('ok')))),
    received(framed(2013, 103, 102, u32le(0), body(int('ok')))),
    received(framed(2013, 104, 103, u32le(0), body(int('ok')))),
  ],
  'what is not MongoDB': [sent(joined(i32le(15, 0, 0, 0)))],
  'too much': [sent(joined(i32le(48_016_385, 0, 0, 0)))],
  'all of it': [sent(joined(i32le(48_016_384, 0, 0, 0)))],
  nothing: [sent(joined(i32le(16, 1, 0, 2013)))],
  'documents that do not end': [
    sent(message(1, 0, [0], i32le(9), [0x0a], 'abc', [1])),
    sent(message(1, 0, [0], i32le(9), [0x10], 'abc', [0])),
    sent(message(1, 0, [0], i32le(8), [0x0a], 'ab', [0])),
  ],
  'a replay': [
    sent(message(9, 0, body(int('hello')))),
    answer(
      reply(1, 3, body([3, 'topologyVersion', document(int('counter'))], int('ok')), 'crcx'),
      framed(1, 9, 7, u32le(8), i32le(0, 0, 0, 1), document(int('topologyVersion'), int('ok'))),
    ),
    received(reply(9, 0, body(int('ok')))),
    sent(message(10, 0, body(int('find')))),
    answer(reply(1, 3, body(int('topologyVersion')), 'crcx')),
    sent(message(11, 0, body(int('hello')))),
    answer(reply(1, 0, sequence('nothing'))),
  ],
}
