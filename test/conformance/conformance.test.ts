import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { caseFiles, CONFORMANCE_DATA, type ConformanceCase, readCases } from './cases.ts'
import { LEDGER } from './ledger.ts'
import { judge, type Verdict } from './verdict.ts'

const FILES = existsSync(CONFORMANCE_DATA) ? caseFiles(CONFORMANCE_DATA) : []
// The runner loads this file, and so does each worker: one of them says it.
if (FILES.length === 0 && process.env['TEST_WORKER_INDEX'] === undefined)
  console.log(`skipped: there are no cases of other suites in ${CONFORMANCE_DATA}`)

test.describe('the cases of other suites, whole, byte by byte and at random cuts', () => {
  for (const file of FILES) {
    test(`are read as their source expects, accepted with a leniency, or in the ledger: ${basename(file)}`, () => {
      test.skip(!isWhole && basename(file) !== 'response.jsonl', ONLY_WHOLE)
      const judged = judgeAll(file)
      const unexplained = judged.flatMap(({ one, verdict }) =>
        verdict.type === 'unexplained' ? [`${one.id}: ${verdict.what}`] : [],
      )
      expect(unexplained).toEqual([])
      expect(judged.length).toBeGreaterThan(90)
    })
  }

  test('no leniency is needed if the sources agree', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(FILES.length === 0, 'there are no cases')
    const needy = FILES.flatMap(judgeAll).filter(
      ({ one, verdict }) => 'contested' in one && !one.contested && verdict.type === 'reachable',
    )
    expect(needy.map(({ one }) => one.id)).toEqual([])
  })

  test('no entry of the ledger is out of date', () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(FILES.length === 0, 'there are no cases')
    const verdicts = FILES.flatMap(judgeAll).map(({ verdict }) => verdict)
    const used = new Set(verdicts.map((verdict) => (verdict.type === 'ledger' ? verdict.entry : undefined)))
    expect(LEDGER.filter((entry) => !used.has(entry))).toEqual([])
  })
})

interface Judged {
  readonly one: ConformanceCase
  readonly verdict: Verdict
}

const judgedFiles = new Map<string, readonly Judged[]>()

function judgeAll(file: string): readonly Judged[] {
  const known = judgedFiles.get(file)
  if (known !== undefined) return known
  const judged = readCases(file).map((one) => ({ one, verdict: judge(one) }))
  judgedFiles.set(file, judged)
  return judged
}
