import { existsSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { machineNow } from '../timers.ts'
import { recordMode, RECORD_MODES } from '../use/record-mode.ts'
import { spokenHosts } from './spoken-hosts.ts'
import { newKey } from './run-names.ts'
import { parseRun, type Run, RUN_VARIABLE } from './run.ts'

type Environment = Record<string, string | undefined>

/**
 * The run that this process belongs to: that of `wiretape run`; or one of its own, if the environment names a cassette or a mode; or none.
 *
 * The processes that it starts belong to it, too.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for a mode or a protocol that does not exist.
 */
export function beginRun(env: Environment): Run | undefined {
  const given = env[RUN_VARIABLE]
  if (given !== undefined) return parseRun(given)
  const { WIRETAPE_CASSETTE: name, WIRETAPE_MODE: mode } = env
  if ((name === undefined || name === '') && (mode === undefined || mode === '')) return undefined
  const run = runFor(resolve(name === undefined || name === '' ? defaultCassette() : withEnding(name)), env)
  const led: Run = { ...run, leader: process.pid }
  env[RUN_VARIABLE] = JSON.stringify(led)
  return led
}

/** What to do with a cassette, in all processes of a run. */
export function runFor(cassette: string, env: Environment): Run {
  const rules = RECORD_MODES[recordMode(undefined, env)]
  const planned = existsSync(cassette) ? rules.found : rules.missing
  return {
    cassette,
    action: planned === 'fail' ? 'missing' : planned,
    folder: join(dirname(cassette), `.${basename(cassette)}.${process.pid}.run`),
    beganAt: machineNow(),
    ...spokenHosts(listOf(env['WIRETAPE_HOSTS'])),
    ignoreHosts: listOf(env['WIRETAPE_IGNORE_HOSTS']),
    nameKey: newKey(),
    thisMachine: false,
    allowSecrets: false,
  }
}

/** Named after the script: `server.mjs` has `cassettes/server.yaml`. */
function defaultCassette(): string {
  const script = process.argv[1] ?? 'node'
  return join('cassettes', `${basename(script, extname(script))}.yaml`)
}

const withEnding = (name: string): string => (/\.ya?ml$/.test(name) ? name : `${name}.yaml`)

/** Names with commas between them. */
const listOf = (text = ''): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
