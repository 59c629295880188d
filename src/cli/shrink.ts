import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { type Cassette, encodeCassette, loadCassette, saveCassette } from '../entries/cassette.ts'
import { bugReport, restoreOriginal, shrink, type Shrunk, standIn } from '../entries/shrink.ts'
import { clearTimeout, monotonicNow, setTimeout } from '../timers.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { Moving } from '../console/progress.ts'
import { count, escapeText } from '../console/terminal.ts'
import { parseTimeout } from '../console/timeout.ts'
import { failureOf, type Sameness } from './shrink/failure-of.ts'
import { runCandidate } from './shrink/run-candidate.ts'

export const addShrink: AddCommand = (program, context) => {
  program
    .command('shrink')
    .description('Find the smallest cassette with which a command still fails the same way, and write a bug report.')
    .argument('<cassette>', 'cassette with which the command fails')
    .usage('[options] <cassette> -- <command...>')
    .allowExcessArguments() // the words of the command
    .option('-o, --output <file>', 'cassette to write (default: NAME.shrunk.yaml beside it)')
    .option('--report <file>', 'bug report to write (default: that name with .md)')
    .option('--match <text>', 'same means: fails, and prints this text, or /expression/')
    .option('--exit-code', 'same means: the same exit code, whatever is printed')
    .option('--hang-after <ms>', 'a longer run is another failure (default: ten times the first run)', parseTimeout)
    .option('--time-limit <s>', 'seconds after which the best so far is written', parseSeconds)
    .option('--raw', 'in the end cut bytes without regard for HTTP')
    .addHelpText('after', SHRINK_HELP)
    .action((file: string, options: ShrinkCommandOptions, { args }: Command) =>
      shrinkFile(file, args, options, context),
    )
}

/** Options of `wiretape shrink`. */
interface ShrinkCommandOptions {
  readonly output?: string
  readonly report?: string
  readonly match?: string
  readonly exitCode?: boolean
  readonly hangAfter?: number
  readonly timeLimit?: number
  readonly raw?: boolean
}

async function shrinkFile(
  file: string,
  args: readonly string[],
  options: ShrinkCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { behindDashes: words, err, out, exitWith } = context
  if (args.length > 1 + words.length)
    throw new UserError('INVALID_OPTION', 'one cassette is shrunk at a time; the command comes after --')
  if (words.length === 0) throw new UserError('INVALID_OPTION', 'give the command after --, as in: -- npm test')
  if (restoreOriginal(file)) err.line(`put back what a killed shrink had left of ${escapeText(file)}`)
  const output = options.output ?? file.replace(/(?:\.ya?ml)?$/, '.shrunk.yaml')
  const report = options.report ?? output.replace(/(?:\.ya?ml)?$/, '.md')
  if (resolve(output) === resolve(file))
    throw new UserError('INVALID_OPTION', '-o names the cassette itself; give another file')
  const interruption = new Interruption()
  const progress = new Moving('shrinking')
  let shrunk: Shrunk
  try {
    await using stage = await openStage(file, words)
    shrunk = await shrinkBy(file, stage, options, interruption.signal, (text) => progress.update(text))
  } catch (error) {
    if (interruption.code === undefined) throw error
    err.line('interrupted before the command had failed twice')
    exitWith(interruption.code)
    return
  } finally {
    progress.stop()
    interruption.stop()
  }
  await saveCassette(output, shrunk.cassette)
  const { toCurl } = await import('../generate/index.ts')
  const requests = toCurl(shrunk.cassette, { server: 'http://127.0.0.1:8080' })
  await writeFile(report, bugReport(shrunk, { file: basename(output), command: words.join(' '), requests }))
  showShrunk(shrunk, { output, report }, out)
  if (interruption.code !== undefined) exitWith(interruption.code)
}

function showShrunk(
  shrunk: Shrunk,
  files: { readonly output: string; readonly report: string },
  out: CommandContext['out'],
): void {
  const { before, after, runs, ended, failure, needed } = shrunk
  out.line(
    `${count(before.interactions, 'interaction')}, ${count(before.bytes, 'byte')} -> ${count(after.interactions, 'interaction')}, ${count(after.bytes, 'byte')} in ${count(runs, 'run')}${ENDED[ended]}`,
  )
  out.line(`it fails the same way: ${escapeText(String(failure))}`)
  for (const { what } of needed.slice(0, MOST_NAMED)) out.line(`  needed: ${escapeText(what)}`)
  if (needed.length > MOST_NAMED) out.line(`  and ${count(needed.length - MOST_NAMED, 'more part')}`)
  out.line(`wrote ${escapeText(files.output)} and ${escapeText(files.report)}`)
}

const MOST_NAMED = 12

const ENDED: Readonly<Record<Shrunk['ended'], string>> = {
  minimal: '',
  patience: '; some parts were not tried one by one',
  time: '; the time was over before all was tried',
  abort: '; it was interrupted before all was tried',
}

