import { expect, test } from '../helpers/test.ts'
import { mongodb } from '../../src/protocols/mongodb.ts'
import { Packet } from '../../src/protocols/mqtt-packet.ts'
import { mysql } from '../../src/protocols/mysql.ts'
import { readBind } from '../../src/protocols/postgres-messages.ts'

test.describe('a packet of MQTT', () => {
  test('has a type, flags, and a length of one to four bytes', () => {
    for (const [length, start] of [
      [[0], 2],
      [[0x80, 1], 3],
      [[0x80, 0x80, 1], 4],
      [[0x80, 0x80, 0x80, 1], 5],
    ] as const) {
      const packet = new Packet(Buffer.from([0x3b, ...length, 7, 8]))
      expect([packet.type, packet.flags, packet.start]).toEqual([3, 11, start])
      expect(packet.body).toEqual({ start, end: start + 2 })
      expect(packet.id(start)).toBe(0x0708)
    }
  })

  test('has properties since version 5, whose length is read', () => {
    const packet = new Packet(Buffer.from([0x30, 9, 2, 0xaa, 0xbb, 0x82, 1, 5]))
    for (const version of [3, 4]) expect(packet.afterProperties(2, version)).toBe(2)
    expect(packet.afterProperties(2, 5)).toBe(5)
    expect(packet.afterProperties(5, 5)).toBe(7 + 130)
  })

  test('of CONNECT has a head, up to the id of the client', () => {
    const head = [0, 4, ...Buffer.from('MQTT'), 5, 0xc2, 0, 60, 1, 0x11, 0, 1, 0x61]
    const packet = new Packet(Buffer.from([0x10, head.length, ...head]))
    expect(packet.connectHead()).toEqual({ version: 5, flags: 0xc2, end: 14 })
    expect(packet.text(14)).toEqual({ text: 'a', end: 17 })
    expect(new Packet(Buffer.from([0x10, head.length, ...head.with(6, 4)])).connectHead().end).toBe(12)
  })
})

const mysqlPackets = (...lengths: readonly number[]): Buffer =>
  Buffer.concat(
    lengths.flatMap((length) => [
      Buffer.from([length & 255, (length >> 8) & 255, length >> 16, 0]),
      Buffer.alloc(length),
    ]),
  )
const mysqlLength = (bytes: Buffer): number => mysql.begin().sentLength(bytes)

test('a packet of MySQL goes on in the next one only if it is as long as can be', () => {
  const longest = 0xff_ff_ff
  expect(mysqlLength(mysqlPackets(longest, 2, 3))).toBe(4 + longest + 4 + 2)
  expect(mysqlLength(mysqlPackets(longest, 0, 3))).toBe(4 + longest + 4)
  expect(mysqlLength(mysqlPackets(longest - 1, 2))).toBe(4 + longest - 1)
  expect(mysqlLength(mysqlPackets(longest))).toBe(4 + longest + 4)
})

const int16 = (...values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])))

const bound = (text: string | null): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(text === null ? -1 : text.length)
  return Buffer.concat([length, Buffer.from(text ?? '')])
}

test.describe('what PostgreSQL binds', () => {
  test('are a portal, a statement, values and their formats', () => {
    const body = Buffer.concat([
      Buffer.from('p\0s\0'),
      int16(3, 0, 1, 0),
      int16(3),
      bound('a'),
      bound(null),
      bound(''),
      int16(2, 1, 0),
    ])
    expect(readBind(body)).toEqual({
      portal: 'p',
      statement: 's',
      parameters: [
        { name: 'parameter 1', value: '"a"' },
        { name: 'parameter 2', value: 'NULL' },
        { name: 'parameter 3', value: '""' },
        { name: 'parameter formats', value: 'text binary text' },
        { name: 'result formats', value: 'binary text' },
      ],
    })
  })

  test('may be nothing', () => {
    expect(readBind(Buffer.concat([Buffer.from('\0\0'), int16(0, 0, 0)]))).toEqual({
      portal: '',
      statement: '',
      parameters: [
        { name: 'parameter formats', value: '' },
        { name: 'result formats', value: '' },
      ],
    })
  })
})

/** A document of texts, numbers and documents. */
function bson(document: object): Buffer {
  const members = Object.entries(document).map(([name, value]: readonly [string, unknown]) => {
    if (typeof value === 'object') return Buffer.concat([Buffer.from(`\x03${name}\0`), bson(Object(value))])
    const isText = typeof value === 'string'
    const number = Buffer.alloc(4)
    number.writeInt32LE(isText ? value.length + 1 : Number(value))
    return Buffer.concat([
      Buffer.from(`${isText ? '\x02' : '\x10'}${name}\0`),
      number,
      Buffer.from(isText ? `${value}\0` : ''),
    ])
  })
  const size = Buffer.alloc(4)
  size.writeInt32LE(5 + Buffer.concat(members).length)
  return Buffer.concat([size, ...members, Buffer.from([0])])
}

/** OP_MSG with a document, and those of a sequence. */
function message(command: object, sequence: readonly object[] = [], flags = 0): Buffer {
  const documents = Buffer.concat(sequence.map((one) => bson(one)))
  const size = Buffer.alloc(4)
  size.writeInt32LE(4 + 'documents\0'.length + documents.length)
  const rest = sequence.length === 0 ? [] : [Buffer.from([1]), size, Buffer.from('documents\0'), documents]
  const body = Buffer.concat([Buffer.from([0]), bson(command), ...rest])
  const head = Buffer.alloc(20)
  for (const [index, number] of [20 + body.length, 7, 0, 2013, flags].entries()) head.writeInt32LE(number, 4 * index)
  return Buffer.concat([head, body])
}

test.describe('a message of MongoDB', () => {
  test('asks with its members and the documents of its sequences, without what each run has anew', () => {
    const command = { insert: 'users', lsid: { id: 1 }, txnNumber: 1, $db: 'shop' }
    const question = mongodb.begin().sent(message(command, [{ name: 'Ada' }, { name: 'Bob' }]))
    expect(question).toMatchObject({ kind: 'insert', role: 'once', id: 7 })
    expect(question.fields.map(({ name }) => name)).toEqual(['insert', '$db', 'documents[0]', 'documents[1]'])
    expect(question.fields[3]?.value).toContain('Bob')
    expect(question.isUnanswered).toBeUndefined()
  })

  test('may want no answer', () => {
    expect(mongodb.begin().sent(message({ insert: 'users' }, [], 2)).isUnanswered).toBe(true)
  })

  test('that greets or sets up is no question of the test', () => {
    for (const name of ['hello', 'ismaster', 'isMaster'])
      expect(mongodb.begin().sent(message({ [name]: 1 }))).toMatchObject({ kind: 'hello', role: 'setup', fields: [] })
    for (const name of ['ping', 'buildInfo', 'endSessions', 'killCursors', 'getParameter'])
      expect(mongodb.begin().sent(message({ [name]: 1 }))).toMatchObject({
        kind: name,
        role: 'setup',
        fields: [{ name }],
      })
    for (const name of ['saslStart', 'saslContinue'])
      expect(mongodb.begin().sent(message({ [name]: 1 }))).toMatchObject({ kind: name, role: 'setup', fields: [] })
  })
})
