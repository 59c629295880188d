import { resolve } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { beginRun } from '../../src/register/begin-run.ts'
import { parseRun, RUN_VARIABLE } from '../../src/register/run.ts'

const begun = (env: Record<string, string>): string | undefined => beginRun({ ...env })?.cassette

test('a cassette or a mode in the environment begins a run, an empty one does not', () => {
  expect(begun({})).toBeUndefined()
  expect(begun({ WIRETAPE_CASSETTE: '', WIRETAPE_MODE: '' })).toBeUndefined()
  expect(begun({ WIRETAPE_CASSETTE: '' })).toBeUndefined()
  expect(begun({ WIRETAPE_MODE: '' })).toBeUndefined()
  for (const [name, file] of [
    ['a', 'a.yaml'],
    ['a.yaml', 'a.yaml'],
    ['a.yml', 'a.yml'],
    ['b/a.json', 'b/a.json.yaml'],
  ] as const) {
    expect(begun({ WIRETAPE_CASSETTE: name })).toBe(resolve(file))
    expect(begun({ WIRETAPE_CASSETTE: name, WIRETAPE_MODE: '' })).toBe(resolve(file))
    expect(begun({ WIRETAPE_CASSETTE: name, WIRETAPE_MODE: 'none' })).toBe(resolve(file))
  }
  for (const env of [{ WIRETAPE_MODE: 'none' }, { WIRETAPE_MODE: 'none', WIRETAPE_CASSETTE: '' }])
    expect(begun(env)).toMatch(/[\\/]cassettes[\\/][^\\/]+\.yaml$/)
})

test('the processes that it starts belong to it: they read of it in their environment', () => {
  const env: Record<string, string | undefined> = {
    WIRETAPE_CASSETTE: 'a',
    WIRETAPE_MODE: 'all',
    WIRETAPE_IGNORE_HOSTS: ' a.test, ,b.test,',
  }
  const run = beginRun(env)
  expect(run).toMatchObject({ action: 'record', leader: process.pid, ignoreHosts: ['a.test', 'b.test'] })
  expect(run).toMatchObject({ thisMachine: false, allowSecrets: false })
  expect(parseRun(env[RUN_VARIABLE] ?? '')).toEqual(run)
  expect(beginRun(env)).toEqual(run)
})

test('a cassette that is not there is missing, and a mode that is none is refused', () => {
  expect(beginRun({ WIRETAPE_CASSETTE: 'a', WIRETAPE_MODE: 'none' })?.action).toBe('missing')
  expect(() => beginRun({ WIRETAPE_CASSETTE: 'a', WIRETAPE_MODE: 'some' })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  )
})
