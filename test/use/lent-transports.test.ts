import { getEventListeners } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Connector, Transport } from '../../src/transport.ts'
import { LentTransports } from '../../src/use/lent-transports.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { originOf } from '../helpers/dialogue.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const ORIGIN = originOf('http://api.test')
const never = new Promise<Transport>(() => {})

/** How an attempt to connect may end while the caller's signal lives on. */
const ENDINGS: Readonly<Record<string, (lent: LentTransports) => Connector>> = {
  'has connected': (lent) => lent.wrap(async () => new ScriptedTransport()),
  'has failed': (lent) => lent.wrap(() => Promise.reject(new Error('refused'))),
  'was given up by the cassette': (lent) => {
    const connector = lent.wrap(() => never)
    return (origin, options) => {
      const connecting = connector(origin, options)
      void lent.close().then(() => lent.abandonAttempts())
      return connecting
    }
  },
  'came after the end of the cassette': (lent) => async (origin, options) => {
    await lent.close()
    return lent.wrap(() => never)(origin, options)
  },
}

test.describe("the caller's signal", () => {
  for (const [what, connectorOf] of Object.entries(ENDINGS))
    test(`has no listener left of an attempt that ${what}`, async () => {
      const { signal } = new AbortController()
      const outcomes = await Promise.allSettled([connectorOf(new LentTransports('a.yaml'))(ORIGIN, { signal })])
      expect(outcomes).toHaveLength(1)
      expect(getEventListeners(signal, 'abort')).toEqual([])
    })

  test('ends the attempt, and leaves no listener', async () => {
    const giveUp = new AbortController()
    const attempt: { signal?: AbortSignal | undefined } = {}
    const connecting = new LentTransports('a.yaml').wrap((_origin, { signal }) => {
      attempt.signal = signal
      return new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(new Error(String(signal.reason)))),
      )
    })(ORIGIN, { signal: giveUp.signal })
    expect(attempt.signal?.aborted).toBe(false)
    giveUp.abort('enough')
    await expect(connecting).rejects.toThrow('enough')
    expect(getEventListeners(giveUp.signal, 'abort')).toEqual([])
  })

  test('ends the attempt if it was given up before', async () => {
    const seen: unknown[] = []
    await new LentTransports('a.yaml').wrap(async (_origin, options) => {
      seen.push(options.signal?.reason)
      return new ScriptedTransport()
    })(ORIGIN, { signal: AbortSignal.abort('long ago') })
    expect(seen).toEqual(['long ago'])
  })

  test('has no listeners left of many connections of one cassette, and does nothing to them', async () => {
    await using folder = await temporaryFolder()
    const cassette = oneConnection('http://api.test', (it) => it.sent(request('GET', '/')).received(answer('1')))
    await saveCassette(`${folder.path}/a.yaml`, cassette)
    await using open = await useCassette('a', { dir: folder.path, mode: 'none', env: {}, allowPlaybackRepeats: true })
    const giveUp = new AbortController()
    const all: Transport[] = []
    for (let count = 0; count < 12; count += 1) all.push(await open.connector(ORIGIN, { signal: giveUp.signal }))
    expect(getEventListeners(giveUp.signal, 'abort')).toEqual([])
    giveUp.abort()
    for (const transport of all) {
      void transport.write(Buffer.from(request('GET', '/')))
      expect(String(await transport.read())).toBe(answer('1'))
    }
  })
})
