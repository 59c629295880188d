import type { LaunchOptions } from '@playwright/test'
import { LocalProtocolError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import { rendezvous } from './app-environment.ts'
import { isIncidental } from './incidental.ts'
import { mendOrigins } from './mended-origins.ts'
import { parseRun } from '../register/run.ts'
import type { RunnerOptions } from '../runner/runner-options.ts'
import { type Origin, parseOrigin } from '../transport.ts'

/** How the page and its app come onto the cassette of a test. */
export interface BothSidesOptions {
  /** URLs of the app under test, which is never recorded. Default: `baseURL`. */
  readonly app?: string | readonly string[] | undefined
  /**
   * Whether answers that were recorded while the page was at another address fit this one in a replay: the page that
   * `Access-Control-Allow-Origin` names, and the `Domain` of cookies. Default: `false`.
   */
  readonly mendOrigins?: boolean | undefined
}

const OPTIONS: Readonly<Record<keyof BothSidesOptions, true>> = { app: true, mendOrigins: true }

/** `undefined` if it is off. @throws LocalProtocolError `UNKNOWN_OPTION`. */
export function bothSidesOptions(given: boolean | BothSidesOptions | undefined): BothSidesOptions | undefined {
  const asked = given ?? rendezvous() !== undefined
  if (typeof asked === 'boolean') return asked ? {} : undefined
  checkOptions('bothSides', asked, OPTIONS)
  return asked
}

/** Which hosts are recorded is the same for both sides; and a browser repeats what it likes. */
export function forBothSides(given: RunnerOptions, { mendOrigins: mends }: BothSidesOptions): RunnerOptions {
  const { optional, beforeAnswer } = given
  const options: RunnerOptions = {
    ...given,
    beforeAnswer: mends === true ? mendOrigins(beforeAnswer) : beforeAnswer,
    optional: (request) => isIncidental(request) || optional?.(request) === true,
  }
  const known = rendezvous()
  if (known === undefined) return options
  const { hosts, ignoreHosts, run } = known
  return {
    ...options,
    hosts: [...hosts, ...(options.hosts ?? [])],
    protocols: { ...(run === undefined ? {} : parseRun(run).protocols), ...options.protocols },
    ignoreHosts: [...ignoreHosts, ...(options.ignoreHosts ?? [])],
  }
}

/** The origins of the app under test. @throws LocalProtocolError `INVALID_OPTION`. */
export function appUrls({ app }: BothSidesOptions, baseUrl: string | undefined): readonly Origin[] {
  const urls = typeof app === 'string' ? [app] : (app ?? (baseUrl === undefined ? [] : [baseUrl]))
  if (urls.length === 0)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      'bothSides: set baseURL, or bothSides.app, to the URL of the app under test',
    )
  return urls.map((url) => {
    const origin = parseOrigin(url)
    if (origin === undefined) throw new LocalProtocolError('INVALID_OPTION', `bothSides.app: ${url} is no URL`)
    return origin
  })
}

/** Chromium with these options trusts certificates of one key more. */
export const trusting = (options: LaunchOptions, spkiHash: string): LaunchOptions => ({
  ...options,
  args: [...(options.args ?? []), `--ignore-certificate-errors-spki-list=${spkiHash}`],
})
