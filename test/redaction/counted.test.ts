import { expect, test } from '../helpers/test.ts'
import { every } from '../helpers/share.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection } from '../helpers/tape.ts'
import { COUNTED_FORMATS } from '../matching/counted-formats.ts'
import { isAnswered, recordingOf, requestOf } from '../matching/own-client.ts'

const SECRET = 'aB3dE6gH9jK2mN5pQ8sT'

const field = (tag: number, text: string): Buffer => Buffer.concat([Buffer.of(tag, text.length), Buffer.from(text)])

/** A message of gRPC: a flag, four bytes that count, and a field of protobuf that counts once more. */
function grpc(secret: string, other = 'x'): Buffer {
  const message = Buffer.concat([field(0x0a, secret), field(0x12, other)])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

const post = (body: Buffer): string => requestOf('POST /', ['Content-Type: application/grpc-web'], body)

function sentIn({ tape }: Cassette): string {
  const event = tape.find(({ type }) => type === 'sent')
  return event !== undefined && 'bytes' in event ? Buffer.from(event.bytes).toString('latin1') : ''
}

for (const secret of [SECRET, 'short123'])
  test(`B10: content that counts its bytes keeps every length: ${secret}`, () => {
    const plain = post(grpc(secret))
    const redacted = sentIn(recordingOf([plain], [secret]))
    expect(redacted).not.toContain(secret)
    expect(redacted.length).toBe(plain.length)
    expect(isAnswered(plain, plain, [secret])).toBe(true)
    expect(isAnswered(plain, post(grpc(secret.toUpperCase())), [secret])).toBe(true)
    expect(isAnswered(plain, post(grpc(secret, 'y')), [secret])).toBe(false)
  })

const SECRETS = [SECRET, 'short123', '483920174652', `zQ7${'mN5pQ8sT'.repeat(15)}`]

for (const [name, { type, write }] of every(3, Object.entries(COUNTED_FORMATS))) {
  const asking = (secret: string, other: string): string =>
    requestOf('POST /', [`Content-Type: ${type}`], write(secret, other))
  test(`B10: ${name} is answered with a secret of any length, and with nothing else`, () => {
    for (const secret of SECRETS) {
      const plain = asking(secret, 'rest')
      expect(sentIn(recordingOf([plain], [secret]))).not.toContain(secret)
      for (const other of SECRETS) {
        expect(isAnswered(plain, asking(other, 'rest'), [secret]), `${secret}, ${other}`).toBe(true)
        expect(isAnswered(plain, asking(other, 'rust'), [secret]), `${secret}, ${other}`).toBe(false)
      }
    }
  })
}

test('counts in digits are right after redaction, and the number of a JSON stays a number', () => {
  const texts = ['netstrings', 'frames of a language server', 'serialization of PHP', 'Redis', 'a request in a batch']
  for (const name of texts) {
    const { type = '', write } = COUNTED_FORMATS[name] ?? {}
    const request = requestOf('POST /', [`Content-Type: ${type}`], write?.(SECRET, 'rest'))
    const redacted = sentIn(recordingOf([request], [SECRET]))
    expect(redacted.slice(redacted.indexOf('\r\n\r\n') + 4)).toBe(write?.('{{secret.1}}', 'rest').toString())
  }
  const digits = '483920174652'
  const json = requestOf('POST /', [], `{"n":${digits},"more":7${digits}8,"text":"${digits}","list":[${digits}]}`)
  expect(() => JSON.parse(sentIn(recordingOf([json], [digits])).split('\r\n\r\n')[1] ?? '') as unknown).not.toThrow()
  expect(sentIn(recordingOf([json], [digits]))).not.toContain(digits)
  expect(isAnswered(json, json, [digits])).toBe(true)
  expect(isAnswered(json, json.replaceAll(digits, '594031285763'), [digits])).toBe(true)
})

test('the report names it', () => {
  const cassette = oneConnection('http://api.test', (connection) =>
    connection.sent(post(grpc(SECRET))).received(answer('{}')),
  )
  const { opaque } = redactCassette(cassette, { secrets: [SECRET] }).report
  expect(opaque).toEqual([
    expect.objectContaining({ reason: expect.stringContaining('lengths stay'), isWithheld: false }),
  ])
  expect(redactCassette(cassette).report.opaque).toEqual([])
})

test('B20: a part of multipart that says its length says the new one', () => {
  const part = JSON.stringify({ password: SECRET })
  const body = `--b\r\nContent-Type: application/json\r\nContent-Length: ${part.length}\r\n\r\n${part}\r\n--b--\r\n`
  const redacted = sentIn(recordingOf([requestOf('POST /', ['Content-Type: multipart/mixed; boundary=b'], body)]))
  const [, length = '', content = ''] = /Content-Length: (\d+)\r\n\r\n(\{.*?\})\r\n--b--/.exec(redacted) ?? []
  expect(content).toBe('{"password":"{{password.1}}"}')
  expect(Number(length)).toBe(content.length)
})
