import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { runFor } from '../../src/register/begin-run.ts'
import { leftRuns } from '../../src/register/left-runs.ts'
import { Part } from '../../src/register/part.ts'
import { RUN_FILE } from '../../src/register/run.ts'

test('runs are left of leaders that are gone, and only of the cassette that is asked for', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const cassette = join(dir, 'talk.yaml')
  const alive = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  expect(leftRuns(join(dir, 'none', 'talk.yaml'))).toEqual([])
  expect(leftRuns(cassette)).toEqual([])
  // As each run makes its folder; a run is named after its leader.
  const folderOf = (name: string, pid: number | undefined): string => join(dir, `.${name}.${pid}.run`)
  for (const [name, pid] of [
    ['talk.yaml', gone],
    ['talk.yaml', alive.pid],
    ['talk.yaml', process.pid],
    ['other.yaml', gone],
  ] as const)
    expect(new Part({ ...runFor(join(dir, name), {}), folder: folderOf(name, pid) }, 'one').isReplaying).toBe(false)
  await mkdir(join(dir, `.talk.yaml.${gone}1.run`))
  await mkdir(join(dir, `.talk.yaml.${gone}`))
  await writeFile(join(dir, `.talk.yaml.${gone}`, RUN_FILE), '{}')
  const found = leftRuns(cassette)
  expect(found.map(({ folder }) => folder)).toEqual([folderOf('talk.yaml', gone)])
  expect(found[0]).toMatchObject({ cassette, action: 'record' })
  expect(found[0]?.nameKey).toBeUndefined()
  // To ask whether it is there does nothing to it.
  expect([alive.exitCode, alive.signalCode]).toEqual([null, null])
  alive.stdin.end()
  await once(alive, 'exit')
  expect(
    leftRuns(cassette)
      .map(({ folder }) => folder)
      .toSorted(),
  ).toEqual([gone, alive.pid].map((pid) => folderOf('talk.yaml', pid)).toSorted())
  await rm(dir, { recursive: true })
})
