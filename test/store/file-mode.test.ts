import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { Recording } from '../../src/recorder/recording.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { serve } from '../cli/run-cli.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const test = base.extend<{ dir: string }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
})

test.skip(process.platform === 'win32', 'modes of POSIX')

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)
const ofNewFiles = (0o666 & ~process.umask()).toString(8)

for (const [name, redact, expected] of [
  ['is for everybody when it was redacted', undefined, ofNewFiles],
  ['is for its owner when it was not', false, '600'],
] as const) {
  test(`a cassette and its blobs ${name}, and the journal is for its owner`, async ({ dir }) => {
    await using server = await serve((socket) => socket.write(answer('x'.repeat(300_000))))
    {
      await using cassette = await useCassette('talk', { dir, env: {}, redact, mode: 'all' })
      await using connection = HttpConnection.to(server.url, { connector: cassette.connector })
      await connection.request('GET', '/')
      await (await connection.getResponse()).text()
      expect(await modeOf(join(dir, 'talk.yaml.rec'))).toBe('600')
    }
    expect(await modeOf(join(dir, 'talk.yaml'))).toBe(expected)
    for (const blob of await readdir(join(dir, 'blobs')).catch(() => []))
      expect(await modeOf(join(dir, 'blobs', blob))).toBe(expected)
  })
}

test('a cassette that is replaced keeps its mode', async ({ dir }) => {
  const path = join(dir, 'talk.yaml')
  const cassette = oneConnection('http://api.test', (it) => it.sent(request('GET', '/')).received(answer('')))
  await saveCassette(path, cassette)
  expect(await modeOf(path)).toBe(ofNewFiles)
  await chmod(path, 0o640)
  await saveCassette(path, cassette)
  expect(await modeOf(path)).toBe('640')
  await (await Recording.open(path)).save().catch(() => undefined)
  expect(await modeOf(path)).toBe('640')
})
