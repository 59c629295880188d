import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { connectSocket, type HttpConnectionSettings } from '../index.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { Progress } from '../console/progress.ts'
import { parseTimeout } from '../console/timeout.ts'
import { checkTarget, openRecording, type TargetOptions, tellSaved } from '../requests/cassette-target.ts'
import { addCurlOptions, type CurlOptions } from '../requests/curl-options.ts'
import { planSteps, type Target } from '../requests/plan-steps.ts'
import { MOST_LISTED, RequestLog } from '../requests/request-log.ts'
import { runCommand } from '../requests/run-command.ts'
import { cassetteNameFor } from '../requests/launch.ts'
import { type Result, runRequests } from '../requests/run-requests.ts'

export const addRecord: AddCommand = (program, context) => {
  const command = program
    .command('record')
    .description('Make requests, and save every byte.')
    .argument('[target...]', 'http and https URLs, and .http files; or -- and a command')
    .option('-o, --output <file>', 'cassette to write (default: named after the first host, .http file or script)')
  addCurlOptions(command)
    .option('--var <name=value>', 'value for {{name}} in .http files; may be repeated', parseVariable)
    .option('--repeat <n>', 'how many times to make all requests', parseCount, 1)
    .option('--connections <n>', 'requests at the same time, each on its own connection', parseCount, 1)
    .option('-k, --insecure', 'accept any certificate')
    .option('--ca <file>', 'certificates to trust instead of the usual ones, PEM')
    .option('--timeout <ms>', 'limit for each of: connect, TLS, response head, next body bytes', parseTimeout, 30_000)
    .option('--force', 'replace the cassette if it exists')
    .option('--append', 'add to the cassette if it exists')
    .option('--allow-secrets', 'save Authorization, cookies, tokens and the like as they were on the wire')
    .option('-v, --verbose', 'print every request, even if there are many')
    .addHelpText('after', RECORD_HELP)
    .action((words: readonly string[], options: RecordOptions) => {
      if (words.length === 0) command.error("error: missing required argument 'target'")
      const { behindDashes } = context
      return behindDashes[0] === undefined || looksLikeTarget(behindDashes[0])
        ? recordRequests(words.map(parseTarget), options, context)
        : recordCommand(words.slice(0, -behindDashes.length), options, command, context)
    })
}

/** Options of `wiretape record`; defaults are above. */
export interface RecordOptions extends CurlOptions, TargetOptions {
  readonly var?: ReadonlyMap<string, string>
  readonly repeat: number
  readonly connections: number
  readonly insecure?: boolean
  readonly ca?: string
  readonly timeout: number
  readonly verbose?: boolean
}

/** By convention, the exit code after a signal is 128 plus its number. */
const SIGNALS = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const

async function recordRequests(
  targets: readonly Target[],
  options: RecordOptions,
  { out, exitWith }: CommandContext,
): Promise<void> {
  const steps = await planSteps(targets, { ...options, variables: options.var ?? new Map(), env: process.env })
  const settings = await connectionSettings(options)
  const recording = await openRecording(await checkTarget(defaultName(targets), options))
  const interrupt = new Interrupt()
  const total = steps.length * options.repeat
  const lists = options.verbose === true || total <= MOST_LISTED
  const log = new RequestLog(out, { total, lists, isSerial: options.connections === 1 })
  const progress = new Progress('made')
  const onResult = (result: Result): void => {
    progress.around(() => log.add(result))
    progress.update(log.count, total)
  }
  const connector = recording.wrap(connectSocket)
  const { signal } = interrupt
  const { repeat, connections } = options
  try {
    await runRequests(steps, { repeat, connections, settings: { ...settings, connector, signal }, signal, onResult })
  } catch (error) {
    recording.discard()
    throw error
  } finally {
    progress.stop()
  }
  log.summarize()
  await recording.save()
  const { path: file, cassette, redaction } = recording
  await tellSaved({ file, name: file, cassette, redaction }, out)
  if (interrupt.exitCode !== undefined) exitWith(interrupt.exitCode)
  else if (log.failures > 0) exitWith(EXIT.failed)
}

async function recordCommand(
  targets: readonly string[],
  options: RecordOptions,
  command: Command,
  { behindDashes, err, exitWith }: CommandContext,
): Promise<void> {
  if (targets.length > 0)
    throw new UserError('INVALID_OPTION', `give URLs and .http files, or -- and a command: ${targets.join(' ')}`)
  for (const option of command.options) {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) === 'cli' && !COMMAND_OPTIONS.has(name))
      throw new UserError('INVALID_OPTION', `${option.flags} is for requests that wiretape makes itself`)
  }
  const target = await checkTarget(cassetteNameFor(behindDashes), options)
  exitWith(await runCommand(behindDashes, target, { err, insecure: options.insecure === true }))
}

