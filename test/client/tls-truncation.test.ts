import { ConnectionError } from '../../src/errors.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { expect, test } from '../helpers/test.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'

// RFC 9112 section 9.8: without the closing alert of TLS, an end may be an attacker's.

const truncated = (): ConnectionError => new ConnectionError('TLS_TRUNCATED', 'open', 'no close_notify')

// oxfmt-ignore
const ANSWERS: readonly (readonly [what: string, heard: readonly string[], strict: string, allowed: string])[] = [
  ['a body up to the end', ['HTTP/1.1 200 OK\r\n\r\n', 'abc'], 'TLS_TRUNCATED', 'abc'],
  ['an empty body up to the end', ['HTTP/1.1 200 OK\r\n\r\n'], 'TLS_TRUNCATED', ''],
  ['half a body with a length', ['HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'], 'TLS_TRUNCATED', 'PREMATURE_EOF'],
  ['half a body in chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'], 'TLS_TRUNCATED', 'PREMATURE_EOF'],
  ['half a head', ['HTTP/1.1 200 OK\r\nX-'], 'TLS_TRUNCATED', 'PREMATURE_EOF'],
  ['nothing', [], 'TLS_TRUNCATED', 'EMPTY_RESPONSE'],
  ['a whole body', ['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc'], 'abc', 'abc'],
]

async function outcomeOf(
  heard: readonly string[],
  settings: { readonly allowMissingCloseNotify?: boolean },
): Promise<string> {
  const peer = new ScriptedTransport()
  const connection = new HttpConnection({
    host: 'api.test',
    protocol: 'https',
    connector: async () => peer,
    timeouts: null,
    ...settings,
  })
  await connection.request('GET', '/')
  peer.say(...heard).fail(truncated())
  try {
    return await (await connection.getResponse()).text()
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    await connection.close()
  }
}

for (const [what, heard, strict, allowed] of ANSWERS)
  test(`TLS that ends without its alert, after ${what}`, async () => {
    expect(await outcomeOf(heard, {})).toBe(strict)
    expect(await outcomeOf(heard, { allowMissingCloseNotify: false })).toBe(strict)
    expect(await outcomeOf(heard, { allowMissingCloseNotify: true })).toBe(allowed)
  })
