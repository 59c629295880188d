import { expect, test } from '../helpers/test.ts'
import { runTypeScript } from '../helpers/ts-process.ts'

interface Outcome {
  /** What tests, and then the file, have to fail with. */
  readonly problems?: readonly string[]
  /** What is said of each cassette. */
  readonly notes: readonly string[]
  /** What the cassettes hold afterwards. */
  readonly holds: readonly string[]
}

const ALL = ['_file.yaml: /file', 'a.yaml: /a', 'b.yaml: /b /b2']
const MISS =
  'the client asked for something that is not on the cassette; failOnMiss: false allows that: no recorded interaction matches the request: GET http://localhost:PORT/c'
const NO_CASSETTE =
  'there is no such cassette: record it with WIRETAPE_MODE=once, the mode is none (DIR/cassettes/own.test.ts/c.yaml)'

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  'anew: a test fails': {
    notes: ['a: 1 recorded', 'b: 2 unsaved', 'own.test.ts: 1 unsaved'],
    holds: ['a.yaml: /a'],
  },
  'anew: a test fails, and what it did is kept': {
    notes: ['a: 1 recorded', 'b: 2 recorded', 'own.test.ts: 1 recorded'],
    holds: ALL,
  },
  'anew: a test is skipped in its middle': {
    notes: ['a: 1 recorded', 'b: 2 unsaved', 'own.test.ts: 1 recorded'],
    holds: ['_file.yaml: /file', 'a.yaml: /a'],
  },
  'anew: a test has a problem that it does not see': {
    problems: ['refused'],
    notes: ['a: 1 recorded', 'b: 2 unsaved, 1 escaped', 'own.test.ts: 1 unsaved'],
    holds: ['a.yaml: /a'],
  },
  'anew: somebody else has a test that fails': {
    notes: ['a: 1 recorded', 'b: 2 recorded', 'own.test.ts: 1 unsaved'],
    holds: ['a.yaml: /a', 'b.yaml: /b /b2'],
  },
  'anew: not all tests are asked for': {
    notes: ['a: 1 recorded', 'b: 2 recorded', 'own.test.ts: 1 unsaved'],
    holds: ['a.yaml: /a', 'b.yaml: /b /b2'],
  },
  'anew: tests with equal titles': {
    notes: ['a: 1 recorded', 'a: 1 recorded'],
    holds: ['a.2.yaml: /other', 'a.yaml: /a'],
  },
  'anew: nothing is asked for': { notes: [], holds: [] },
  'anew: all pass': { notes: ['a: 1 recorded', 'b: 2 recorded', 'own.test.ts: 1 recorded'], holds: ALL },
  // What its first attempt has left stays.
  'a test is tried again': { notes: ['a: 1 unsaved'], holds: ALL },
  'nothing is to be saved': { notes: ['a: 1 unsaved'], holds: ALL },
  replayed: { notes: ['a: 1 played', 'b: 2 played', 'own.test.ts: 1 played'], holds: ALL },
  'replayed in part': { notes: ['a: 1 played', 'b: 1 played, 1 unused'], holds: ALL },
  'replayed by a test that fails in its middle': { notes: ['a: 1 played', 'b: 1 played'], holds: ALL },
  'replayed, and something is missing': {
    problems: [MISS],
    notes: ['a: 1 played', 'b: 1 played, 1 missed', 'own.test.ts: 1 played'],
    holds: ALL,
  },
  'replayed, and a miss may be': { notes: ['b: 2 played, 1 missed'], holds: ALL },
  'replayed, and a cassette is missing': { problems: [NO_CASSETTE], notes: ['c: 1 failed'], holds: ALL },
}

test('what a file and its tests have done is saved, played and told as they ended', async () => {
  const { stdout, stderr, code } = await runTypeScript(new URL('file-run-process.ts', import.meta.url))
  expect(code, stderr).toBe(0)
  const expected = Object.entries(OUTCOMES).map(([name, outcome]) => [name, { problems: [], ...outcome }])
  expect(Object.entries(JSON.parse(stdout))).toEqual(expected)
})
