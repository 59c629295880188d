import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { NOTES_VARIABLE, notesOfRun } from './notes-file.ts'
import { summaryLines } from './summary.ts'

/** The summary of a run, in the process that starts the others: they add their notes to a file. */
export class RunSummary {
  readonly #path: string
  readonly #print: (line: string) => void

  private constructor(path: string, print: (line: string) => void) {
    this.#path = path
    this.#print = print
  }

  /** Returns `undefined` if somebody else, as `wiretape run`, sums up this run. */
  static begin(print: (line: string) => void = printLine): RunSummary | undefined {
    if (process.env[NOTES_VARIABLE]) return undefined
    const path = join(mkdtempSync(join(tmpdir(), 'wiretape-run-')), 'notes.jsonl')
    process.env[NOTES_VARIABLE] = path
    return new RunSummary(path, print)
  }

  /** Prints it. */
  end(): void {
    if (process.env[NOTES_VARIABLE] === this.#path) delete process.env[NOTES_VARIABLE]
    for (const line of summaryLines(notesOfRun(this.#path))) this.#print(line)
    rmSync(dirname(this.#path), { recursive: true, force: true })
  }
}

const printLine = (line: string): void => void process.stderr.write(`${line}\n`)
