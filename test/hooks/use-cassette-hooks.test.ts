import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test as base } from '../helpers/test.ts'
import { bundled } from '../../scripts/bundled.ts'
import type { InteractionHook } from '../../src/hooks/hook.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'

const SECRET = ['aB3dE6gH', '9jK2mN5p'].join('')
const WITHHELD = '{{withheld-by-hook.1}}'

const test = base.extend<{ dir: string; url: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  url: async ({}, use) => {
    const server = createServer((request, response) => response.end(`answer to ${request.url}`))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    await use(`http://127.0.0.1:${Object(server.address()).port}`)
    server.close().closeAllConnections()
  },
})

const open = (dir: string, options: UseCassetteOptions): Promise<OpenCassette> =>
  useCassette('hooked', { dir, env: { TENANT_API_KEY: SECRET }, ...options })

async function ask(cassette: OpenCassette, url: string, ...targets: readonly string[]): Promise<string[]> {
  const connection = cassette.connect(url)
  const answers: string[] = []
  for (const target of targets) {
    await connection.request('GET', target)
    answers.push(await (await connection.getResponse()).text())
  }
  return answers
}

const answering = (change: (body: string, target: string) => string | Promise<string>): InteractionHook => {
  return async ({ origin, request, response }) => ({
    origin,
    request,
    response: response && { ...response, body: await change(String(response.body), request.target) },
  })
}

/** The same, and at once. */
const sync =
  (change: (body: string, target: string) => string): InteractionHook =>
  ({ origin, request, response }) => ({
    origin,
    request,
    response: response && { ...response, body: change(String(response.body), request.target) },
  })

const saved = (dir: string): Promise<string> => readFile(join(dir, 'hooked.yaml'), 'utf8')