/** The options that are about the cassette, or the servers, and not about requests. */
const COMMAND_OPTIONS: ReadonlySet<string> = new Set(['output', 'force', 'append', 'insecure', 'allowSecrets'])

/** `https://api.example.com:8443/x` is saved in `api.example.com-8443.yaml`, the requests of `users.http` in `users.yaml`. */
function defaultName([first]: readonly Target[]): string {
  if (first === undefined) return 'recording.yaml'
  if ('file' in first) return `${path.parse(first.file).name}.yaml`
  return `${first.url.host.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')}.yaml`
}

/** The first signal ends the recording, which is then saved; the second ends the process. */
class Interrupt {
  readonly #controller = new AbortController()
  exitCode: number | undefined

  constructor() {
    for (const [name, code] of Object.entries(SIGNALS)) {
      // Not `once`: ora's signal-exit ends the process if no listener but its own is left.
      process.on(name, () => this.#onSignal(code))
    }
  }

  #onSignal(code: number): void {
    if (this.exitCode !== undefined) process.exit(code)
    this.exitCode = code
    this.#controller.abort('interrupted')
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }
}

async function connectionSettings({ ca, insecure, timeout }: RecordOptions): Promise<HttpConnectionSettings> {
  const certificates = ca === undefined ? undefined : await readFile(ca)
  return { verify: insecure !== true, tls: { ca: certificates }, timeouts: timeout }
}

const RECORD_HELP = `
Requests are made as curl makes them: the options above mean the same as in curl. Redirects are not followed, and
nothing is decoded: the cassette holds what was on the wire. Only secrets, such as Authorization and the values of
variables like API_KEY, are replaced by placeholders. A request that fails is recorded, too, and the next ones are still
made. User-Agent and Accept are added if they are not given.

A .http file holds requests as editors keep them: ### between them, comments with # or //, @name = value and {{name}},
headers, an empty line and the body, in which "< FILE" inserts a file. {{login.response.body.$.token}} quotes the
answer to the request under "# @name login". {{$uuid}}, {{$timestamp}}, {{$isoTimestamp}}, {{$randomInt 1 9}} and
{{$processEnv NAME}} are filled in.

After -- comes a command that connects by itself, such as a script. The HttpConnections of its Node processes are
recorded, one process after another. Output and exit code are those of the command; a summary of the cassette goes to
stderr. Other clients are recorded if they use fetchOver(defaultConnector), nodeConnect(defaultConnector) or
undiciConnect(defaultConnector). If the command is killed, all answers that it had seen whole are kept.

Examples:
  $ wiretape record https://api.example.com/users/42
  $ wiretape record https://api.example.com/a https://api.example.com/b -o two.yaml
  $ wiretape record https://localhost:8443/items --json '{"n":1}' --ca ca.pem
  $ wiretape record https://example.com/upload -F file=@photo.png -u me:secret
  $ wiretape record api.http --var host=localhost:8080 --repeat 10 --connections 2
  $ wiretape record https://example.com/ -X DELETE --append -o example.com.yaml
  $ wiretape record -o smoke.yaml -- node scripts/smoke.mjs

Exit codes:
  0  every request was answered, with any status, and the cassette is written
  1  a request failed (the cassette is written), or the cassette could not be written
  2  the command line, or a .http file, is not understood; nothing was sent
  130  interrupted by Ctrl-C (143 by SIGTERM, 129 by SIGHUP); what was recorded until then is written
  After --, the exit code is that of the command; 1 if it did not start or nothing was recorded`

const looksLikeTarget = (word: string): boolean => /^https?:/i.test(word) || isHttpFile(word)

const isHttpFile = (word: string): boolean => /\.(?:http|rest)$/i.test(word) && !/^https?:/i.test(word)

/** A text that may be a URL with a key in it, as far as an error may show it. */
const withoutSecrets = (text: string): string => text.replace(/[?#][^]*$/, '').replace(/\/\/[^/]*@/, '//')

function parseTarget(text: string): Target {
  if (isHttpFile(text)) return { file: text }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw new UserError(
      'INVALID_OPTION',
      `${withoutSecrets(text)}: give a whole URL that begins with http:// or https://, a .http file, or -- and a command`,
    )
  if (url.username !== '' || url.password !== '')
    throw new UserError(
      'INVALID_OPTION',
      "send credentials with -u user:password, or with -H 'Authorization: ...', not in the URL",
    )
  return { url }
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
