import { expect, test } from '../helpers/test.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { Redactor, redactCassette } from '../../src/redaction/redact-cassette.ts'
import { recordsOf } from '../../src/tape/record.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { compressed, frame, MASK, messagesIn, socketCassette, type Talk } from '../helpers/sockets.ts'

const SECRET = 'hunter2hunter2-Zx81qLw0'
const login = JSON.stringify({ type: 'login', password: SECRET })
const DEFLATE = 'permessage-deflate'

const bytesIn = (tape: readonly TapeEvent[]): string =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

/** The messages once they are redacted; they are the same when they are redacted record by record, and again. */
function redacted(talk: Talk, extensions = '', secrets: readonly string[] = []): readonly string[] {
  const cassette = socketCassette(talk, extensions)
  const whole = redactCassette(cassette, { secrets }).cassette
  const messages = messagesIn(whole.tape)
  const text = encodeCassette(whole)
  expect(text).not.toContain(SECRET)
  expect(bytesIn(whole.tape)).not.toContain(SECRET)
  expect(messagesIn(decodeCassette(text).tape)).toEqual(messages)

  const redactor = new Redactor({ secrets })
  const records = recordsOf(cassette.tape).map((record) => redactor.redact(redactor.redact(record)))
  if (!redactor.hasFoundLate) expect(messagesIn(records.flat())).toEqual(messages)
  const again = redactor.hasFoundLate ? records.map((record) => redactor.redact(record)) : records
  expect(messagesIn(again.flat())).toEqual(messages)
  expect(bytesIn(redactCassette(whole, { secrets }).cassette.tape)).toBe(bytesIn(whole.tape))
  return messages
}

const PLACED = '{"type":"login","password":"{{password.1}}"}'

test('a secret in a masked message is not in the cassette, and what replaces it is masked', () => {
  expect(redacted([['sent', frame('text', login, { mask: MASK })]])).toEqual([`sent text: ${PLACED}`])
})

test('a secret across fragments, with a ping between them', () => {
  const [one, two] = [login.slice(0, 35), login.slice(35)]
  const talk: Talk = [
    ['sent', frame('text', one, { mask: MASK, fin: false })],
    ['sent', Buffer.concat([frame('ping', 'x', { mask: MASK }), frame('continuation', two, { mask: MASK })])],
  ]
  expect(redacted(talk)).toEqual(['sent ping: x', `sent text: ${PLACED}`])
})

test('a secret in a frame that is cut by segments', () => {
  const bytes = frame('text', login, { mask: MASK })
  for (const cut of [1, 3, 6, 20, bytes.length - 1])
    expect(
      redacted([
        ['sent', bytes.subarray(0, cut)],
        ['sent', bytes.subarray(cut)],
      ]),
    ).toEqual([`sent text: ${PLACED}`])
})

test('a secret in compressed messages that refer to each other: those after it are compressed anew', async () => {
  const hello = '{"hello":"world"}'
  const texts = [hello, login, login, hello, hello, hello]
  const payloads = await compressed(...texts)
  const talk = payloads.map((payload) => ['sent', frame('text', payload, { mask: MASK, rsv: 4 })] as const)
  const expected = [hello, PLACED, PLACED, hello, hello, hello].map((text) => `sent text: ${text}`)
  expect(redacted(talk, DEFLATE)).toEqual(expected)
})

test('a secret that is found late goes from compressed messages before it', async () => {
  const texts = [`{"note":"${SECRET}"}`, '{"note":"other words"}', login]
  const payloads = await compressed(...texts)
  const talk: Talk = payloads.flatMap((payload) => [
    ['sent', frame('text', payload, { mask: MASK, rsv: 4 })] as const,
    ['received', frame('text', 'ok')] as const,
  ])
  const messages = redacted(talk, DEFLATE)
  expect(messages.filter((message) => message.startsWith('sent'))).toEqual([
    'sent text: {"note":"{{password.1}}"}',
    'sent text: {"note":"other words"}',
    `sent text: ${PLACED}`,
  ])
})

test('a secret in compressed fragments keeps the number of frames', async () => {
  const [payload = Buffer.alloc(0)] = await compressed(login)
  const talk: Talk = [
    ['received', frame('text', payload.subarray(0, 9), { fin: false, rsv: 4 })],
    ['received', frame('continuation', payload.subarray(9))],
  ]
  expect(redacted(talk, DEFLATE)).toEqual([`received text: ${PLACED}`])
})

test('a registered secret in a ping and in the reason of a close leaves the lengths', () => {
  const talk: Talk = [
    ['sent', frame('ping', SECRET, { mask: MASK })],
    ['received', frame('close', Buffer.concat([Uint8Array.of(0x0f, 0xa1), Buffer.from(`no: ${SECRET}`)]))],
  ]
  const [ping = '', close = ''] = redacted(talk, '', [SECRET])
  expect(ping).toMatch(/^sent ping: \{\{secret\.1\}\}\*{11}$/)
  expect(close).toContain('no: {{secret.1}}***********')
})

test('a compressed message that cannot be inflated is withheld, and reported', () => {
  const cassette = socketCassette([['received', frame('text', Uint8Array.of(0xff, 0xff, 1), { rsv: 4 })]], DEFLATE)
  const { report, cassette: clean } = redactCassette(cassette)
  expect(report.opaque).toMatchObject([{ isWithheld: true, reason: expect.stringContaining('cannot be inflated') }])
  expect(messagesIn(clean.tape)).toEqual(['received text: {{withheld.1}}'])
})

test('a message cut off by the end of the connection is searched as far as it came', () => {
  const bytes = frame('text', `${login}${'.'.repeat(40)}`, { mask: MASK })
  const { tape } = redactCassette(socketCassette([['sent', bytes.subarray(0, -20)]])).cassette
  expect(encodeCassette({ ...socketCassette([]), tape })).toContain('{{password.1}}')
})

test('frames without secrets stay as they are, byte for byte', async () => {
  const payloads = await compressed('{"a":1}', '{"a":1}')
  const talk = payloads.map((payload) => ['received', frame('text', payload, { rsv: 4 })] as const)
  const cassette = socketCassette(talk, DEFLATE)
  expect(redactCassette(cassette).cassette.tape).toEqual(cassette.tape)
})
