import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { isHostOf } from '../../src/templates/host-form.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { CassetteMiss } from '../../src/misses/cassette-miss.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { originOf } from '../helpers/dialogue.ts'
import { answer, TapeWriter } from '../helpers/tape.ts'
import { RawClient } from '../helpers/raw-client.ts'

const requestTo = (host: string, target = '/a'): string => `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** A recording of `host`, as it is written and read again, and of an attempt to connect that failed. */
function recordedOf(secret: string, host: string): { readonly text: string; readonly cassette: Cassette } {
  const tape = new TapeWriter()
  const lower = host.toLowerCase()
  tape.open(`https://${lower}`).sent(requestTo(lower)).received(answer('x'))
  tape.failed(`https://${lower}`, {
    code: 'DNS_FAILED',
    phase: 'dns',
    message: `getaddrinfo ENOTFOUND ${lower}`,
  })
  const { cassette } = redactCassette(tape.cassette, { secrets: [secret] })
  const text = encodeCassette(cassette)
  return { text, cassette: decodeCassette(text) }
}

async function outcomeOf(cassette: Cassette, host: string, options: ReplayerOptions = {}): Promise<unknown> {
  const { connector } = new Replayer(cassette, options)
  try {
    const transport = await connector(originOf(`https://${host}`), {})
    await transport.write(Buffer.from(requestTo(host)))
    return Buffer.from((await transport.read()) ?? []).toString()
  } catch (error) {
    return error
  }
}

const label = fc.stringMatching(/^[a-z][a-z0-9]{8,20}[a-z]$/)

test.describe('a registered value in a host name', () => {
  test('is not in the cassette, and any host of that form plays it, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(label, label, fc.boolean(), async (secret, other, isUpper) => {
        const registered = isUpper ? secret.toUpperCase() : secret
        const { text, cassette } = recordedOf(registered, `${registered}.example.com`)
        expect(text).toContain('https://{{secret.')
        expect(text.toLowerCase()).not.toContain(secret)
        for (const matchOn of [undefined, ['method', 'host', 'path']] as const)
          for (const host of [secret, other])
            expect(await outcomeOf(cassette, `${host}.example.com`, { matchOn })).toBe(answer('x'))
        for (const host of [
          `${secret}.example.org`,
          `x.${secret}.example.net`,
          'example.com',
          `${secret}.example.com:8443`,
        ])
          expect(await outcomeOf(cassette, host)).toBeInstanceOf(CassetteMiss)
      }),
      { numRuns: 20 },
    )
  })

  test('plays bytes and failures, too', async () => {
    const secret = 'acmetenant42'
    const { cassette } = recordedOf(secret, `${secret}.example.com`)
    expect(await outcomeOf(cassette, `${secret}.example.com`, { matchOn: 'bytes' })).toBe(answer('x'))
    const replayer = new Replayer(cassette)
    await replayer.connector(originOf('https://one.example.com'), {})
    await expect(replayer.connector(originOf('https://two.example.com'), {})).rejects.toMatchObject({
      code: 'DNS_FAILED',
    })
    expect(() => replayer.assertAllPlayed()).toThrow(/GET https:\/\/\{\{secret\.1\}\}\.example\.com\/a/)
  })

  test('is not in a miss, which does not call the host unknown', async () => {
    const secret = 'AcmeTenant42'
    const { cassette } = recordedOf(secret, `${secret}.example.com`)
    const { connector } = new Replayer(cassette, { redact: { secrets: [secret] } })
    const transport = await connector(originOf(`https://${secret}.example.com`), {})
    const write = (): unknown => transport.write(Buffer.from(requestTo(`${secret}.example.com`, '/b')))
    expect(write).toThrow(CassetteMiss)
    const miss = await transport.read().catch((error: unknown) => error)
    if (!(miss instanceof CassetteMiss)) throw new Error('no miss')
    const shown = (miss.message + JSON.stringify(miss.report)).toLowerCase()
    expect(shown).not.toContain(secret.toLowerCase())
    expect(shown).not.toContain('nothing was recorded of')
  })

  test('is served to clients that ask for any host of that form', async () => {
    const tape = new TapeWriter()
    tape.open('http://acmetenant42.example.com').sent(requestTo('acmetenant42.example.com')).received(answer('x'))
    const { cassette } = redactCassette(tape.cassette, { secrets: ['acmetenant42'] })
    await using served = await serveCassette(cassette)
    for (const [host, status] of [
      ['other.example.com', '200'],
      ['other.example.org', '421'],
    ] as const) {
      using client = await RawClient.to(served.port)
      client.say(requestTo(host))
      await client.until((heard) => heard.includes('\r\n\r\n'))
      expect(client.heard).toContain(`HTTP/1.1 ${status}`)
    }
  })
})

test.describe('isHostOf', () => {
  const CASES: readonly (readonly [recorded: string, asked: string, isIt: boolean])[] = [
    ['http://a', 'http://a', true],
    ['http://a', 'http://b', false],
    ['https://{{secret.1}}', 'https://a.b', true],
    ['https://{{secret.1}}', 'https://a.b:8443', false],
    ['https://{{secret.1}}', 'http://a.b', false],
    ['https://x-{{secret.1}}.b:1', 'https://x-a.b:1', true],
    ['https://x-{{secret.1}}.b:1', 'https://x-.b:1', false],
    ['dddddddd-1234-4ddd-8ddd-000000000001.b', 'a.b', true],
  ]
  for (const [recorded, asked, isIt] of CASES)
    test(`${recorded} ${isIt ? 'is' : 'is not'} ${asked}`, () => expect(isHostOf(recorded, asked)).toBe(isIt))
})
