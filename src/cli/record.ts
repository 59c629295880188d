import { constants } from 'node:fs'
import { access, lstat, mkdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { InvalidArgumentError } from 'commander'
import {
  type Cassette,
  connectSocket,
  HttpConnection,
  LocalProtocolError,
  Recorder,
  redactCassette,
  type RequestOptions,
  saveCassette,
  VERSION,
  WiretapeError,
} from '../index.ts'
import { type AddCommand, EXIT } from './command.ts'
import { describeError, UserError } from './failure.ts'
import { summarize } from './show.ts'
import { count, escapeBytes, escapeText, milliseconds, type Output } from './terminal.ts'

export const addRecord: AddCommand = (program, { out, exitWith }) => {
  program
    .command('record')
    .description('Make requests, one after the other over one connection per origin, and save every byte that passed.')
    .argument('<url...>', 'http or https URLs', parseUrls)
    .option('-o, --output <file>', 'cassette to write (default: host of the first URL + .yaml)')
    .option('-X, --request <method>', 'request method (default: GET, or POST with --data)')
    .option('-H, --header <line>', "'Name: value', sent as written; may be repeated", parseHeader)
    .option('-d, --data <data>', 'request body, or @FILE for the content of a file')
    .option('--insecure', 'accept any certificate')
    .option('--ca <file>', 'certificates to trust instead of the usual ones, PEM')
    .option('--timeout <ms>', 'limit for each of: connect, TLS, response head, next body bytes', parseTimeout, 30_000)
    .option('--force', 'replace the cassette if it exists')
    .option('--allow-secrets', 'save Authorization, cookies, tokens and the like as they were on the wire')
    .addHelpText('after', RECORD_HELP)
    .action(async (urls: URL[], options: Omit<RecordOptions, 'signal'>) => {
      const interrupt = new AbortController()
      process.once('SIGINT', () => interrupt.abort('interrupted'))
      const failures = await record(urls, { ...options, signal: interrupt.signal }, out)
      if (interrupt.signal.aborted) exitWith(EXIT.interrupted)
      else if (failures > 0) exitWith(EXIT.failed)
    })
}

/** What `wiretape record` can be told; defaults are in `program.ts`. */
export interface RecordOptions {
  /** Where to save. Default: the host of the first URL with `.yaml`, in the current folder. */
  readonly output?: string
  /** Default: `GET`, or `POST` where there is `data`. */
  readonly request?: string
  /** Sent as they are, after those of {@link withDefaults} that are not among them. Default: none. */
  readonly header?: HeaderLines
  /** The body, or `@` and the file that holds it. */
  readonly data?: string
  readonly insecure?: boolean
  /** File with certificates to trust instead of the usual ones, PEM. */
  readonly ca?: string
  /** Milliseconds for each phase. */
  readonly timeout: number
  /** Replace a file that exists. */
  readonly force?: boolean
  /** Save everything as it was on the wire. Default: secrets are replaced, see `docs/redaction.md`. */
  readonly allowSecrets?: boolean
  /** Ends the recording; what has been recorded is saved. */
  readonly signal: AbortSignal
}

/** Header lines in the order and case they are sent in. */
export type HeaderLines = readonly (readonly [name: string, value: string])[]

/**
 * Makes the requests one after the other, over one connection per origin, and saves what passed.
 *
 * A request that fails is recorded as well, and the ones after it are still made. Gives how many failed.
 */
export async function record(urls: readonly URL[], options: RecordOptions, out: Output): Promise<number> {
  const file = options.output ?? defaultName(urls)
  await mustBeWritable(file, options)
  const recorder = new Recorder()
  const failures = await makeRequests(urls, await prepare(options, recorder), out)

  const { cassette, notes } = withoutSecrets(recorder.cassette, options)
  await saveCassette(file, cassette)
  const { size } = await stat(file)
  out.line()
  out.line(summarize(cassette))
  out.line(`${out.paint('title', escapeText(file))}  ${count(size, 'byte')}`)
  for (const note of notes) out.line(note)
  return failures
}

/** What is saved, and what a person should know of it. */
function withoutSecrets(cassette: Cassette, { allowSecrets }: RecordOptions): { cassette: Cassette; notes: string[] } {
  if (allowSecrets === true) return { cassette, notes: [] }
  const redaction = redactCassette(cassette, { env: process.env })
  const { placeholders, opaque } = redaction.report
  const notes = opaque.map(
    ({ connection, direction, offset, reason }) =>
      `connection ${connection}, ${direction}, from byte ${offset}: could not be searched for secrets in full (${escapeText(reason)})`,
  )
  if (placeholders.length > 0)
    notes.unshift(`${count(placeholders.length, 'secret')} replaced; --allow-secrets keeps them`)
  return { cassette: redaction.cassette, notes }
}

/** `https://api.example.com:8443/x` is kept in `api.example.com-8443.yaml`. */
function defaultName([first]: readonly URL[]): string {
  return `${first?.host.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '')}.yaml`
}

/** What can be known beforehand is told before the first request. */
async function mustBeWritable(file: string, { force }: RecordOptions): Promise<void> {
  if (force !== true && (await exists(file))) {
    throw new UserError('FILE_EXISTS', `${file} exists already; --force replaces it, -o FILE takes another name`)
  }
  await mkdir(path.dirname(file), { recursive: true })
  await access(path.dirname(file), constants.W_OK)
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch {
    return false // or out of reach; then writing tells
  }
}

/** Everything that is the same for each request. */
interface Plan {
  readonly method: string
  readonly request: RequestOptions
  readonly connectTo: (origin: string) => HttpConnection
  readonly signal: AbortSignal
}

async function prepare(options: RecordOptions, recorder: Recorder): Promise<Plan> {
  const { data, insecure, signal, timeout } = options
  const body = data?.startsWith('@') === true ? await readFile(data.slice(1)) : data
  const ca = options.ca === undefined ? undefined : await readFile(options.ca)
  const connector = recorder.wrap(connectSocket)
  return {
    method: options.request ?? (body === undefined ? 'GET' : 'POST'),
    request: { headers: withDefaults(options.header), body },
    connectTo: (origin) =>
      HttpConnection.to(origin, { connector, verify: insecure !== true, tls: { ca }, timeouts: timeout, signal }),
    signal,
  }
}

/** Many servers refuse requests without these two. */
function withDefaults(given: HeaderLines = []): HeaderLines {
  const isGiven = new Set(given.map(([name]) => name.toLowerCase()))
  const defaults = [['User-Agent', `wiretape/${VERSION}`] as const, ['Accept', '*/*'] as const]
  return [...defaults.filter(([name]) => !isGiven.has(name.toLowerCase())), ...given]
}

async function makeRequests(urls: readonly URL[], plan: Plan, out: Output): Promise<number> {
  const connections = new Map<string, HttpConnection>()
  let failures = 0
  try {
    for (const url of urls) {
      if (plan.signal.aborted) break
      const connection = connections.get(url.origin) ?? plan.connectTo(url.origin)
      connections.set(url.origin, connection)
      const request = `${plan.method} ${url.href}`
      const began = performance.now()
      const took = (): string => milliseconds(performance.now() - began)
      try {
        const answer = await exchange(connection, url, plan)
        out.line(`${escapeText(request)}  ${out.paint('received', answer)}  ${took()}`)
      } catch (error) {
        if (!(error instanceof WiretapeError) || error instanceof LocalProtocolError) throw error
        failures += 1
        out.line(`${escapeText(request)}  ${out.paint('failed', escapeText(describeError(error)))}  ${took()}`)
        connections.delete(url.origin) // the next request gets a connection without a past
        await connection.close()
      }
    }
  } finally {
    await Promise.all(Array.from(connections.values(), (connection) => connection.close()))
  }
  return failures
}

/** Makes one request and reads its answer to the end; gives status and size, escaped. */
async function exchange(connection: HttpConnection, url: URL, { method, request }: Plan): Promise<string> {
  await connection.request(method, `${url.pathname}${url.search}`, request)
  const { status, reason, body } = await connection.getResponse()
  let size = 0
  for await (const piece of body) size += piece.length
  return `${status} ${escapeBytes(Buffer.from(reason, 'latin1'))}  ${count(size, 'byte')}`
}

const RECORD_HELP = `
Redirects are not followed, and nothing is decoded: the cassette holds what was on the wire, but for secrets such as
Authorization and the values of variables like API_KEY: placeholders stand for them. A request that fails is recorded
too, and the next ones are still made. User-Agent and Accept are added where no --header gives them.

Examples:
  $ wiretape record https://api.example.com/users/42
  $ wiretape record https://api.example.com/a https://api.example.com/b -o two.yaml
  $ wiretape record https://localhost:8443/items -d '{"n":1}' -H 'Content-Type: application/json' --ca ca.pem
  $ wiretape record https://example.com/ -X DELETE --force

Exit codes:
  0  every request was answered, whatever the status, and the cassette is written
  1  a request failed (the cassette is written), or the cassette could not be written
  2  the command line is not understood
  130  interrupted by Ctrl-C; what had been recorded is written`

function parseUrls(text: string, before: readonly URL[] = []): readonly URL[] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('Give a whole URL that begins with http:// or https://.')
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError("Send credentials with -H 'Authorization: ...' instead.")
  }
  return [...before, url]
}

function parseHeader(line: string, before: HeaderLines = []): HeaderLines {
  const colon = line.indexOf(':')
  if (colon < 1) throw new InvalidArgumentError("Write it as 'Name: value'.")
  return [...before, [line.slice(0, colon), line.slice(colon + 1).trim()]]
}

function parseTimeout(text: string): number {
  const timeout = Number(text)
  // 2^31-1: above it, Node's timers fire at once.
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > 2_147_483_647) {
    throw new InvalidArgumentError('Give a whole number of milliseconds, 1 or more.')
  }
  return timeout
}
