import { expect, test } from '@playwright/test'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection } from '../helpers/tape.ts'
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
