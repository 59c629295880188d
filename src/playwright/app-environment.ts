import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LocalProtocolError } from '../errors.ts'
import { APP_VARIABLE, parseRendezvous, type Rendezvous } from '../link/pass.ts'
import { checkOptions } from '../options.ts'
import { runFor } from '../register/begin-run.ts'
import { finishAtExit } from '../register/finish-at-exit.ts'
import { withPreload } from '../register/preload.ts'
import { type Run, RUN_VARIABLE } from '../register/run.ts'
import { spokenHosts } from '../register/spoken-hosts.ts'

/** How the app under test is recorded. */
export interface AppEnvironmentOptions {
  /** The cassette of what no test has caused, as what the app asks for when it starts. Default: `cassettes/app`. */
  readonly cassette?: string | undefined
  /**
   * Hosts that are recorded though they would not be by default, for page and app: those of this machine, as `localhost:4000`, and servers
   * that do not speak HTTP, as `db:5432=postgres` with their protocol. Default: none.
   */
  readonly hosts?: readonly string[] | undefined
  /** Hosts that are always reached live, and never recorded. Default: none. */
  readonly ignoreHosts?: readonly string[] | undefined
}

const OPTIONS: Readonly<Record<keyof AppEnvironmentOptions, true>> = { cassette: true, hosts: true, ignoreHosts: true }

/**
 * The environment in which the app under test runs, unchanged, on the cassettes of the tests:
 *
 * ```ts
 * webServer: { command: 'next dev', url: 'http://localhost:3000', env: wiretapeEnv() }
 * ```
 *
 * Call it in `playwright.config`, where the runner begins.
 *
 * @throws LocalProtocolError `UNKNOWN_OPTION`; `INVALID_OPTION` if it is called again with other options.
 */
export function wiretapeEnv(options: AppEnvironmentOptions = {}): { [name: string]: string } {
  checkOptions('wiretapeEnv', options, OPTIONS)
  const { env } = process
  const known = rendezvous() ?? begin(options)
  if (known.options !== JSON.stringify(options))
    throw new LocalProtocolError('INVALID_OPTION', `wiretapeEnv: it was called with other options: ${known.options}`)
  return {
    [APP_VARIABLE]: env[APP_VARIABLE] ?? '',
    [RUN_VARIABLE]: known.run ?? '',
    NODE_OPTIONS: withPreload(env['NODE_OPTIONS']),
  }
}

/** What `wiretapeEnv` has begun in this run; `undefined` if the app runs without it. */
export function rendezvous(): Rendezvous | undefined {
  const json = process.env[APP_VARIABLE]
  return json === undefined ? undefined : parseRendezvous(json)
}

/** The process that does this is the runner's first one. Its workers inherit its environment, and so does the app. */
function begin(options: AppEnvironmentOptions): Rendezvous {
  const { cassette = 'cassettes/app', hosts = [], ignoreHosts = [] } = options
  const path = /\.ya?ml$/.test(cassette) ? cassette : `${cassette}.yaml`
  const named = spokenHosts(hosts)
  const run: Run = { ...runFor(resolve(path), process.env), ...named, ignoreHosts, repeats: true }
  const secret = randomBytes(32).toString('base64url')
  const known: Rendezvous = {
    secret,
    hosts: named.hosts,
    ignoreHosts,
    run: JSON.stringify(run),
    options: JSON.stringify(options),
  }
  process.env[APP_VARIABLE] = JSON.stringify(known)
  // The runner kills the app, so that the app cannot do it.
  finishAtExit(run, FINISH, () => (process.exitCode ||= 1))
  return known
}

const FINISH = fileURLToPath(import.meta.resolve('#finish-run'))
