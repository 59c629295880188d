import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import type { MatchOn, RecordMode, Timing } from '../index.ts'
import {
  environmentFor,
  machineAuthority,
  ProxyHost,
  type ProxyScope,
  type ProxyScopeOptions,
  serveControl,
} from '../entries/proxy.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { escapeText } from '../console/terminal.ts'
import { parseTimeout } from '../console/timeout.ts'
import { LiveList } from './proxy/live-list.ts'
import { loadHooks, ALL_HOOKS } from '../hooks/hooks-module.ts'
import { collect, parseClients, parsePort, parseStatus } from './serve/options.ts'
import { MODES, parseMatchOn, parseMode, parseTiming } from './serve/play-options.ts'
import { Refusals } from './serve/refusals.ts'
import { untilSignal } from './serve/signals.ts'

export const addProxy: AddCommand = (program, context) => {
  const command = program
    .command('proxy')
    .description('Record and play the traffic of any program, as a proxy on this machine.')
    .argument('[cassette]', 'cassette to record or play')
  addWays(command)
  addCassetteOptions(command)
  command
    .addHelpText('after', PROXY_HELP)
    .action(async (cassette: string | undefined, options: ProxyCommandOptions) => {
      if (cassette === undefined && options.control === undefined)
        throw new UserError('INVALID_OPTION', 'give a cassette, or --control to open cassettes from outside')
      await run(cassette, options, context)
    })
}

function addWays(command: Command): void {
  command
    .option('-p, --port <number>', 'port to listen on; 0 takes any free one', parsePort, 0)
    .option('--to <url>', 'origin that the port stands for; default: a forward proxy (CONNECT, whole URLs, SOCKS 5)')
    .option('--tls', 'with --to: speak TLS with clients')
    .option('--allow <host>', 'host that may be on this machine or a private network; may be repeated', collect)
    .option('--raw <origin>', 'as tcp://host:port: its server speaks first, and no HTTP; may be repeated', collect)
    .option('--ignore-host <host>', 'host that is reached live, not decrypted, not recorded; may be repeated', collect)
    .option('-k, --insecure', 'accept any certificate of servers')
    .option('--upstream-ca <file>', 'certificates of servers to trust instead of the usual ones, PEM')
    .option('--ca-dir <folder>', 'where the authority of this machine is kept')
    .option('--ca-out <file>', 'write its certificate there, for clients to trust')
    .option('--env-out <file>', 'write the variables for programs there, for: set -a; . FILE')
    .option('--control [port]', 'also listen for scopes: a cassette and a port for each test', parsePort)
    .option(
      '--request-timeout <ms>',
      'limit for the head of a request, and for each gap in a body',
      parseTimeout,
      30_000,
    )
    .option('--idle-timeout <ms>', 'limit between requests', parseTimeout, 300_000)
    .option('--max-clients <n>', 'how many clients a port has at the same time', parseClients, 4096)
}

function addCassetteOptions(command: Command): void {
  command
    .option('--mode <mode>', `what to do: ${MODES.join(', ')}`, parseMode, 'once')
    .option('--repeat', 'play interactions as often as clients ask for them')
    .option('--all-played', 'exit with 1 if something was not played')
    .option(
      '--match-on <names>',
      'what a request must have in common with a recorded one: names, JSON, or bytes',
      parseMatchOn,
    )
    .option('--timing <how>', 'instant, recorded, or a factor such as 0.5', parseTiming)
    .option('--miss-status <number>', 'status of the answer to a miss, from 400 to 599 (default: 599)', parseStatus)
    .option('--hooks <file>', `module that exports hooks: ${ALL_HOOKS.join(', ')}`)
    .option('--allow-secrets', 'save Authorization, cookies, tokens and the like as they were on the wire')
}

/** Options of `wiretape proxy`. */
interface ProxyCommandOptions {
  readonly port: number
  readonly to?: string
  readonly tls?: boolean
  readonly allow?: readonly string[]
  readonly raw?: readonly string[]
  readonly ignoreHost?: readonly string[]
  readonly insecure?: boolean
  readonly upstreamCa?: string
  readonly caDir?: string
  readonly caOut?: string
  readonly envOut?: string
  readonly control?: number | true
  readonly requestTimeout: number
  readonly idleTimeout: number
  readonly maxClients: number
  readonly mode: RecordMode
  readonly repeat?: boolean
  readonly allPlayed?: boolean
  readonly matchOn?: MatchOn
  readonly timing?: Timing
  readonly missStatus?: number
  readonly hooks?: string
  readonly allowSecrets?: boolean
}

