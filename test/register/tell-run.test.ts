import { expect, test } from '../helpers/test.ts'
import type { RunResult } from '../../src/register/finish-run.ts'
import { runFor } from '../../src/register/begin-run.ts'
import type { Run } from '../../src/register/run.ts'
import { tellRun } from '../../src/register/tell-run.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const NOTHING: RunResult = {
  played: 0,
  unused: 0,
  others: 0,
  saved: undefined,
  unsaved: undefined,
  shared: [],
  problems: [],
  processes: 1,
}

/** What is printed of it, line by line. */
function told(result: Partial<RunResult>, run: Partial<Run>): readonly string[] {
  const write = Object.getOwnPropertyDescriptor(process.stderr, 'write')
  let text = ''
  try {
    process.stderr.write = (piece: string | Uint8Array) => {
      text += String(piece)
      return true
    }
    tellRun({ ...NOTHING, ...result }, { ...runFor('talk.yaml', {}), ...run })
  } finally {
    if (write === undefined) Reflect.deleteProperty(process.stderr, 'write')
    else Object.defineProperty(process.stderr, 'write', write)
  }
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^wiretape: /, '> '))
}

const SAVED = oneConnection('http://a.test', (it) =>
  it.sent(request('GET', '/a'), request('GET', '/b')).received(answer(''), answer('')),
)
const NEW =
  'several processes were answered differently at the same time; in a replay the first to ask gets the first answer'
const ONLY = 'nothing was recorded: only what goes to other machines'
const ADVICE = 'name those of this one: --host localhost:3000'
const problems = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `no ${index + 1}`)

// oxfmt-ignore
const TOLD: readonly (readonly [name: string, result: Partial<RunResult>, run: Partial<Run>, lines: readonly string[]])[] = [
  ['a recording', { saved: SAVED }, { action: 'record' }, ['> talk.yaml: 2 recorded, 0 missed']],
  ['what was added', { saved: SAVED, played: 1 }, { action: 'extend' }, ['> talk.yaml: 2 recorded, 1 played, 0 missed']],
  ['a replay', { played: 3 }, { action: 'replay' }, ['> talk.yaml: 3 played, 0 missed']],
  ['what is left of one', { played: 3, unused: 2, others: 1 }, { action: 'replay' }, ['> talk.yaml: 3 played, 2 unused, 1 connection not of HTTP, 0 missed']],
  ['databases', { others: 2 }, { action: 'replay' }, ['> talk.yaml: 0 played, 2 connections not of HTTP, 0 missed']],
  ['five problems', { problems: problems(5) }, { action: 'replay' }, ['> no 1', '> no 2', '> no 3', '> no 4', '> no 5', '> talk.yaml: 0 played, 5 missed']],
  ['seven problems', { problems: problems(7) }, { action: 'replay' }, ['> no 1', '> no 2', '> no 3', '> no 4', '> no 5', '> and 2 more', '> talk.yaml: 0 played, 7 missed']],
  ['a problem of several lines, with signs of a terminal', { problems: ['no\nnever\u001b[2J'] }, { action: 'replay' }, ['> no', String.raw`> never\x1b[2J`, '> talk.yaml: 0 played, 1 missed']],
  ['a shared request', { saved: SAVED, shared: ['GET /a'] }, { action: 'record' }, [`> GET /a: ${NEW}`, '> talk.yaml: 2 recorded, 0 missed']],
  ['two of them', { saved: SAVED, shared: ['GET /a', 'GET /b'] }, { action: 'record' }, [`> GET /a (and 1 request more): ${NEW}`, '> talk.yaml: 2 recorded, 0 missed']],
  ['three of them', { saved: SAVED, shared: ['GET /a', 'GET /b', 'GET /c'] }, { action: 'record' }, [`> GET /a (and 2 requests more): ${NEW}`, '> talk.yaml: 2 recorded, 0 missed']],
  ['a command that failed', { unsaved: 'failed' }, { action: 'record' }, ['> the command failed, so nothing was saved', '> talk.yaml: 0 missed']],
  ['a command that failed to add', { unsaved: 'failed', played: 1 }, { action: 'extend' }, ['> the command failed, so nothing was saved', '> talk.yaml: 1 played, 0 missed']],
  ['nothing', { unsaved: 'nothing' }, { action: 'record' }, [`> ${ONLY} is, and nothing did; ${ADVICE}`, '> talk.yaml: 0 missed']],
  ['nothing though hosts are named', { unsaved: 'nothing' }, { action: 'record', hosts: ['a:1', 'b'] }, [`> ${ONLY} and to a:1, b is, and nothing did`, '> talk.yaml: 0 missed']],
  ['nothing to add', { unsaved: 'nothing' }, { action: 'extend' }, ['> talk.yaml: 0 played, 0 missed']],
  ['nothing new', { unsaved: 'nothing', played: 1 }, { action: 'add' }, ['> talk.yaml: 1 played, 0 missed']],
  ['nothing of HTTP', { unsaved: 'nothing', others: 1 }, { action: 'record' }, ['> talk.yaml: 1 connection not of HTTP, 0 missed']],
]

for (const [name, result, run, lines] of TOLD)
  test(`a run tells what it came to: ${name}`, () => {
    expect(told(result, run)).toEqual(lines)
  })
