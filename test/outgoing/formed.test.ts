import { expect, test } from '../helpers/test.ts'
import { placeholdersIn, placeholdersInHead, placeholdersInMessage } from '../../src/outgoing/placeholders-in.ts'
import { HeldRequests } from '../../src/outgoing/held-requests.ts'
import { redactCassette, Redactor } from '../../src/redaction/redact-cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const TOKEN = `${part({ alg: 'HS256' })}.${part({ sub: 'ada' })}.c2lnbmF0dXJlLXNpZ25hdHVyZQ`
const UUID = '3b1f8c2e-1111-4aaa-8bbb-0123456789ab'

const login = (): Cassette =>
  redactCassette(
    oneConnection('http://api.test', (connection) =>
      connection
        .sent(request('POST', '/', '{"otp":123456}'))
        .received(answer(JSON.stringify({ access_token: TOKEN, refresh_token: UUID, otp: 654321 }))),
    ),
  ).cassette

/** What the login gives: placeholders that clients take for a token, a UUID and a number. */
function given(): Readonly<Record<string, string>> {
  const event = login().tape.find(({ type }) => type === 'received')
  if (event?.type !== 'received') throw new Error('no answer')
  return event.redacted ?? {}
}

test('placeholders without braces are found on their way out, also in what they are part of', () => {
  const all = given()
  const disguised = new Map(Object.entries(all).map(([name, written]) => [written, name] as const))
  for (const [name, written] of Object.entries(all)) {
    expect([...placeholdersIn(`Bearer ${written}`, disguised)]).toContain(name)
    expect([...placeholdersIn(Buffer.from(`{"a":"${written}"}`).toString('base64'), disguised)]).toContain(name)
  }
  expect(Object.keys(all)).toHaveLength(3)
  expect([...placeholdersIn('14040021 x404002', disguised)]).toEqual([])
})

test('a request with one of them is held and refused', () => {
  const all = given()
  const disguised = new Map(Object.entries(all).map(([name, written]) => [written, name] as const))
  for (const [name, written] of Object.entries(all)) {
    const refused: string[] = []
    const held = new HeldRequests(
      'http://api.test',
      (found) => void refused.push(found.name),
      () => disguised,
    )
    held.push(Buffer.from(request('POST', '/next', JSON.stringify({ code: written }))))
    expect(refused).toContain(name)
  }
})

test('a length is a number that stands for nothing', () => {
  const disguised = new Map([['404002', 'otp.2']])
  const fields = ['Content-Length', 'content-length', 'X-Code'].map((name) => ({ name, value: '404002' }))
  const code = { name: 'otp.2', where: 'the header X-Code' }
  expect([...placeholdersInHead({ target: '/', fields }, disguised)]).toEqual([code])
  const message = { target: '/404002', fields, body: Buffer.from('404002'), trailers: fields }
  expect([...placeholdersInMessage(message, disguised)]).toEqual([
    { name: 'otp.2', where: 'the target' },
    code,
    { name: 'otp.2', where: 'the body' },
    { name: 'otp.2', where: 'the trailer X-Code' },
  ])
})

test('what is added to a cassette takes none of its names again', () => {
  const redactor = new Redactor()
  redactor.goOnBehind(encodeCassette(login()))
  const more = oneConnection('http://api.test', (connection) =>
    connection.sent(request('POST', '/', '{"otp":111111}')).received(answer('{}')),
  )
  const sent = redactor.redact(more.tape).find(({ type }) => type === 'sent')
  expect(sent?.type === 'sent' ? sent.redacted : undefined).toEqual({ 'otp.3': '404003' })
})
