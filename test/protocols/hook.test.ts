import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { missing, programPath } from '../helpers/programs.ts'
import { PASSWORD, startPostgres } from '../helpers/servers.ts'
import { withPg } from './clients.ts'

test('pg through the hook, TLS started on its connection and SCRAM: the same twice with the server gone', async () => {
  test.skip(programPath('postgres') === undefined, missing('postgres', 'postgresql'))
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const server = await startPostgres()
  const place = { port: server.port, ca: server.certificate }
  const options = {
    dir,
    env: {},
    capture: true,
    protocols: { [`127.0.0.1:${server.port}`]: 'postgres' },
    failOnMiss: true,
  } as const
  const recording = await useCassette('pg', options)
  const live = await withPg(place)
  await recording.eject()
  await server.stop()
  for (let turn = 0; turn < 2; turn++) {
    const replay = await useCassette('pg', options)
    expect(replay.isRecording).toBe(false)
    expect(await withPg(place)).toEqual(live)
    await replay.eject()
  }
  const text = await readFile(join(dir, 'pg.yaml'), 'utf8')
  expect(text).toContain('speaks: postgres')
  expect(text).not.toContain(PASSWORD)
  await rm(dir, { recursive: true })
})
