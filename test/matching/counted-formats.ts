/** Contents with two texts in them that say how long they are, in formats that count in different ways. */
export const COUNTED_FORMATS: Readonly<Record<string, Format>> = {
  protobuf: { type: 'application/x-protobuf', write: (one, other) => protobuf(one, other) },
  'protobuf in protobuf': {
    type: 'application/octet-stream',
    write: (one, other) => Buffer.concat([field(0x0a, protobuf(one, other)), field(0x12, Buffer.from('beside'))]),
  },
  'gRPC-Web': { type: 'application/grpc-web+proto', write: (one, other) => framed(protobuf(one, other)) },
  'gRPC-Web in base64': {
    type: 'application/grpc-web-text',
    write: (one, other) => Buffer.from(framed(protobuf(one, other)).toString('base64')),
  },
  MessagePack: {
    type: 'application/octet-stream',
    write: (one, other) => Buffer.concat([Buffer.of(0x82), ...['token', one, 'other', other].map(packed)]),
  },
  CBOR: {
    type: 'application/cbor',
    write: (one, other) => Buffer.concat([Buffer.of(0xa2), ...['token', one, 'other', other].map(concise)]),
  },
  BSON: {
    type: 'application/bson',
    write: (one, other) => document(Buffer.concat([element('token', one), element('other', other)])),
  },
  Thrift: {
    type: 'application/x-thrift',
    write: (one, other) => Buffer.concat([thrift(1, one), thrift(2, other), Buffer.of(0)]),
  },
  netstrings: { type: 'text/plain', write: (one, other) => Buffer.from(netstring(netstring(one) + netstring(other))) },
  'frames of a language server': {
    type: 'text/plain',
    write: (one, other) => {
      const content = JSON.stringify({ one, other })
      return Buffer.from(`Content-Length: ${content.length}\r\n\r\n${content}`)
    },
  },
  'serialization of PHP': {
    type: 'text/plain',
    write: (one, other) => Buffer.from(`a:2:{s:5:"first";${php(one)}s:5:"other";${php(other)}}`),
  },
  Redis: {
    type: 'text/plain',
    write: (one, other) =>
      Buffer.from(`*3\r\n${['SET', one, other].map((text) => `$${text.length}\r\n${text}\r\n`).join('')}`),
  },
  'a request in a batch': {
    type: 'multipart/mixed; boundary=b',
    write: (one, other) => {
      const content = JSON.stringify({ one, other })
      const request = `POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`
      return Buffer.from(`--b\r\nContent-Type: application/http\r\n\r\n${request}\r\n--b--\r\n`)
    },
  },
  'chunks with signatures': {
    type: 'application/octet-stream',
    write: (one, other) => {
      const content = `see ${one} there, ${other}`
      const signed = `;chunk-signature=${'ab12'.repeat(16)}\r\n`
      return Buffer.from(`${content.length.toString(16)}${signed}${content}\r\n0${signed}\r\n`)
    },
  },
}

interface Format {
  readonly type: string
  readonly write: (one: string, other: string) => Buffer
}

const varint = (value: number): Buffer =>
  value < 0x80 ? Buffer.of(value) : Buffer.of((value & 0x7f) | 0x80, value >> 7)

const field = (tag: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.of(tag), varint(bytes.length), bytes])

const protobuf = (one: string, other: string): Buffer =>
  Buffer.concat([field(0x0a, Buffer.from(one)), field(0x12, Buffer.from(other))])

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const marked = (text: string, short: number, most: number, long: number): Buffer =>
  Buffer.concat([
    text.length <= most ? Buffer.of(short | text.length) : Buffer.of(long, text.length),
    Buffer.from(text),
  ])

const packed = (text: string): Buffer => marked(text, 0xa0, 31, 0xd9)
const concise = (text: string): Buffer => marked(text, 0x60, 23, 0x78)

function document(elements: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32LE(elements.length + 5)
  return Buffer.concat([size, elements, Buffer.of(0)])
}

function element(name: string, text: string): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32LE(text.length + 1)
  return Buffer.concat([Buffer.from(`\x02${name}\0`), size, Buffer.from(`${text}\0`)])
}

function thrift(id: number, text: string): Buffer {
  const head = Buffer.from([11, 0, id, 0, 0, 0, text.length])
  return Buffer.concat([head, Buffer.from(text)])
}

const netstring = (text: string): string => `${text.length}:${text},`
const php = (text: string): string => `s:${text.length}:"${text}";`
