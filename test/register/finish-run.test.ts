import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { runFor } from '../../src/register/begin-run.ts'
import { finishRun } from '../../src/register/finish-run.ts'
import type { ProcessReport, Run } from '../../src/register/run.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, request, slowly, TapeWriter } from '../helpers/tape.ts'

/** A connection for each path. */
function asking(...paths: readonly string[]): Cassette {
  const tape = new TapeWriter()
  for (const path of paths)
    tape
      .open('http://api.test')
      .sent(request('GET', path))
      .received(answer(`of ${path}`))
  return tape.cassette
}

const targetsOf = (cassette: Cassette | undefined): readonly string[] | undefined =>
  cassette && interactionsOf(cassette).map(({ request: { target } }) => target)

interface Before {
  readonly existing?: Cassette | string | undefined
  /** What each process has left, and what it says. */
  readonly parts?: Readonly<Record<string, Cassette>> | undefined
  readonly reports?: readonly ProcessReport[]
}

/** A run with the folder that its processes leave. */
async function withRun(
  action: Run['action'],
  { existing, parts, reports = [] }: Before,
  body: (run: Run) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-'))
  try {
    const run: Run = { ...runFor(join(folder, 'talk.yaml'), {}), action, allowSecrets: true }
    if (typeof existing === 'string') await writeFile(run.cassette, existing)
    else if (existing !== undefined) await saveCassette(run.cassette, existing)
    if (parts !== undefined) await mkdir(run.folder, { recursive: true })
    for (const [name, part] of Object.entries(parts ?? {})) await saveCassette(join(run.folder, `${name}.yaml`), part)
    for (const [index, report] of reports.entries())
      writeFileSync(join(run.folder, `${index}.json`), JSON.stringify(report))
    await body(run)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const OLD = ['/old', '/older']
const NEW = ['/new']
type Targets = readonly string[] | undefined

/** What a process has left, and what is in the cassette afterwards, if there was one and if there was none; `undefined`: no cassette. */
// oxfmt-ignore
const OUTCOMES: readonly (readonly [action: Run['action'], part: Targets, wasThere: Targets, wasMissing: Targets, unsaved?: string])[] = [
  ['record',  NEW,             NEW,             NEW],
  ['record',  ['/old'],        ['/old'],        ['/old']],
  ['record',  [],              OLD,             undefined, 'nothing'],
  ['record',  undefined,       OLD,             undefined, 'nothing'],
  ['add',     NEW,             [...OLD, '/new'], NEW],
  ['add',     ['/old'],        [...OLD, '/old'], ['/old']],
  // What was there, which each process has in its part.
  ['extend',  [...OLD, '/new'], [...OLD, '/new'], [...OLD, '/new']],
  ['extend',  OLD,             OLD,             OLD],
  ['replay',  NEW,             OLD,             undefined],
  ['replay',  undefined,       OLD,             undefined],
  ['pass',    NEW,             OLD,             undefined],
  ['missing', undefined,       OLD,             undefined],
]

for (const [action, part, wasThere, wasMissing, unsaved] of OUTCOMES)
  for (const isThere of [true, false])
    test(`${action}: ${isThere ? 'a cassette' : 'no cassette'}, and ${part?.join(' ') ?? 'no process'}, become what the action says`, async () => {
      const before: Before = {
        existing: isThere ? asking(...OLD) : undefined,
        parts: part && (part.length === 0 ? {} : { a: asking(...part) }),
      }
      await withRun(action, before, async (run) => {
        const text = isThere ? readFileSync(run.cassette, 'utf8') : undefined
        const { saved, unsaved: why } = await finishRun(run)
        const expected = isThere ? wasThere : wasMissing
        expect(existsSync(run.cassette) ? targetsOf(await loadCassette(run.cassette)) : undefined).toEqual(expected)
        const saves = (action === 'record' || action === 'add' || action === 'extend') && unsaved === undefined
        expect([targetsOf(saved), why]).toEqual([saves ? expected : undefined, unsaved])
        if (!saves && isThere) expect(readFileSync(run.cassette, 'utf8')).toBe(text)
        expect(existsSync(run.folder)).toBe(false)
      })
    })

for (const [action, why] of [
  ['record', 'failed'],
  ['add', 'failed'],
  ['extend', 'failed'],
  ['replay', undefined],
  ['pass', undefined],
] as const)
  test(`${action}: nothing is saved if the command failed, and the cassette stays`, async () => {
    await withRun(action, { existing: asking(...OLD), parts: { a: asking('/new') } }, async (run) => {
      const text = readFileSync(run.cassette, 'utf8')
      const { saved, unsaved, shared } = await finishRun(run, false)
      expect([saved, unsaved, shared]).toEqual([undefined, why, []])
      expect(readFileSync(run.cassette, 'utf8')).toBe(text)
      expect(existsSync(run.folder)).toBe(false)
    })
  })

test('a broken cassette is replaced by a recording, and never by what only adds to it', async () => {
  const parts = { a: asking('/new') }
  await withRun('record', { existing: 'not: [a cassette', parts }, async (run) => {
    await finishRun(run)
    expect(targetsOf(await loadCassette(run.cassette))).toEqual(['/new'])
  })
  for (const action of ['add', 'extend'] as const)
    await withRun(action, { existing: 'not: [a cassette', parts }, async (run) => {
      await expect(finishRun(run)).rejects.toMatchObject({ code: 'CASSETTE_SYNTAX' })
      expect(readFileSync(run.cassette, 'utf8')).toBe('not: [a cassette')
      // What was recorded can still be had.
      expect(targetsOf(await loadCassette(join(run.folder, 'a.yaml')))).toEqual(['/new'])
    })
})

test('the parts of several processes are put side by side, and each adds only what it has of its own', async () => {
  const parts = { a: asking(...OLD, '/a'), b: asking(...OLD), c: asking(...OLD, '/c', '/d') }
  await withRun('extend', { existing: asking(...OLD), parts }, async (run) => {
    await finishRun(run)
    const { tape } = await loadCassette(run.cassette)
    expect(targetsOf({ ...asking(), tape })?.toSorted()).toEqual(['/a', '/c', '/d', '/old', '/older'])
    expect(new Set(tape.map(({ connection }) => connection))).toEqual(new Set([1, 2, 3, 4, 5]))
  })
})

test('what the result says of a saved recording is what the file holds, kept parts of the old one included', async () => {
  for (const action of ['record', 'add', 'extend'] as const)
    await withRun(
      action,
      { existing: asking(...OLD), parts: { a: slowly(asking(...OLD, '/new'), 3) } },
      async (run) => {
        const { saved } = await finishRun(run)
        expect((await loadCassette(run.cassette)).tape).toEqual(saved?.tape)
      },
    )
})

const report = (
  used: readonly number[],
  played: number,
  problems: readonly string[] = [],
  others = 0,
): ProcessReport => ({
  used,
  interactions: 5,
  played,
  others,
  problems,
})

test('what its processes say is added up: plays, interactions that none of them used, and each problem once', async () => {
  const reports = [report([0, 1], 2, ['a', 'b'], 1), report([1, 3], 4, ['b', 'c'], 2), report([], 0)]
  const sums = { played: 6, others: 3, problems: ['a', 'b', 'c'], processes: 3, saved: undefined }
  for (const [action, unused] of [
    ['replay', 2],
    ['pass', 0],
    ['record', 0],
  ] as const)
    await withRun(action, { parts: {}, reports }, async (run) =>
      expect(await finishRun(run)).toMatchObject({ ...sums, unused }),
    )
  await withRun('replay', {}, async (run) =>
    expect(await finishRun(run)).toEqual({
      played: 0,
      others: 0,
      unused: 0,
      problems: [],
      processes: 0,
      saved: undefined,
      unsaved: undefined,
      shared: [],
    }),
  )
})
