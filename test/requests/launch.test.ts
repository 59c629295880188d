import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { expect, test } from '../helpers/test.ts'
import { cassetteNameFor, launch } from '../../src/requests/launch.ts'
import type { Run } from '../../src/register/run.ts'

test('a cassette is named after the script of a command, or after the program', () => {
  // oxfmt-ignore
  const NAMES: readonly (readonly [words: readonly string[], name: string])[] = [
    [['node', 'scripts/smoke.mjs'],         'smoke.yaml'],
    [['node', '--flag', 'a.ts', 'b.js'],    'a.yaml'],
    [['python3', '-u', 'x/Smoke.PY'],       'Smoke.yaml'],
    [['./run.sh', 'more'],                  'run.yaml'],
    [['/usr/bin/curl', 'http://a.test'],    'curl.yaml'],
    [['npm', 'test'],                       'npm.yaml'],
    [['java', '-jar', 'app.jar'],           'app.yaml'],
    [[],                                    'recording.yaml'],
  ]
  for (const [words, name] of NAMES) expect([words, cassetteNameFor(words)]).toEqual([words, name])
})

const RUN: Run = {
  cassette: '/nowhere',
  action: 'pass',
  folder: '/nowhere',
  beganAt: 0,
  hosts: [],
  protocols: {},
  ignoreHosts: [],
  thisMachine: false,
  allowSecrets: false,
}

const ended = (...words: readonly string[]): Promise<unknown> =>
  launch(words, RUN).catch((error: unknown) => Reflect.get(Object(error), 'code'))

test('a command ends with its own code, or that of its signal, and nothing listens for signals any more', async () => {
  test.skip(process.platform === 'win32', 'there is no sh')
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const listeners = (): readonly number[] => signals.map((signal) => process.listenerCount(signal))
  const before = listeners()
  expect(await ended('sh', '-c', 'exit 0')).toBe(0)
  expect(await ended('sh', '-c', 'exit 3')).toBe(3)
  expect(await ended('sh', '-c', 'kill -TERM $$')).toBe(143)
  expect(await ended('sh', '-c', 'kill -KILL $$')).toBe(137)
  expect(await ended('no-such-program-of-anybody')).toBe('COMMAND_NOT_STARTED')
  // The process of the command knows of the run, and Node's preload.
  expect(await ended('sh', '-c', 'case "$NODE_OPTIONS" in *--require=*) exit 7;; esac')).toBe(7)
  expect(await ended('sh', '-c', 'case "$WIRETAPE_RUN" in *\\"pass\\"*) exit 8;; esac')).toBe(8)
  expect(listeners()).toEqual(before)
})

test('a signal is passed on to the command', async ({}, info) => {
  test.skip(process.platform === 'win32', 'there is no sh')
  await mkdir(info.outputPath(), { recursive: true })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const before = process.listeners(signal)
    const ready = info.outputPath(signal)
    const waits = `trap 'exit 9' ${signal.slice(3)}; : > '${ready}'; while :; do sleep 0.05; done`
    const over = launch(['sh', '-c', waits], RUN)
    const pass = process.listeners(signal).find((listener) => !before.includes(listener))
    await expect.poll(() => existsSync(ready)).toBe(true)
    pass?.(signal)
    expect(await over).toBe(9)
  }
})
