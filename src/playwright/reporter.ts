import { appendFileSync, readdirSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import type { FullConfig, FullResult, Reporter, Suite, TestCase, TestResult } from '@playwright/test/reporter'
import { cassettePath } from '../entries/cassette.ts'
import { count, escapeText } from '../content/printable.ts'
import { type CassetteNote, readMisfits, readNote } from './cassette-note.ts'
import { FILE_NAME } from '../runner/file-run.ts'
import { cassetteNameOf, defaultDir, titlesOf } from '../use/test-name.ts'
import { checkOptions } from '../options.ts'
import { leavesTestsOut } from './prepare-workers.ts'

/** Problems that can fail a run. */
export type CassetteProblem = 'unused' | 'orphan' | 'expired' | 'recorded' | 'miss' | 'origin'

/** Options in `playwright.config`: `reporter: [['list'], ['wiretape/playwright/reporter', { failOn: ['orphan'] }]]`. */
export interface CassetteReporterOptions {
  /** Problems that fail the run. Default: `[]`, they are only reported. */
  readonly failOn?: readonly CassetteProblem[] | undefined
  /**
   * A file to which each cassette that a test used adds a line, for `wiretape check --played`; shards may share it.
   *
   * Default: none.
   */
  readonly playedList?: string | undefined
  /** Where to print the summary. Default: standard output. */
  readonly print?: ((line: string) => void) | undefined
}

/** Includes the options that the runner passes to every reporter. */
const REPORTER_OPTIONS: Readonly<Record<keyof CassetteReporterOptions | 'configDir' | '_mode' | '_commandHash', true>> =
  {
    configDir: true,
    _mode: true,
    _commandHash: true,
    failOn: true,
    playedList: true,
    print: true,
  }

/** Prints, at the end of a run, how its cassettes were used, and which were not used. */
export default class CassetteReporter implements Reporter {
  readonly #options: CassetteReporterOptions
  /** The last attempt of each test. */
  readonly #notes = new Map<string, SeenNote>()
  #config: FullConfig | undefined
  #suite: Suite | undefined

  constructor(options: CassetteReporterOptions = {}) {
    checkOptions('wiretape/playwright/reporter', options, REPORTER_OPTIONS)
    this.#options = options
  }

  /** Another reporter prints the tests. */
  printsToStdio(): boolean {
    return false
  }

  onBegin(config: FullConfig, suite: Suite): void {
    this.#config = config
    this.#suite = suite
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const annotations = result.annotations ?? test.annotations
    const note = readNote(annotations, this.#config?.rootDir ?? '.')
    if (note !== undefined) this.#notes.set(test.id, { ...note, misfits: readMisfits(annotations) })
  }

  async onEnd(result: FullResult): Promise<{ status: FullResult['status'] } | undefined> {
    const notes = [...this.#notes.values()]
    if (notes.length === 0) return undefined
    const problems = this.#problems(notes)
    const print = this.#options.print ?? ((line: string) => void process.stdout.write(`${line}\n`))
    print(`wiretape: ${summaryOf(notes)}`)
    for (const { kind, path, detail } of problems) {
      print(`  ${kind.padEnd(8)}  ${escapeText(relative(process.cwd(), path))}${detail === '' ? '' : `: ${detail}`}`)
    }
    this.#writePlayedList(notes)
    const { failOn = [] } = this.#options
    const fatal = problems.filter(({ kind }) => failOn.includes(kind))
    if (fatal.length === 0) return undefined
    print(`wiretape: the run fails for ${[...new Set(fatal.map(({ kind }) => kind))].join(', ')}`)
    return { status: result.status === 'passed' ? 'failed' : result.status }
  }

  #problems(notes: readonly SeenNote[]): readonly Problem[] {
    const each = notes.flatMap((note): readonly Problem[] => {
      const { path, isExpired, recorded, unused, misses, played, hasFailed, misfits } = note
      return [
        ...(recorded > 0 ? [{ kind: 'recorded' as const, path, detail: count(recorded, 'interaction') }] : []),
        ...(misses > 0 ? [{ kind: 'miss' as const, path, detail: count(misses, 'request') }] : []),
        // A test that fails does not reach the rest of its cassette.
        ...(unused > 0 && !hasFailed
          ? [{ kind: 'unused' as const, path, detail: `${unused} of ${unused + played}` }]
          : []),
        ...misfits.map((misfit) => ({ kind: 'origin' as const, path, detail: escapeText(misfit) })),
        ...(isExpired ? [{ kind: 'expired' as const, path, detail: '' }] : []),
      ]
    })
    return [...each, ...this.#orphans(notes).map((path) => ({ kind: 'orphan' as const, path, detail: '' }))]
  }

  /** Cassettes in the used folders that belong to no test of the run; none if not every test ran. */
  #orphans(notes: readonly CassetteNote[]): readonly string[] {
    const [config, suite] = [this.#config, this.#suite]
    if (config === undefined || suite === undefined || !isWhole(config, suite)) return []
    const known = new Set([...notes.map(({ path }) => path), ...suite.allTests().map(defaultPathOf)])
    const dirs = new Set(notes.map(({ dir }) => dir))
    return [...new Set([...dirs].flatMap(cassettesIn))]
      .filter((path) => !known.has(path) && basename(path) !== `${FILE_NAME}.yaml`)
      .toSorted()
  }

  #writePlayedList(notes: readonly CassetteNote[]): void {
    const { playedList } = this.#options
    if (playedList === undefined) return
    const rows = notes.map(({ path, used }) => JSON.stringify({ path: relative(process.cwd(), path), played: used }))
    appendFileSync(resolve(playedList), rows.map((row) => `${row}\n`).join(''))
  }
}

interface SeenNote extends CassetteNote {
  readonly misfits: readonly string[]
}

interface Problem {
  readonly kind: CassetteProblem
  readonly path: string
  readonly detail: string
}

function summaryOf(notes: readonly CassetteNote[]): string {
  const total = (key: 'played' | 'recorded' | 'unused'): number => notes.reduce((sum, note) => sum + note[key], 0)
  const cassettes = new Set(notes.map(({ path }) => path)).size
  return `${count(cassettes, 'cassette')}, ${total('played')} played, ${total('recorded')} recorded, ${total('unused')} unused`
}

/** Whether all tests of the run files did run, as far as a reporter can know. */
function isWhole({ shard, grep, grepInvert, projects }: FullConfig, suite: Suite): boolean {
  const isFiltered = process.argv.some((argument) => leavesTestsOut(argument))
  return !isFiltered && shard === null && isAll(grep) && grepInvert === null && suite.suites.length === projects.length
}

const isAll = (grep: FullConfig['grep']): boolean => !Array.isArray(grep) && String(grep) === '/.*/'

/** The default cassette of a test; needed because a skipped test leaves no note. */
function defaultPathOf(test: TestCase): string {
  // The root, the project, the file, then the titles.
  const [, project = '', , ...titles] = test.titlePath()
  return cassettePath(defaultDir(test.location.file), cassetteNameOf(titlesOf(project, titles)))
}

function cassettesIn(dir: string): readonly string[] {
  try {
    const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    return names.filter((name) => /\.ya?ml$/.test(name)).map((name) => join(dir, name))
  } catch {
    // There is no folder if nothing was recorded.
    return []
  }
}
