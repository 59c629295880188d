import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { PlaysOfRun } from '../../src/register/plays-of-run.ts'
import { runFor } from '../../src/register/begin-run.ts'

test('each interaction is taken by one of several processes, as long as the run lasts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-plays-'))
  const run = { ...runFor(join(folder, 'a.yaml'), {}), folder: join(folder, 'run') }
  const [one, other] = [new PlaysOfRun(run), new PlaysOfRun(run)]
  expect([one.isTaken(0), other.isTaken(0)]).toEqual([false, false])
  expect([one.take(0), one.take(0), other.take(0)]).toEqual([true, true, false])
  expect([one.isTaken(0), other.isTaken(0)]).toEqual([false, true])
  expect([other.take(7), one.isTaken(7), one.take(7)]).toEqual([true, true, false])
  rmSync(folder, { recursive: true })
  expect([one.take(1), other.take(1)]).toEqual([true, true])
})
