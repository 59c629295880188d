import { readFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { connectSocket, type HttpConnectionSettings, LocalProtocolError, Recorder } from '../index.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { describeError } from './failure.ts'
import { Progress } from './progress.ts'
import { addCurlOptions, type CurlOptions } from './record/curl-options.ts'
import { planSteps, type Target } from './record/plan-steps.ts'
import { type Result, runRequests } from './record/run-requests.ts'
import { CassetteTarget, type TargetOptions } from './record/cassette-target.ts'
import { count, escapeBytes, escapeText, milliseconds, type Output } from './terminal.ts'

export const addRecord: AddCommand = (program, context) => {
  const command = program
    .command('record')
    .description('Make requests, and save every byte that passed.')
    .argument('[target...]', 'http and https URLs, and .http files', parseTarget)
    .option('-o, --output <file>', 'cassette to write (default: after the host of the first URL, or the .http file)')
  addCurlOptions(command)
    .option('--var <name=value>', 'value for {{name}} in .http files; may be repeated', parseVariable)
    .option('--repeat <n>', 'make all requests so many times', parseCount, 1)
    .option('--connections <n>', 'requests at once, each on a connection of its own', parseCount, 1)
    .option('-k, --insecure', 'accept any certificate')
    .option('--ca <file>', 'certificates to trust instead of the usual ones, PEM')
    .option('--timeout <ms>', 'limit for each of: connect, TLS, response head, next body bytes', parseTimeout, 30_000)
    .option('--force', 'replace the cassette if it exists')
    .option('--append', 'add to the cassette if it exists')
    .option('--allow-secrets', 'save Authorization, cookies, tokens and the like as they were on the wire')
    .option('-v, --verbose', 'tell every request, however many there are')
    .addHelpText('after', RECORD_HELP)
    .action((targets: readonly Target[], options: RecordOptions) => recordRequests(targets, options, command, context))
}

/** What `wiretape record` can be told; defaults are above. */
export interface RecordOptions extends CurlOptions, TargetOptions {
  readonly var?: ReadonlyMap<string, string>
  readonly repeat: number
  readonly connections: number
  readonly insecure?: boolean
  readonly ca?: string
  readonly timeout: number
  readonly verbose?: boolean
}

/** The exit code that a signal asks for is 128 and its number. */
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const

async function recordRequests(
  targets: readonly Target[],
  options: RecordOptions,
  command: Command,
  { out, exitWith }: CommandContext,
): Promise<void> {
  if (targets.length === 0) command.error("error: missing required argument 'target'")
  const steps = await planSteps(targets, { ...options, variables: options.var ?? new Map(), env: process.env })
  const settings = await connectionSettings(options)
  const target = await CassetteTarget.open(targets, options)
  const interrupt = new Interrupt()
  const recorder = new Recorder()
  const total = steps.length * options.repeat
  const lists = options.verbose === true || total <= MOST_LISTED
  const log = new RequestLog(out, { total, lists, isSerial: options.connections === 1 })
  const progress = new Progress('made')
  const onResult = (result: Result): void => {
    progress.around(() => log.add(result))
    progress.update(log.count, total)
  }
  const connector = recorder.wrap(connectSocket)
  const { signal } = interrupt
  const { repeat, connections } = options
  try {
    await runRequests(steps, {
      repeat,
      connections,
      settings: { ...settings, connector, signal },
      signal,
      onResult,
    })
  } finally {
    progress.stop()
  }
  log.summarize()
  await target.save(recorder.cassette, out)
  if (interrupt.exitCode !== undefined) exitWith(interrupt.exitCode)
  else if (log.failures > 0) exitWith(EXIT.failed)
}

/** The first signal ends the recording and what there is gets saved; the second ends the process. */
class Interrupt {
  readonly #controller = new AbortController()
  exitCode: number | undefined

  constructor() {
    for (const [name, code] of Object.entries(SIGNALS)) {
      process.once(name, () => {
        this.exitCode ??= code
        this.#controller.abort('interrupted')
      })
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
}

async function connectionSettings({ ca, insecure, timeout }: RecordOptions): Promise<HttpConnectionSettings> {
  const certificates = ca === undefined ? undefined : await readFile(ca)
  return { verify: insecure !== true, tls: { ca: certificates }, timeouts: timeout }
}

/** More requests than these are summed up. */
const MOST_LISTED = 50

interface LogOptions {
  /** How many results there will be. */
  readonly total: number
  /** Whether those that were answered are told one by one. */
  readonly lists: boolean
  /** Whether nothing else is under way when a result comes. */
  readonly isSerial: boolean
}

/** Tells what becomes of the requests, one by one or in sum. */
class RequestLog {
  readonly #out: Output
  readonly #total: number
  readonly #lists: boolean
  readonly #isSerial: boolean
  readonly #results: Result[] = []

  constructor(out: Output, { total, lists, isSerial }: LogOptions) {
    this.#out = out
    this.#total = total
    this.#lists = lists
    this.#isSerial = isSerial
  }

  get count(): number {
    return this.#results.length
  }

  get failures(): number {
    return this.#results.filter(({ outcome }) => 'error' in outcome).length
  }

  /** @throws LocalProtocolError for the first request where it cannot be sent as it is: the same arguments would give it again. */
  add(result: Result): void {
    const { title, outcome, took } = result
    const isFirst = this.#results.push(result) === 1
    if ('error' in outcome) {
      if (isFirst && this.#isSerial && outcome.error instanceof LocalProtocolError) throw outcome.error
      this.#line(title, this.#out.paint('failed', escapeText(describeError(outcome.error))), took)
    } else if (this.#lists) {
      const { status, reason, size } = outcome
      const answer = `${status} ${escapeBytes(Buffer.from(reason, 'latin1'))}  ${count(size, 'byte')}`
      this.#line(title, this.#out.paint('received', answer), took)
    }
  }

  /** Where there is more than one request. */
  summarize(): void {
    if (this.#total < 2) return
    const statuses = new Map<string, number>()
    let size = 0
    for (const { outcome } of this.#results) {
      const status = 'error' in outcome ? 'failed' : String(outcome.status)
      if (!('error' in outcome)) size += outcome.size
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    const made = `${this.count === this.#total ? '' : `${this.count.toLocaleString('en-US')} of `}${count(this.#total, 'request')}`
    const counts = Array.from(statuses, ([status, times]) => `${status} x ${times.toLocaleString('en-US')}`).toSorted(
      (one, other) => one.localeCompare(other),
    )
    this.#out.line()
    this.#out.line([made, ...counts, `${count(size, 'byte')} of bodies`].join(', '))
    if (this.count > 0) this.#out.line(describeTimes(this.#results.map(({ took }) => took)))
  }

  #line(title: string, outcome: string, took: number): void {
    this.#out.line(`${escapeText(title)}  ${outcome}  ${milliseconds(took)}`)
  }
}

function describeTimes(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number): string => milliseconds(sorted[Math.round((sorted.length - 1) * share)] ?? 0)
  return `fastest ${at(0)}, half within ${at(0.5)}, 95 % within ${at(0.95)}, slowest ${at(1)}`
}

const RECORD_HELP = `
Requests are made as curl makes them: the options above mean what they mean there. Redirects are not followed, and
nothing is decoded: the cassette holds what was on the wire, but for secrets such as Authorization and the values of
variables like API_KEY: placeholders stand for them. A request that fails is recorded too, and the next ones are still
made. User-Agent and Accept are added where they are not given.

A .http file holds requests as editors keep them: ### between them, comments with # or //, @name = value and {{name}},
headers, an empty line and the body, where "< FILE" stands for a file. {{login.response.body.$.token}} quotes the
answer to the request under "# @name login"; {{$uuid}}, {{$timestamp}}, {{$isoTimestamp}}, {{$randomInt 1 9}} and
{{$processEnv NAME}} are made up.

Examples:
  $ wiretape record https://api.example.com/users/42
  $ wiretape record https://api.example.com/a https://api.example.com/b -o two.yaml
  $ wiretape record https://localhost:8443/items --json '{"n":1}' --ca ca.pem
  $ wiretape record https://example.com/upload -F file=@photo.png -u me:secret
  $ wiretape record api.http --var host=localhost:8080 --repeat 10 --connections 2
  $ wiretape record https://example.com/ -X DELETE --append -o example.com.yaml

Exit codes:
  0  every request was answered, whatever the status, and the cassette is written
  1  a request failed (the cassette is written), or the cassette could not be written
  2  the command line, or a .http file, is not understood; nothing was sent
  130  interrupted by Ctrl-C (143 by SIGTERM, 129 by SIGHUP); what had been recorded is written`

function parseTarget(text: string, before: readonly Target[] = []): readonly Target[] {
  if (/\.(?:http|rest)$/i.test(text) && !/^https?:/i.test(text)) return [...before, { file: text }]
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Give a whole URL that begins with http:// or https://, or a .http file.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError("Send credentials with -u user:password, or with -H 'Authorization: ...'.")
  }
  return [...before, { url }]
}

function parseVariable(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, value = ''] = /^([\w.-]+)=([^]*)$/.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('Write it as name=value.')
  return new Map(before).set(name, value)
}

function parseCount(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Give a whole number, 1 or more.')
  return number
}

function parseTimeout(text: string): number {
  const timeout = Number(text)
  // 2^31-1: above it, Node's timers fire at once.
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > 2_147_483_647) {
    throw new InvalidArgumentError('Give a whole number of milliseconds, 1 or more.')
  }
  return timeout
}
