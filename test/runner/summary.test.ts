import { expect, test } from '../helpers/test.ts'
import { areNotable, summaryLines } from '../../src/runner/summary.ts'
import type { TapeNote } from '../../src/runner/tape-note.ts'

const note = (more: Partial<TapeNote> = {}): TapeNote => ({
  title: 'users > lists',
  path: '/app/t/users.yaml',
  played: 0,
  recorded: 0,
  unsaved: 0,
  unused: 0,
  missed: 0,
  passed: 0,
  late: [],
  escaped: [],
  failure: undefined,
  ...more,
})

test('a run ends with a line of totals, and one for each thing to look at', () => {
  expect(summaryLines([])).toEqual([])
  expect(summaryLines([note()], '/app')).toEqual(['wiretape: 0 cassettes, 0 played, 0 recorded, 0 unused, 0 missed'])
  expect(summaryLines([note({ played: 2 }), note({ played: 1, unused: 3 })], '/app')).toEqual([
    'wiretape: 1 cassette, 3 played, 0 recorded, 3 unused, 0 missed',
  ])
  const all = [
    note({ recorded: 1 }),
    note({ path: '/app/t/b.yaml', recorded: 2, unsaved: 1 }),
    note({ missed: 1, passed: 4 }),
    note({ late: ['b.test', 'a.test', 'b.test'] }),
    note({ escaped: ['first\u001b', 'second'] }),
    note({ failure: 'no\nspace' }),
    note({ title: 'one', late: ['c.test'], escaped: ['third'] }),
    note({ title: 't\u001b', missed: 2 }),
  ]
  expect(summaryLines(all, '/app')).toEqual([
    'wiretape: 2 cassettes, 0 played, 3 recorded, 0 unused, 3 missed, 1 not saved, 4 passed through, 4 late, 3 not seen',
    '  recorded  t/users.yaml: 1 interaction',
    '  recorded  t/b.yaml: 2 interactions',
    '  unsaved   users > lists: 1 interaction',
    '  missed    users > lists: 1 request',
    '  late      users > lists had ended, and asked b.test, a.test',
    String.raw`  not seen  users > lists: first\x1b`,
    String.raw`  failed    users > lists: no\x0aspace`,
    '  late      one had ended, and asked c.test',
    '  not seen  one: third',
    String.raw`  missed    t\x1b: 2 requests`,
  ])
})

test('notes are worth a look if there is more than what was played', () => {
  expect(areNotable([])).toBe(false)
  expect(areNotable([note({ played: 7, passed: 3 })])).toBe(false)
  for (const more of [
    { recorded: 1 },
    { unsaved: 1 },
    { unused: 1 },
    { missed: 1 },
    { late: ['x'] },
    { escaped: ['x'] },
    { failure: '' },
  ])
    expect([more, areNotable([note(), note(more)])]).toEqual([more, true])
})
