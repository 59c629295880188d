import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { NOTES_VARIABLE, addToRun, notesOfRun } from '../../src/runner/notes-file.ts'
import { modeOfSnapshots } from '../../src/runner/snapshot-mode.ts'
import type { TapeNote } from '../../src/runner/tape-note.ts'
import { isTried, outcomeOf, titlesOfTask, workerOf } from '../../src/runner/vitest-task.ts'
import { checked, standIn, type TestFunction, wrapped } from '../../src/runner/wrap.ts'

const files = (more: object, filepath = '/a.test.ts'): object => ({
  ctx: { files: [{ filepath: '/c.test.ts' }, { filepath, ...more }] },
})
const generator: TestFunction = function* () {}

test.describe('a task of Vitest', () => {
  test('has the titles of its suites, but for that of the file', () => {
    const file = { name: '' }
    expect(titlesOfTask({ name: 'a', suite: { name: 'b', suite: { name: 'c', suite: file } } })).toEqual([
      'c',
      'b',
      'a',
    ])
    expect(titlesOfTask({ name: 'a', suite: file })).toEqual(['a'])
    expect(titlesOfTask({ name: 'a' })).toEqual(['a'])
  })

  test('is tried again once it has been tried', () => {
    expect(
      [{}, { result: { state: 'run' } }, { result: { state: 'run', retryCount: 0 } }].map((task) =>
        isTried({ name: 'a', ...task }),
      ),
    ).toEqual([false, false, false])
    expect(isTried({ name: 'a', result: { state: 'run', retryCount: 1 } })).toBe(true)
  })

  test('has passed, failed, or was skipped; one that is to fail has passed if it did', () => {
    for (const [state, pending, fails, outcome] of [
      ['pass', undefined, undefined, 'passed'],
      ['run', undefined, false, 'passed'],
      ['fail', undefined, undefined, 'failed'],
      ['fail', undefined, true, 'passed'],
      ['pass', undefined, true, 'failed'],
      ['skip', undefined, undefined, 'skipped'],
      ['skip', undefined, true, 'skipped'],
      ['run', true, undefined, 'skipped'],
      ['fail', true, undefined, 'skipped'],
    ] as const)
      expect([state, pending, fails, outcomeOf({ name: 'a', fails, result: { state, pending } })]).toEqual([
        state,
        pending,
        fails,
        outcome,
      ])
    expect(outcomeOf({ name: 'a' })).toBe('passed')
  })

  test('has a worker that knows its file, its project and what was asked for', () => {
    const nothing = { file: undefined, project: undefined, updateSnapshot: undefined, isFiltered: false }
    expect([{}, { __vitest_worker__: 1 }, { __vitest_worker__: { config: { name: '' } } }].map(workerOf)).toEqual([
      nothing,
      nothing,
      nothing,
    ])
    const known = { filepath: '/a.test.ts', config: { name: 'unit', snapshotOptions: { updateSnapshot: 'all' } } }
    const worker = { ...nothing, file: '/a.test.ts', project: 'unit', updateSnapshot: 'all' }
    expect(workerOf({ __vitest_worker__: known })).toEqual(worker)
    expect(workerOf({ __vitest_worker__: { ...known, current: { filepath: '/b.test.ts' } } })).toEqual({
      ...worker,
      file: '/b.test.ts',
    })
    const isFiltered = (more: object): boolean => workerOf({ __vitest_worker__: { ...known, ...more } }).isFiltered
    for (const more of [
      { config: { testNamePattern: /a/ } },
      { config: { tagsFilter: ['a'] } },
      files({ testLocations: [12] }),
      files({ testIds: ['a'] }),
      files({ testNamePattern: /a/ }),
      files({ testTagsFilter: ['a'] }),
    ])
      expect([more, isFiltered(more)]).toEqual([more, true])
    for (const more of [
      {},
      { config: { tagsFilter: [] } },
      files({ testLocations: [] }),
      files({ testIds: null }),
      files({ testIds: ['a'] }, '/b.test.ts'),
    ])
      expect([more, isFiltered(more)]).toEqual([more, false])
  })
})