/** Where the command finds its cassette. */
interface Stage extends AsyncDisposable {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  show(cassette: Cassette): Promise<void>
}

/**
 * With `{}` among the words, the command gets the path of a copy there and in WIRETAPE_CASSETTE, and the cassette is never touched.
 * Otherwise it finds each candidate at the path of the cassette itself, which is put aside meanwhile.
 */
async function openStage(file: string, words: readonly string[]): Promise<Stage> {
  if (!words.some((word) => word.includes('{}'))) {
    const stand = standIn(file)
    return {
      words,
      env: {},
      show: async (cassette) => stand.show(encodeCassette(cassette)),
      [Symbol.asyncDispose]: async () => stand.restore(),
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-shrink-'))
  const copy = join(folder, basename(file))
  return {
    words: words.map((word) => word.replaceAll('{}', copy)),
    env: { WIRETAPE_CASSETTE: copy },
    show: (cassette) => writeFile(copy, encodeCassette(cassette)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function shrinkBy(
  file: string,
  stage: Stage,
  options: ShrinkCommandOptions,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Shrunk> {
  const { match, exitCode, hangAfter, timeLimit, raw } = options
  const cassette = await loadCassette(file)
  // Nothing may be recorded over a candidate.
  const env = { ...process.env, WIRETAPE_MODE: 'none', ...stage.env }
  let sameness: Sameness = { match, codeOnly: exitCode }
  let patience = hangAfter ?? LONGEST_FIRST_RUN
  const run = async (candidate: Cassette, ended: AbortSignal): Promise<string | undefined> => {
    await stage.show(candidate)
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), patience)
    try {
      const outcome = await runCandidate(stage.words, env, AbortSignal.any([ended, limit.signal]))
      if (ended.aborted) return undefined
      // Only who names a limit wants to find what hangs.
      if (limit.signal.aborted) return hangAfter === undefined ? undefined : `no end within ${hangAfter} ms`
      return failureOf(outcome, sameness)
    } finally {
      clearTimeout(timer)
    }
  }
  // The first two runs say whether a line of the output belongs to the failure, and how long a run takes.
  const start = monotonicNow()
  const first = await run(cassette, signal)
  if (hangAfter === undefined) patience = Math.max(SHORTEST_PATIENCE, 10 * (monotonicNow() - start))
  if (first !== undefined && match === undefined && exitCode !== true && (await run(cassette, signal)) !== first)
    sameness = { codeOnly: true }
  return await shrink(cassette, run, {
    raw,
    signal,
    // The command has its own limit, which ends it.
    hangAfter: LONGEST_FIRST_RUN,
    timeLimit: timeLimit === undefined ? undefined : timeLimit * 1000,
    onProgress: ({ phase, runs, left }) =>
      tell(`${phase}, run ${runs}: ${count(left.interactions, 'interaction')} and ${count(left.bytes, 'byte')} left`),
  })
}

const LONGEST_FIRST_RUN = 600_000
const SHORTEST_PATIENCE = 5_000

/** Ctrl-C and the like end the search, and what was found is kept. */
class Interruption {
  readonly #controller = new AbortController()
  readonly #on: Readonly<Record<string, () => void>>
  code: number | undefined

  constructor() {
    this.#on = Object.fromEntries(
      Object.entries(SIGNALS).map(([name, code]) => [
        name,
        () => {
          this.code = code
          this.#controller.abort()
        },
      ]),
    )
    for (const [name, listener] of Object.entries(this.#on)) process.on(name, listener)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  stop(): void {
    for (const [name, listener] of Object.entries(this.#on)) process.off(name, listener)
  }
}

const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const

function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (!(seconds > 0)) throw new InvalidArgumentError('Give a number of seconds.')
  return seconds
}

const SHRINK_HELP = `
The command must fail twice the same way with the whole cassette. Same means: the same exit code, and the same last line
that names an error, apart from numbers and paths; the line does not count if it differs between the first two runs.
Connections, interactions, headers, members of JSON, segments and characters are left out as long as that holds; lengths
change with what they count.

The command finds each candidate at the path of the cassette, which is put aside as NAME.yaml.before-shrink and put back at
the end; if this process is killed, the next shrink or 'wiretape recover' puts it back. With {} among the words of the command,
that is the path of a copy (in WIRETAPE_CASSETTE, too), and the cassette is not touched. WIRETAPE_MODE is none.

Examples:
  $ wiretape shrink test/bug.yaml -- npm test
  $ wiretape shrink bug.yaml --match 'unexpected end of input' -- node client.mjs {}
  $ wiretape shrink bug.yaml --time-limit 60 -o small.yaml -- pytest -x test_bug.py

Exit codes:
  0  the smallest cassette and the report are written
  1  the command does not fail, or not twice the same way, or a file cannot be read or written
  2  the command line is not understood
  130  interrupted by Ctrl-C (143 by SIGTERM, 129 by SIGHUP); the best so far is written`