test.describe('beforeRecord', () => {
  test('sees no secret, changes what is saved and nothing of what the client gets, and is redacted itself', async ({
    dir,
    url,
  }) => {
    const seen: string[] = []
    const cassette = await open(dir, {
      beforeRecord: sync((body, target) => {
        seen.push(`${target} ${body}`)
        return `changed ${SECRET}`
      }),
    })
    expect(await ask(cassette, url, `/a?t=${SECRET}`)).toEqual([`answer to /a?t=${SECRET}`])
    await cassette.eject()
    expect(seen).toEqual(['/a?t={{env.1}} answer to /a?t={{env.1}}'])
    expect(await saved(dir)).toContain('changed {{env.1}}')
    expect(await saved(dir)).not.toContain(SECRET)
  })

  test('that answers at once has its record on the disk with the turn in which the client has the answer', async ({
    dir,
    url,
  }) => {
    await using cassette = await open(dir, { beforeRecord: sync(() => 'changed') })
    await ask(cassette, url, '/a')
    await new Promise((resolve) => setImmediate(resolve))
    expect(readFileSync(join(dir, 'hooked.yaml.rec'), 'utf8')).toContain('changed')
  })

  test('that answers later keeps the order of the records', async ({ dir, url }) => {
    const cassette = await open(dir, {
      beforeRecord: answering(async (body, target) => {
        if (target === '/1') await new Promise((resolve) => setImmediate(resolve))
        return `${body}!`
      }),
    })
    await ask(cassette, url, '/1', '/2', '/3')
    await cassette.eject()
    const targets = (await saved(dir)).match(/answer to \/\d!/g)
    expect(targets).toEqual(['answer to /1!', 'answer to /2!', 'answer to /3!'])
  })

  for (const save of [true, false]) {
    test(`that fails withholds one body and flags it; ${save ? 'all is saved, and' : 'in memory as well:'} eject says so`, async ({
      dir,
      url,
    }) => {
      const cassette = await open(dir, {
        save,
        beforeRecord: sync((body, target) => {
          if (target === '/2') throw new Error(`it does not like ${SECRET}`)
          return body
        }),
      })
      await ask(cassette, url, '/1', '/2', '/3')
      await expect(cassette.eject()).rejects.toMatchObject({
        code: 'HOOK_FAILED',
        message: expect.stringMatching(/beforeRecord, at GET \/2: Error: it does not like \{\{env\.1\}\}$/),
      })
      if (!save) return
      await using replay = await open(dir, { mode: 'none' })
      expect(await ask(replay, url, '/1', '/2', '/3')).toEqual(['answer to /1', WITHHELD, 'answer to /3'])
    })
  }

  test('that never settles holds up the end for its time only', async ({ dir, url }) => {
    const cassette = await open(dir, { hookTimeout: 20, beforeRecord: () => new Promise(() => {}) })
    await ask(cassette, url, '/1', '/2')
    await expect(cassette.eject()).rejects.toMatchObject({ code: 'HOOK_TIMEOUT' })
    expect(await saved(dir)).toContain(WITHHELD)
  })

  test('may use the cassette that it stands before', async ({ dir, url }) => {
    const inner: Promise<string[]>[] = []
    const cassette: OpenCassette = await open(dir, {
      beforeRecord: answering(async (body, target) => {
        if (target === '/1') inner.push(ask(cassette, url, '/inner'))
        return target === '/1' ? String(await inner[0]) : body
      }),
    })
    await ask(cassette, url, '/1')
    await inner[0]
    await cassette.eject()
    expect((await saved(dir)).match(/answer to \/inner/g)).toHaveLength(2)
  })

  test('is not called for what is given up', async ({ dir, url }) => {
    const cassette = await open(dir, {
      beforeRecord: () => {
        throw new Error('no')
      },
    })
    await ask(cassette, url, '/1')
    cassette.discard()
    await cassette.eject()
    await expect(saved(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  for (const fault of ['throws', 'never settles']) {
    test(`that ${fault} in a process that ends without saving: the record stays, the exit code is 1`, async ({
      dir,
      url,
    }) => {
      const script = bundled(new URL('exit-with-hook.ts', import.meta.url))
      const child = spawn(process.execPath, [script, dir, fault, url], {
        env: { ...process.env, TENANT_API_KEY: SECRET },
      })
      const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
      expect(code).toBe(1)
      expect(stderr).toMatch(/beforeRecord, at GET \/a/)
      expect(stderr).not.toContain(SECRET)
      await recoverCassette(join(dir, 'exit.yaml'))
      expect(await readFile(join(dir, 'exit.yaml'), 'utf8')).toContain(WITHHELD)
    })
  }
})

test.describe('beforePlayback', () => {
  test('changes what is replayed, and nothing in the file', async ({ dir, url }) => {
    await using recording = await open(dir, {})
    await ask(recording, url, '/1', '/2')
    await recording.eject()
    const before = await saved(dir)
    await using replay = await open(dir, { mode: 'none', beforePlayback: answering((body) => `${body}, again`) })
    expect(await ask(replay, url, '/1', '/2')).toEqual(['answer to /1, again', 'answer to /2, again'])
    await replay.eject()
    expect(await saved(dir)).toBe(before)
  })

  test('that fails withholds one body, and eject says so', async ({ dir, url }) => {
    await using recording = await open(dir, {})
    await ask(recording, url, '/1', '/2')
    await recording.eject()
    const replay = await open(dir, {
      mode: 'none',
      beforePlayback: answering((body, target) => (target === '/1' ? Promise.reject(new Error('no')) : body)),
    })
    expect(await ask(replay, url, '/1', '/2')).toEqual([WITHHELD, 'answer to /2'])
    await expect(replay.eject()).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      message: expect.stringContaining('beforePlayback, at GET /1'),
    })
  })

  test('stands before what is replayed while more is recorded, which it does not touch', async ({ dir, url }) => {
    await using recording = await open(dir, {})
    await ask(recording, url, '/1')
    await recording.eject()
    await using both = await open(dir, { mode: 'new_episodes', beforePlayback: sync((body) => `${body}!`) })
    expect(await ask(both, url, '/1', '/2')).toEqual(['answer to /1!', 'answer to /2'])
    await both.eject()
    expect((await saved(dir)).match(/answer to \/\d!?/g)).toEqual(['answer to /1', 'answer to /2'])
  })
})

test('a hook that is none, and a time that is none, are refused before the first request', async ({ dir }) => {
  // @ts-expect-error: what JavaScript may bring
  await expect(open(dir, { beforeRecord: 'no' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  // @ts-expect-error: what JavaScript may bring
  await expect(open(dir, { beforePlayback: {} })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  for (const hookTimeout of [0, -1, 0.5, Infinity, Number.NaN])
    await expect(open(dir, { hookTimeout, beforeRecord: sync(() => '') })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
  await writeFile(join(dir, 'nothing-is-locked'), '')
  await using cassette = await open(dir, {})
  expect(cassette.isRecording).toBe(true)
})
