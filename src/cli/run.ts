import { resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { finishRun, type RunResult } from '../register/finish-run.ts'
import { runFor } from '../register/begin-run.ts'
import { spokenHosts } from '../register/spoken-hosts.ts'
import type { Run } from '../register/run.ts'
import { ALL_HOOKS, loadHooks } from '../hooks/hooks-module.ts'
import type { MatchOn, Timing } from '../index.ts'
import { checkMatchOn } from '../matching/match-check.ts'
import { modeNamed } from '../use/record-mode.ts'
import { parseMatchOn, parseMode, parseTiming } from './serve/play-options.ts'
import { leftRuns } from '../register/left-runs.ts'
import { tellRun } from '../register/tell-run.ts'
import { type AddCommand, EXIT } from './command.ts'
import { cassetteNameFor, launch } from '../requests/launch.ts'

/** Options of `wiretape run`. */
interface RunOptions {
  readonly output?: string
  readonly mode?: string
  readonly host?: readonly string[]
  readonly ignoreHost?: readonly string[]
  readonly insecure?: boolean
  readonly matchOn?: MatchOn
  readonly repeat?: boolean
  readonly timing?: Timing
  readonly hooks?: string
  readonly allowSecrets?: boolean
  readonly allowMisses?: boolean
}

export const addRun: AddCommand = (program, context) => {
  const command: Command = program
    .command('run')
    .description('Run a command, unchanged, and record or replay what its processes say to servers.')
    .argument('[command...]', '-- and the command with its arguments')
    .option('-o, --output <file>', 'the cassette (default: cassettes/NAME.yaml, named after the script or program)')
    .option(
      '-m, --mode <mode>',
      'none, once, new_episodes, all, update or passthrough (default: WIRETAPE_MODE, or once)',
      parseMode,
    )
    .option(
      '--host <pattern>',
      'also record this host: localhost:3000, or db:5432=postgres with what it speaks; may be repeated',
      collect,
    )
    .option('--ignore-host <pattern>', 'let this host pass, live and unrecorded; may be repeated', collect)
    .option(
      '--match-on <names>',
      'what a request must have in common with a recorded one: names, JSON, or bytes',
      parseMatchOn,
    )
    .option('--repeat', 'play interactions as often as they are asked for')
    .option('--timing <how>', 'instant, recorded, or a factor such as 0.5', parseTiming)
    .option('--hooks <file>', `module that exports hooks: ${ALL_HOOKS.join(', ')}`)
    .option('-k, --insecure', 'accept any certificate of servers, for programs other than Node')
    .option('--allow-secrets', 'save Authorization, cookies, tokens and the like as they were on the wire')
    .option('--allow-misses', 'exit as the command does, even if something was asked for that is not on the cassette')
    .addHelpText('after', RUN_HELP)
    .action(async (_words: readonly string[], options: RunOptions) => {
      const { behindDashes } = context
      if (behindDashes.length === 0) command.error("error: missing '-- COMMAND'")
      context.exitWith(await runUnchanged(behindDashes, options))
    })
}

const collect = (pattern: string, before: readonly string[] = []): readonly string[] => {
  if (pattern.trim() === '') throw new InvalidArgumentError('Give a host.')
  return [...before, pattern]
}

const RUN_HELP = `
What is recorded: HTTP and HTTPS to other machines, of every program that the command starts. Node is caught at its
sockets; other programs are led through a proxy on this machine by the variables that they heed (HTTPS_PROXY,
SSL_CERT_FILE and the like; docs/languages.md lists them). Servers of this machine, and what is not HTTP, only if --host
names them. In a replay nothing else leaves through either. Browsers are left alone. A database is replayed by what is
asked, and not byte for byte, if its protocol is named: postgres, mysql, redis, smtp, mqtt or mongodb.

Examples:
  $ wiretape run -- npm test                     records the first time, replays from then on
  $ wiretape run -m update -- npm test           records anew; the old cassette stays if the command fails
  $ wiretape run -- python3 client.py            any language, on the same cassette
  $ wiretape run --host localhost:5432=postgres -- node server.mjs

Exit codes:
  that of the command, or 128 plus the number of the signal that ended it
  1  the command did not start
  2  the command line is not understood
  3  the command ended with 0, and something was asked for that is not on the cassette; --allow-misses allows it`

async function runUnchanged(words: readonly string[], options: RunOptions): Promise<number> {
  const { output = `cassettes/${cassetteNameFor(words)}`, host = [], ignoreHost = [] } = options
  const { insecure = false, allowSecrets = false, matchOn, repeat: repeats, timing } = options
  const hooks = options.hooks === undefined ? undefined : resolve(options.hooks)
  // Here, where the option stands, and not in each process.
  if (matchOn !== undefined) checkMatchOn(matchOn)
  if (hooks !== undefined) await loadHooks(hooks, ALL_HOOKS)
  const env = options.mode === undefined ? process.env : { ...process.env, WIRETAPE_MODE: options.mode }
  const planned = runFor(resolve(output), env)
  const named = spokenHosts(host)
  const run: Run = {
    ...planned,
    hosts: [...planned.hosts, ...named.hosts],
    protocols: { ...planned.protocols, ...named.protocols },
    ignoreHosts: [...planned.ignoreHosts, ...ignoreHost],
    insecure,
    allowSecrets,
    repeats,
    matchOn,
    timing,
    hooks,
  }
  for (const _ of leftRuns(run.cassette))
    process.stderr.write(
      `wiretape: ${output}: a run was killed; \`wiretape recover ${output}\` keeps what it has recorded\n`,
    )
  const code = await launch(words, run)
  const result = await finishRun(run, code === 0 || keepsFailed(env['WIRETAPE_MODE']))
  tellRun(result, run)
  return exitCode(code, result, options)
}

/** `update` never replaces a good recording by that of a command that failed. */
const keepsFailed = (mode = 'once'): boolean => modeNamed(mode) !== 'update'

const exitCode = (code: number, { problems }: RunResult, { allowMisses = false }: RunOptions): number =>
  code === 0 && problems.length > 0 && !allowMisses ? EXIT.missed : code