test('flags for snapshots are modes', () => {
  expect(['all', 'none', 'new', 'x', true, undefined].map(modeOfSnapshots)).toEqual([
    'update',
    'none',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test.describe('a wrapped function', () => {
  test('has the name and the parameters of what is in it, and is unwrapped before it is wrapped again', () => {
    const calls: string[] = []
    const named: TestFunction = function named(this: unknown, _a, _b) {
      calls.push(`named ${String(this)}`)
      return 'given'
    }
    const one = wrapped(named, (run) => (calls.push('one'), run()))
    const two = wrapped(one, (run) => (calls.push('two'), run()))
    expect([two.name, two.length, Reflect.apply(two, 'self', [1, 2])]).toEqual(['named', 2, 'given'])
    expect(calls).toEqual(['two', 'named self'])
    expect(standIn(two, () => 'other').length).toBe(2)
  })

  test('is a generator that stays as it is', () => {
    expect(wrapped(generator, (run) => run())).toBe(generator)
  })

  test('fails with a problem once it has passed, and with its own failure if it has one', async () => {
    const problem = new Error('problem')
    const [own, passes] = [new Error('own'), (): unknown => 'given']
    expect(await checked(passes, () => undefined)()).toBe('given')
    await expect(checked(passes, () => problem)()).rejects.toBe(problem)
    const failing = checked(
      () => {
        throw own
      },
      () => problem,
    )
    await expect(failing()).rejects.toBe(own)
  })

  test('with a callback tells it of a problem, or of its own failure', () => {
    const told: unknown[] = []
    const done = Object.assign((error?: unknown) => void told.push(error), { fail: 'kept' })
    const [problem, own] = [new Error('problem'), new Error('own')]
    let kept: unknown
    const calling = (error?: Error): TestFunction =>
      function (this: unknown, ...args: readonly unknown[]) {
        const [callback] = args
        kept = Reflect.get(Object(callback), 'fail')
        if (typeof callback === 'function') callback(error)
      }
    const withOne = (error?: Error): TestFunction => Object.defineProperty(calling(error), 'length', { value: 1 })
    checked(withOne(), () => undefined)(done)
    checked(withOne(), () => problem)(done)
    checked(withOne(own), () => problem)(done)
    expect(told).toEqual([undefined, problem, own])
    expect(kept).toBe('kept')
  })
})

test('notes of several processes come together in the file that the environment names', () => {
  const dir = mkdtempSync(join(tmpdir(), 'wiretape-notes-'))
  const before = process.env[NOTES_VARIABLE]
  const note: TapeNote = {
    title: 'a',
    path: 'a.yaml',
    played: 1,
    recorded: 2,
    unsaved: 3,
    unused: 4,
    missed: 5,
    passed: 6,
    late: ['b'],
    escaped: ['c'],
    failure: 'd',
  }
  const other = { ...note, title: 'e' }
  const path = join(dir, 'notes')
  try {
    expect(notesOfRun(path)).toEqual([])
    for (const none of ['', undefined]) {
      if (none === undefined) Reflect.deleteProperty(process.env, NOTES_VARIABLE)
      else process.env[NOTES_VARIABLE] = none
      expect(addToRun([note])).toBe(false)
    }
    process.env[NOTES_VARIABLE] = path
    expect([addToRun([note]), addToRun([other, note])]).toEqual([true, true])
    const { failure: _, ...rest } = note
    expect(notesOfRun(path)).toEqual([{ ...rest, failure: 'd' }, other, note])
    expect(() => notesOfRun(dir)).toThrow(/EISDIR/)
  } finally {
    Reflect.deleteProperty(process.env, NOTES_VARIABLE)
    if (before !== undefined) process.env[NOTES_VARIABLE] = before
    rmSync(dir, { recursive: true, force: true })
  }
})
