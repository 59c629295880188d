import { expect, test } from '../helpers/test.ts'
import { logOfRun, playOnce } from '../../scripts/replays/play.ts'
import { playIn, type Surroundings } from '../../scripts/replays/rig.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'

// A share of `npm run replays`.

test('eight clients see the same whatever order they ask in, when, where and how busy the machine is', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const elsewhere: Surroundings = {
    name: 'elsewhere',
    env: { MOVED_YEARS: '10', TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
    load: 1,
  }
  const replays = countOf(3, 10)
  const played = await playIn(elsewhere, 100, replays)
  const here = new Set<string>()
  for (let seed = 0; seed < replays; seed += 1) here.add(await playOnce(seed))

  expect(played).toMatchObject({ replays, connects: 0, lookups: 0 })
  expect(played.surroundings).toContain('GMT+0530')
  expect(Number(played.surroundings.slice(0, 4))).toBeGreaterThan(new Date().getFullYear() + 8)
  expect(played.digests).toEqual([...here])
})

test('what they see are whole answers, and every kind of failure', async () => {
  const log = await logOfRun(1)
  expect(log).toHaveLength(8 * 14)
  expect(new Set(log).size).toBe(log.length)
  for (const code of ['complete', 'PREMATURE_EOF', 'CONNECTION_LOST', 'BODY_TIMEOUT', 'BAD_CHUNK_SIZE'])
    expect(log.filter((line) => line.includes(` ${code} `)).length).toBeGreaterThanOrEqual(8)
})
