/**
 * How the parsers do on the cases of other projects' test suites: `npm run conformance [-- PATH]`.
 *
 * PATH is a folder with files of JSON lines, or one such file. Each case runs whole, byte by byte and at random cuts that
 * are the same in every run. The exit code is 1 when a case is unexplained, and 2 when there are none.
 */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { caseFiles, CONFORMANCE_DATA, type ConformanceCase, readCases } from '../test/conformance/cases.ts'
import { judge, type Verdict } from '../test/conformance/verdict.ts'

interface Judged {
  readonly one: ConformanceCase
  readonly verdict: Verdict
}

function main(path: string): number {
  const files = existsSync(path) ? caseFiles(path) : []
  if (files.length === 0) {
    console.error(`there are no cases in ${path}; name a folder or a file of JSON lines`)
    return 2
  }
  const judged = files.flatMap((file) => {
    const ofFile = readCases(file).map((one) => ({ one, verdict: judge(one) }))
    console.log(`${basename(file)}\n${formatTable(ofFile)}\n`)
    return ofFile
  })
  console.log(
    formatGroups('Reachable with', judged, ({ verdict }) =>
      verdict.type === 'reachable' ? verdict.options.join(' + ') : undefined,
    ),
  )
  console.log(
    formatGroups('In the ledger', judged, ({ verdict }) => (verdict.type === 'ledger' ? verdict.entry.why : undefined)),
  )
  console.log(
    formatGroups('Unexplained', judged, ({ one, verdict }) =>
      verdict.type === 'unexplained' ? `${one.id}: ${verdict.what}` : undefined,
    ),
  )
  return judged.some(({ verdict }) => verdict.type === 'unexplained') ? 1 : 0
}

const COLUMNS = ['strict', 'reachable', 'ledger', 'unexplained'] as const satisfies readonly Verdict['type'][]

/** A row for each source, the largest first, and one for all. */
function formatTable(judged: readonly Judged[]): string {
  const sources = [
    ...groupBy(judged, ({ one }) => ('source' in one && 'expect' in one ? one.source : 'required of us')),
  ]
  const rows = sources.toSorted(([, a], [, b]) => b.length - a.length)
  const all: readonly (readonly [string, readonly Judged[]])[] = rows.length > 1 ? [...rows, ['all', judged]] : rows
  const head = formatRow('source', ['cases', ...COLUMNS])
  const lines = all.map(([source, ofSource]) => formatRow(source, [ofSource.length, ...countsOf(ofSource)]))
  return [head, ...lines].join('\n')
}

const countsOf = (judged: readonly Judged[]): number[] =>
  COLUMNS.map((type) => judged.filter(({ verdict }) => verdict.type === type).length)

const formatRow = (name: string, cells: readonly (string | number)[]): string =>
  [name.padEnd(16), ...cells.map((cell) => String(cell).padStart(12))].join('')

/** How many cases share a reason, the most frequent first. */
function formatGroups(
  title: string,
  judged: readonly Judged[],
  reasonOf: (each: Judged) => string | undefined,
): string {
  const groups = groupBy(judged, reasonOf)
  const lines = [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([reason, { length }]) => `${String(length).padStart(6)}  ${reason}`)
  const count = [...groups.values()].reduce((sum, { length }) => sum + length, 0)
  return [`${title}: ${count}`, ...lines, ''].join('\n')
}

/** In the order of their first members; what has no key is left out. */
function groupBy<T>(all: readonly T[], keyOf: (each: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of all) {
    const key = keyOf(each)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [each])
    else group.push(each)
  }
  return groups
}

process.exitCode = main(process.argv[2] ?? CONFORMANCE_DATA)
