import { LocalProtocolError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import { USE_OPTIONS, type UseCassetteOptions } from '../use/use-options.ts'

/** Options of `wiretape/vitest`, `wiretape/jest`, `wiretape/mocha` and `wiretape/node-test`: those of `useCassette`, and which hosts are recorded. */
export interface RunnerOptions extends Omit<UseCassetteOptions, 'capture'> {
  /**
   * Folder of the cassettes; each test file has a folder of its own in it. Default: `<test file>-cassettes` beside the test file.
   */
  readonly dir?: string | undefined
  /**
   * Hosts that are recorded though they would not be by default: those of this machine, as `localhost:3000`, unix sockets, as
   * `docker.sock.unix`, and servers that do not speak HTTP, as `db:5432`. Default: none.
   */
  readonly hosts?: readonly (string | RegExp)[] | undefined
  /** Whether a test fails if code under test swallowed a miss. Default: `true`. */
  readonly failOnMiss?: boolean | undefined
}

const { capture: _capture, ...USED } = USE_OPTIONS

const RUNNER_OPTIONS: Readonly<Record<keyof RunnerOptions, true>> = { ...USED, hosts: true }

/** Options in the configuration of a runner. @throws LocalProtocolError `UNKNOWN_OPTION`, `INVALID_OPTION`. */
export function runnerOptions(where: string, options: unknown): RunnerOptions {
  if (options === undefined) return {}
  if (!isObject(options)) throw new LocalProtocolError('INVALID_OPTION', `${where} takes an object of options`)
  checkOptions(where, options, RUNNER_OPTIONS)
  return options
}

const isObject = (value: unknown): value is RunnerOptions => typeof value === 'object' && value !== null
