import { readFile, writeFile } from 'node:fs/promises'
import type { Fault, MatchOn, Segmentation, Timing } from '../index.ts'
import { type ServedCassette, serveCassette } from '../entries/serve.ts'
import { type AddCommand, EXIT } from './command.ts'
import { UserError } from '../console/failure.ts'
import { loadHooks, SERVE_HOOKS } from '../hooks/hooks-module.ts'
import { parseFault, parseMatchOn, parseSegmentation, parseTiming } from './serve/play-options.ts'
import { collect, parseClients, parsePort, parseStatus } from './serve/options.ts'
import { Refusals } from './serve/refusals.ts'
import { untilSignal } from './serve/signals.ts'
import { count } from '../console/terminal.ts'
import { parseTimeout } from '../console/timeout.ts'

export const addServe: AddCommand = (program, { out, err, exitWith }) => {
  program
    .command('serve')
    .description('Play cassettes as a server on this machine, for clients in any language: same bytes, same endings.')
    .argument('<cassette...>', 'cassettes, played as one')
    .option('-p, --port <number>', 'port to listen on; 0 takes any free one', parsePort, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--expose', 'allow an address that other machines can reach; they can read the recording')
    .option('--origin <url>', 'recorded origin that every client means, such as https://api.example.com')
    .option('--allow-host <name>', 'name in Host that means this server; may be repeated', collect)
    .option('--tls', 'speak TLS, with a new certificate')
    .option('--cert <file>', 'speak TLS with this certificate (PEM)')
    .option('--key <file>', 'the private key of --cert (PEM)')
    .option('--cert-out <file>', 'write the certificate there, for clients to trust')
    .option('--once', 'play each interaction once (default)')
    .option('--repeat', 'play interactions as often as clients ask for them')
    .option('--all-played', 'exit with 1 if something was not played')
    .option(
      '--match-on <names>',
      'what a request must have in common with a recorded one: names, JSON, or bytes',
      parseMatchOn,
    )
    .option('--timing <how>', 'instant, recorded, or a factor such as 0.5', parseTiming)
    .option('--segmentation <how>', 'recorded, coalesced, boundaries, bytewise, or seed=42', parseSegmentation)
    .option('--fault <fault>', 'fault to inject, such as reset,at=120,on=1; may be repeated', parseFault)
    .option(
      '--request-timeout <ms>',
      'limit for the head of a request, and for each gap in a body',
      parseTimeout,
      30_000,
    )
    .option('--idle-timeout <ms>', 'limit between requests', parseTimeout, 300_000)
    .option('--max-clients <n>', 'how many clients there may be at the same time', parseClients, 4096)
    .option('--miss-status <number>', 'status of the answer to a miss, from 400 to 599 (default: 599)', parseStatus)
    .option('--hooks <file>', 'module that exports hooks: normalizeRequest, beforeAnswer')
    .addHelpText('after', SERVE_HELP)
    .action(async (cassettes: readonly string[], options: ServeCommandOptions) => {
      const refusals = new Refusals(err)
      await using served = await start(cassettes, options, refusals.add)
      out.line(served.url)
      await untilSignal()
      const { playCount, unplayed } = served.replayer
      err.line(`${count(playCount, 'answer')} played, ${unplayed.length} not played, ${refusals.count} refused`)
      if (options.allPlayed === true) served.replayer.assertAllPlayed()
      if (refusals.misses > 0) exitWith(EXIT.missed)
      else if (refusals.count > 0) exitWith(EXIT.failed)
    })
}

/** Options of `wiretape serve`. */
interface ServeCommandOptions {
  readonly port: number
  readonly host: string
  readonly expose?: boolean
  readonly origin?: string
  readonly allowHost?: readonly string[]
  readonly tls?: boolean
  readonly cert?: string
  readonly key?: string
  readonly certOut?: string
  readonly once?: boolean
  readonly repeat?: boolean
  readonly allPlayed?: boolean
  readonly matchOn?: MatchOn
  readonly timing?: Timing
  readonly segmentation?: Segmentation
  readonly fault?: readonly Fault[]
  readonly requestTimeout: number
  readonly idleTimeout: number
  readonly maxClients: number
  readonly missStatus?: number
  readonly hooks?: string
}

async function start(
  cassettes: readonly string[],
  options: ServeCommandOptions,
  onRefused: (reason: Error) => void,
): Promise<ServedCassette> {
  if (options.once === true && options.repeat === true)
    throw new UserError('INVALID_OPTION', '--once and --repeat contradict each other; give one of them')
  const { port, host, expose, origin, matchOn, timing, segmentation, fault, repeat, allowHost } = options
  const { requestTimeout, idleTimeout, maxClients, missStatus, hooks } = options
  const served = await serveCassette(cassettes, {
    port,
    host,
    expose,
    origin,
    allowHosts: allowHost,
    tls: await tlsOf(options),
    allowPlaybackRepeats: repeat,
    matchOn,
    timing,
    segmentation,
    faults: fault,
    requestTimeout,
    idleTimeout,
    maxClients,
    missStatus,
    face: 'command',
    onRefused,
    ...(hooks !== undefined && (await loadHooks(hooks, SERVE_HOOKS))),
  })
  if (options.certOut !== undefined && served.certificate !== undefined)
    await writeFile(options.certOut, served.certificate)
  return served
}

async function tlsOf({
  tls,
  cert,
  key,
  certOut,
}: ServeCommandOptions): Promise<boolean | { key: string; cert: string }> {
  if ((cert === undefined) !== (key === undefined))
    throw new UserError('INVALID_OPTION', 'a certificate needs its key: give both --cert FILE and --key FILE')
  if (cert !== undefined && key !== undefined)
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
  if (certOut !== undefined && tls !== true) throw new UserError('INVALID_OPTION', '--cert-out needs --tls')
  return tls === true
}

const SERVE_HELP = `
The first line on stdout is the address. Requests are matched as in a replay. A request that was not recorded gets 599 (or
--miss-status) with the reason as text, which is also printed on stderr, in full only the first time. If several origins
were recorded, Host or --origin says which one a request means. SIGINT or SIGTERM ends the server.

A fault is a type (cut, reset, stall, split, corrupt, delay, duplicate, drop) and numbers: at, to (bytes of the answer), on
(interactions from 0; may be repeated), times, by (ms), xor, value. Or the same as JSON. --match-on takes names, as in
method,path,body, or a list as in code, as JSON: '["method","url",{"body":{"ignore":["$.id"]}}]'.

Examples:
  $ wiretape serve users.yaml --port 8080
  $ curl -H 'Host: api.example.com' http://127.0.0.1:8080/users
  $ wiretape serve users.yaml --tls --cert-out ca.pem --port 8443
  $ curl --cacert ca.pem --connect-to api.example.com:443:127.0.0.1:8443 https://api.example.com/users
  $ wiretape serve users.yaml --fault reset,at=120,on=0 --segmentation bytewise
  $ wiretape serve calls.yaml --hooks ./hooks.mjs

Exit codes:
  0  ended by a signal, and every client got what was recorded
  1  a client was refused for another reason than a miss, a file is not a cassette, the port is in use, or with
     --all-played something was not played
  2  the command line is not understood
  3  a client asked for something that was not recorded, or more often than it was recorded`
