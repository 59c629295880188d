import { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import type { Attribution } from '../../src/intercept/attribution.ts'
import { refusal, RequestHeads } from '../../src/intercept/request-heads.ts'
import type { Scope } from '../../src/intercept/scopes.ts'
import { Unanswered } from '../../src/intercept/unanswered.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** A client whose requests are those of `meant`, what was marked, and who came late. */
function watched(meant: ReturnType<Attribution['scopeOf']>, written = 0) {
  const client = Object.assign(new Socket(), { connecting: true }).on('error', () => {})
  const marks: unknown[] = []
  const unanswered = new Unanswered()
  const attribution: Attribution = Object({ scopeOf: (socket: object) => (socket === client ? meant : 'unknown') })
  new RequestHeads(client, Object({ origin: { host: 'a.test' } }), { attribution, unanswered }, (offset, whose) =>
    marks.push([offset, whose instanceof Error ? whose.message : whose.title]),
  ).watch(written)
  return { client, marks, unanswered }
}

const open: Scope = Object({ title: 'open', isEnded: false })

test('each head of a request is marked where it begins, counted in bytes of any kind', () => {
  const { client, marks, unanswered } = watched(open, 7)
  expect(unanswered.has(client, open)).toBe(false)
  client.write(GET)
  expect(unanswered.has(client, open)).toBe(true)
  client.write('caf\u00e9')
  client.write('caf\u00e9', 'latin1')
  client.write('aGk=', 'base64')
  client.write(Buffer.from('body'))
  client.write(Buffer.from(`<${GET}`).subarray(1))
  const first = 7 + GET.length
  expect(marks).toEqual([
    [7, 'open'],
    [first + 5 + 4 + 2 + 4, 'open'],
  ])
  client.destroy()
})

test('only what begins with a request line is a head', () => {
  const long = `GET /${'x'.repeat(60_000)} HTTP/1.1\r\n\r\n`
  const method = 'M'.repeat(40)
  const heads = [GET, 'PATCH * HTTP/1.0\r\n', `${method} / HTTP/1.1\r\n`, long]
  const others = [
    `${method}M / HTTP/1.1\r\n`,
    'GET / HTTP/1.1',
    ' GET / HTTP/1.1\r\n',
    'GET / HTTP/2.0\r\n',
    'GET  HTTP/1.1\r\n',
    '',
  ]
  for (const [texts, count] of [
    [heads, 2],
    [others, 0],
  ] as const)
    for (const text of texts) {
      const { client, marks } = watched(open)
      client.write(text)
      client.write(Buffer.from(text))
      expect([text, marks.length]).toEqual([text, count])
      client.destroy()
    }
})

test('a request of nobody, of several or of an ended test goes nowhere, and says why', () => {
  const late: string[] = []
  const ended: Scope = Object({ title: 'ended', isEnded: true, noteLate: (what: string) => late.push(what) })
  for (const [meant, wanted] of [
    [undefined, []],
    ['unknown', [[0, refusal('SCOPE_UNKNOWN', 'a.test').message]]],
    [ended, [[0, refusal('SCOPE_ENDED', 'ended').message]]],
  ] as const) {
    const { client, marks, unanswered } = watched(meant)
    client.write(GET)
    expect(marks).toEqual(wanted)
    expect(unanswered.has(client, ended)).toBe(false)
    client.destroy()
  }
  expect(late).toEqual(['a.test'])
  expect(refusal('SCOPE_ENDED', 'ended')).toMatchObject({ code: 'SCOPE_ENDED', phase: 'open' })
})
