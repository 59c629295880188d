import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { attempt, endOf } from '../helpers/attempt.ts'
import { certificateOf } from '../helpers/certificate-of.ts'
import { noteHandles } from '../helpers/handles.ts'
import { serve } from '../helpers/live-server.ts'
import { answer } from '../helpers/tape.ts'
import { serveTls } from '../helpers/tls-server.ts'

test.describe('a TLS server', () => {
  for (const [what, certificate, isTrusted, systemCode] of [
    ['that nobody trusts', () => certificateOf('localhost', -1, 1), false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['whose certificate has expired', () => certificateOf('localhost', -9, -2), true, 'CERT_HAS_EXPIRED'],
    ['whose certificate is not valid yet', () => certificateOf('localhost', 2, 9), true, 'CERT_NOT_YET_VALID'],
    ['that is another', () => certificateOf('other.test', -1, 1), true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const) {
    test(`${what} gets no request, unless verification is off`, async () => {
      const heard: string[] = []
      await using server = await serveTls(
        (socket) => {
          socket.on('data', (bytes: Buffer) => {
            heard.push(bytes.toString('latin1'))
            socket.write(answer('hello'))
          })
        },
        await certificate(),
      )
      const url = `https://localhost:${server.port}`
      const tls = isTrusted ? { ca: server.ca } : {}
      await using strict = HttpConnection.to(url, { tls })
      for (let time = 0; time < 2; time += 1) {
        const { error } = await attempt(strict, 'GET', '/')
        expect(error).toMatchObject({ code: 'TLS_FAILED', phase: 'tls', systemCode })
      }
      expect(heard).toEqual([])

      await using trusting = HttpConnection.to(url, { tls, verify: false })
      expect(String((await attempt(trusting, 'GET', '/')).body)).toBe('hello')
    })
  }

  test('that does not speak TLS fails differently from one that resets, and from one that hangs up', async () => {
    const seen: string[] = []
    for (const act of ['write', 'resetAndDestroy', 'end'] as const) {
      const leftOpen = noteHandles()
      {
        await using server = await serve((socket) => {
          socket.once('data', () => void (act === 'write' ? socket.write('HTTP/1.1 400 Bad\r\n\r\n') : socket[act]()))
        })
        await using connection = HttpConnection.to(`https://localhost:${server.port}`)
        seen.push(endOf(await attempt(connection, 'GET', '/')))
      }
      expect(await leftOpen()).toEqual([])
    }
    expect(seen).toEqual([
      expect.stringMatching(/^TLS_FAILED ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/),
      'TLS_FAILED ECONNRESET',
      'TLS_FAILED ECONNRESET',
    ])
  })
})
