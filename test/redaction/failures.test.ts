import { expect, test } from '../helpers/test.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette, Failure, SocketError } from '../../src/tape/cassette.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const SECRET = 'zY8xW5vU2tS9rQ6pO3nM'
const HELD = `getaddrinfo ENOTFOUND ${SECRET}.api.test`
const FREED = 'getaddrinfo ENOTFOUND {{secret.1}}.api.test'

const failureOf = (error: SocketError): Failure => ({ code: 'CONNECT_FAILED', phase: 'tcp', message: HELD, error })

/** Errors with the secret in some place, and the same without it. */
const ERRORS: Readonly<Record<string, (text: string) => SocketError>> = {
  'its message': (text) => ({ message: text, code: 'ENOTFOUND' }),
  'a fact of it': (text) => ({ message: 'x', facts: { hostname: text, port: 80 } }),
  'one of its causes': (text) => ({
    message: '',
    errors: [{ message: 'first' }, { message: text, code: 'ENOTFOUND' }],
  }),
  'a fact of a cause of a cause': (text) => ({
    message: '',
    errors: [{ message: '', errors: [{ message: 'x', facts: { address: text } }] }],
  }),
}

for (const [place, errorWith] of Object.entries(ERRORS)) {
  const redacted = (cassette: Cassette): Cassette => redactCassette(cassette, { secrets: [SECRET] }).cassette

  test(`a secret in the error of a failed attempt goes from ${place}, and all else stays`, () => {
    const made = new TapeWriter().failed('http://api.test', failureOf(errorWith(HELD))).cassette
    expect(redacted(made).tape).toEqual([
      { ...made.tape[0], failure: { ...failureOf(errorWith(FREED)), message: FREED } },
    ])
  })

  test(`a secret in the error of a connection that ended goes from ${place}`, () => {
    const made = oneConnection('http://api.test', (it) =>
      it
        .sent(request('GET', '/'))
        .received(answer(''))
        .closed('server', failureOf(errorWith(HELD))),
    )
    const { tape } = redacted(made)
    expect(tape.at(-1)).toEqual({ ...made.tape.at(-1), failure: { ...failureOf(errorWith(FREED)), message: FREED } })
    expect(JSON.stringify(tape)).not.toContain(SECRET)
  })
}