async function run(file: string | undefined, options: ProxyCommandOptions, context: CommandContext): Promise<void> {
  const { out, err, exitWith } = context
  const refusals = new Refusals(err)
  const list = new LiveList(err)
  const { authority, certificateFile, isNew } = await machineAuthority(options.caDir)
  const { allow, requestTimeout, idleTimeout, maxClients } = options
  await using host = new ProxyHost({ authority, allow, requestTimeout, idleTimeout, maxClients })
  let isOver = false
  const scopeOptions = await scopeOptionsOf(file, options, {
    // The end of connections that clients keep is no refusal.
    onRefused: (reason) => {
      if (!isOver) list.around(() => refusals.add(reason))
    },
    onExchange: list.add,
  })
  const scope =
    file === undefined
      ? undefined
      : await host.open(path.basename(file), { ...scopeOptions, port: options.port, to: options.to, tls: options.tls })
  const control =
    options.control === undefined
      ? undefined
      : await serveControl(host, scopeOptions, options.control === true ? 0 : options.control)
  if (isNew) err.line(`clients have to trust ${escapeText(certificateFile)}, or get the variables of --env-out`)
  if (options.caOut !== undefined) await writeFile(options.caOut, authority.cert)
  if (options.envOut !== undefined) await writeEnvironment(options.envOut, scope, certificateFile)
  if (scope !== undefined) out.line(scope.url)
  if (control !== undefined) out.line(control.url)
  list.start(
    scope === undefined
      ? 'proxy'
      : `${scope.cassette.isRecording ? 'recording' : 'playing'} ${path.basename(scope.cassette.path)}`,
  )
  await untilSignal()
  isOver = true
  list.stop()
  await control?.close()
  const summaries = host.scopes.map(({ cassette }) => cassette.summary)
  await host.close()
  const sum = (name: 'played' | 'recorded' | 'unused'): number => summaries.reduce((total, one) => total + one[name], 0)
  err.line(
    `${sum('played')} played, ${sum('recorded')} recorded, ${sum('unused')} not played, ${refusals.count} refused`,
  )
  if (refusals.misses > 0) exitWith(EXIT.missed)
  else if (refusals.count > 0) exitWith(EXIT.failed)
}

async function scopeOptionsOf(
  file: string | undefined,
  options: ProxyCommandOptions,
  listeners: Pick<ProxyScopeOptions, 'onRefused' | 'onExchange'>,
): Promise<ProxyScopeOptions> {
  const { raw, ignoreHost, insecure, upstreamCa, mode, repeat, allPlayed, matchOn, timing, missStatus, hooks } = options
  return {
    dir: file === undefined ? undefined : path.dirname(file),
    mode,
    raw,
    ignoreHosts: ignoreHost,
    connect: {
      verify: insecure !== true,
      ...(upstreamCa !== undefined && { tls: { ca: await readFile(upstreamCa) } }),
    },
    allowPlaybackRepeats: repeat,
    allowUnused: allPlayed !== true,
    face: 'run',
    matchOn,
    timing,
    missStatus,
    redact: options.allowSecrets === true ? false : undefined,
    ...(hooks !== undefined && (await loadHooks(hooks, ALL_HOOKS))),
    ...listeners,
  }
}

/** As a shell reads it; the files that it names lie beside the certificate of the authority. */
async function writeEnvironment(file: string, scope: ProxyScope | undefined, certificateFile: string): Promise<void> {
  if (scope === undefined) throw new UserError('INVALID_OPTION', '--env-out is about the port of a cassette; give one')
  const variables = await environmentFor(scope.url, certificateFile)
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`,
  )
  await writeFile(file, lines.join(''))
}

const PROXY_HELP = `
The first line on stdout is the address. Programs use it as their proxy, and have to trust the authority of this machine,
whose key stays in a folder of yours (WIRETAPE_CA_DIR or --ca-dir names another one). --env-out writes the variables that
curl, Python, Go, Ruby, Java, Node and others read; docs/languages.md says which. With --to the port stands for one
origin, and programs use it instead of that origin.

Each request is listed on stderr. What the cassette does not hold gets 599 (or --miss-status) with the reason as text. A
server that cannot be reached is 502, or 504 after 30 s. Nothing outside of this machine reaches the proxy, and it reaches
this machine and private networks only where --allow says so. SIGINT or SIGTERM ends it, and saves the cassette.

With --control, another line is the address of the control API: POST to ADDRESS/scopes with {"cassette": "login", "mode":
"once"} opens a cassette on a port of its own and answers with its URL; DELETE ADDRESS/scopes/ID ejects it.

Examples:
  $ wiretape proxy users.yaml --port 8080
  $ curl -x http://127.0.0.1:8080 --cacert ~/.local/share/wiretape/ca.pem https://api.example.com/users
  $ wiretape proxy users.yaml --env-out proxy.env
  $ (set -a; . ./proxy.env; python3 client.py)
  $ wiretape proxy users.yaml --to https://api.example.com --port 8080
  $ wiretape proxy orders.yaml --allow db.internal --raw tcp://db.internal:3306
  $ wiretape proxy --control 9000

Exit codes:
  0  ended by a signal, and every client got an answer
  1  a client was refused for another reason than a miss, the cassette could not be read or written, the port is in use, the
     authority would not be safe, or with --all-played something was not played
  2  the command line is not understood
  3  a client asked for something that was not recorded, or more often than it was recorded`
