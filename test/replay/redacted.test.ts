import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const SECRET = 'aB3dE6gH9jK2mN5pQ8sT'

/** One request as it was recorded and as it is made later. */
interface Case {
  readonly recorded: string
  readonly method: string
  readonly target: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

async function replay(
  { recorded, method, target, headers, body }: Case,
  options: ReplayerOptions = {},
): Promise<string> {
  const tape = oneConnection('http://api.test', (connection) => connection.sent(recorded).received(answer('found')))
  const { cassette } = redactCassette(tape, { secrets: [SECRET] })
  const replayer = new Replayer(cassette, options)
  await using connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
  await connection.request(method, target, { headers: headers ?? {}, ...(body !== undefined && { body }) })
  return (await connection.getResponse()).text()
}

test.describe('S58: a redacted request is found with any value in the place of the secret', () => {
  for (const value of [SECRET, 'other', 'another-secret-that-is-much-longer-than-the-recorded-one', 'undefined']) {
    const cases: Readonly<Record<string, Case>> = {
      'in the query': {
        recorded: request('GET', `/a?api_key=${SECRET}&b=1`),
        method: 'GET',
        target: `/a?api_key=${value}&b=1`,
      },
      'in the path': { recorded: request('GET', `/bot${SECRET}/send`), method: 'GET', target: `/bot${value}/send` },
      'in JSON': {
        recorded: request('POST', '/a', `{"password":"${SECRET}","x":[1]}`),
        method: 'POST',
        target: '/a',
        body: `{ "x": [1], "password": "${value}" }`,
      },
      'in a form': {
        recorded: request('POST', '/a', `user=ada&password=${SECRET}`),
        method: 'POST',
        target: '/a',
        body: `user=ada&password=${value}`,
      },
    }
    for (const [place, one] of Object.entries(cases))
      test(`${value} ${place}`, async () => expect(await replay(one)).toBe('found'))
  }

  test('in a header that counts', async () => {
    const recorded = request('GET', '/', '', [`Authorization: Bearer ${SECRET}`])
    const one = { recorded, method: 'GET', target: '/', headers: { Authorization: 'Bearer x' } }
    expect(await replay(one, { matchOn: ['method', 'url', 'headers'] })).toBe('found')
  })
})

test('what differs beside the secret is still a miss', async () => {
  const recorded = request('GET', `/a?api_key=${SECRET}&b=1`)
  await expect(replay({ recorded, method: 'GET', target: '/a?api_key=x&b=2' })).rejects.toMatchObject({
    code: 'NO_MATCH',
  })
  await expect(replay({ recorded, method: 'GET', target: '/a?api_key=x&c=1&b=1' })).rejects.toMatchObject({
    code: 'NO_MATCH',
  })
})

test('two requests that differ in their secrets only are answered in their order', async () => {
  const tape = oneConnection('http://api.test', (connection) =>
    connection
      .sent(request('GET', `/?token=${SECRET}1`))
      .received(answer('one'))
      .sent(request('GET', `/?token=${SECRET}2`))
      .received(answer('two')),
  )
  const replayer = new Replayer(redactCassette(tape).cassette)
  await using connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
  for (const text of ['one', 'two']) {
    await connection.request('GET', '/?token=same')
    expect(await (await connection.getResponse()).text()).toBe(text)
  }
  replayer.assertAllPlayed()
})
