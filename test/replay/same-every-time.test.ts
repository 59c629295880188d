import { expect, test } from '@playwright/test'
import { playOnce } from '../../scripts/replays/play.ts'
import { playIn, type Surroundings } from '../../scripts/replays/rig.ts'

// A share of `npm run replays`.

test('eight clients see the same whatever order they ask in, when, where and how busy the machine is', async () => {
  const elsewhere: Surroundings = {
    name: 'elsewhere',
    env: { MOVED_YEARS: '10', TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
    load: 1,
  }
  const played = await playIn(elsewhere, 100, 10)
  const here = new Set<string>()
  for (let seed = 0; seed < 10; seed += 1) here.add(await playOnce(seed))

  expect(played).toMatchObject({ replays: 10, connects: 0, lookups: 0 })
  expect(played.surroundings).toContain('GMT+0530')
  expect(Number(played.surroundings.slice(0, 4))).toBeGreaterThan(new Date().getFullYear() + 8)
  expect(played.digests).toEqual([...here])
})

test('with other clients there is another digest', async () => {
  expect(await playOnce(1, 8)).not.toBe(await playOnce(1, 7).catch(() => 'not everything was played'))
})
