import { expect, test, vi } from 'vitest'
import { converse } from './fake-timers-work.ts'

/** Everything that these timers can replace. */
const EVERYTHING = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'performance',
  'queueMicrotask',
] as const

test('a conversation is recorded and replayed while time stands still', async () => {
  vi.useFakeTimers({ toFake: [...EVERYTHING], now: 0 })
  const said = await converse()
  expect(Date.now()).toBe(0)
  vi.useRealTimers()
  expect(said.live).toEqual(['hello /1', 'hello /2', 'hello /3'])
  expect(said.replayed).toEqual(said.live)
  expect(said.isDated).toBe(true)
})
