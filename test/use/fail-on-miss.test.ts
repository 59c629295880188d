import { expect, test } from '../helpers/test.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { useCassette, withCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'

async function optionsFor(dir: string, options: UseCassetteOptions = {}): Promise<UseCassetteOptions> {
  const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('hello')))
  await saveCassette(`${dir}/users.yaml`, cassette)
  return { dir, mode: 'none', env: {}, failOnMiss: true, ...options }
}

/** Asks for what is not there, and swallows the miss. */
async function ask(connector: Awaited<ReturnType<typeof useCassette>>['connector'], target: string): Promise<void> {
  const transport = await connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  try {
    await transport.write(Buffer.from(request('GET', target)))
  } catch {
    transport.destroy()
  }
}

test.describe('with failOnMiss, a miss that was swallowed', () => {
  test('makes eject reject, again and again, with each miss told once', async ({}, info) => {
    const cassette = await useCassette('users', await optionsFor(info.outputPath()))
    for (const target of ['/a', '/a', '/b', '/a']) await ask(cassette.connector, target)
    const failure: unknown = await cassette.eject().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'MISSED', name: 'UnnoticedMisses', misses: cassette.misses })
    expect(cassette.misses).toHaveLength(4)
    expect(String(failure).match(/GET http:\/\/api\.test\/a\n/g)).toHaveLength(1)
    expect(String(failure).match(/GET http:\/\/api\.test\/b\n/g)).toHaveLength(1)
    expect(String(failure)).toContain('(3 times)')
    expect(String(failure)).not.toContain('(1 times)')
    await expect(cassette.eject()).rejects.toBe(failure)
  })

  test('makes withCassette and await using reject', async ({}, info) => {
    const options = await optionsFor(info.outputPath())
    await expect(withCassette('users', options, (it) => ask(it.connector, '/a'))).rejects.toMatchObject({
      code: 'MISSED',
    })
    const use = async (): Promise<void> => {
      await using cassette = await useCassette('users', options)
      await ask(cassette.connector, '/a')
    }
    await expect(use()).rejects.toMatchObject({ code: 'MISSED' })
  })

  test('does not hide why a run failed', async ({}, info) => {
    const options = await optionsFor(info.outputPath())
    const failing = withCassette('users', options, async ({ connector }) => {
      await ask(connector, '/a')
      throw new Error('mine')
    })
    await expect(failing).rejects.toThrow('mine')
  })

  test('is fine without failOnMiss, and no miss is fine with it', async ({}, info) => {
    const options = await optionsFor(info.outputPath())
    await withCassette('users', { ...options, failOnMiss: undefined }, ({ connector }) => ask(connector, '/a'))
    await withCassette('users', options, ({ connector }) => ask(connector, '/'))
  })
})
