import { Command, InvalidArgumentError } from 'commander'
import { VERSION } from '../index.ts'
import { type HeaderLines, record, type RecordOptions } from './record.ts'
import { show, type ShowOptions } from './show.ts'
import { escapeLines, type Output } from './terminal.ts'

/** What the process can end with; the help says when. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/**
 * The commands and their options.
 *
 * `exitWith` is told of an end that is neither success nor an exception. Arguments that make no sense throw a
 * CommanderError once commander has told them.
 */
export function newProgram(out: Output, exitWith: (code: number) => void): Command {
  const program = new Command('wiretape')
    .description('Records HTTP/1.1 conversations byte for byte, and shows what is on the tape.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      // What commander prints quotes the arguments, and those are as little ours as a recorded body.
      writeOut: (text) => void process.stdout.write(escapeLines(text)),
      writeErr: (text) => void process.stderr.write(escapeLines(text)),
    })
    .addHelpText('after', PROGRAM_HELP)

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

  program
    .command('show')
    .description('Print a cassette as the conversation it holds: direction, time, size and content of every segment.')
    .argument('<file>', 'cassette')
    .option('--full', 'print all bytes of binary bodies')
    .option('--json', 'print the events as JSON')
    .addHelpText('after', SHOW_HELP)
    .action((file: string, options: ShowOptions) => show(file, options, out))

  return program
}

const PROGRAM_HELP = `
Examples:
  $ wiretape record https://example.com/
  $ wiretape show example.com.yaml

Exit codes:
  0  done
  1  something failed; one line on stderr says what, and what to do
  2  the command line is not understood
  130  interrupted`

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

const SHOW_HELP = `
Text is shown as text, anything else as the first bytes in hex. Characters that could steer a terminal, or are not
seen, appear as \\xNN.

Marks:
  -->  sent by the client      ***  connection opened, closed      !!!  no connection
  <--  sent by the server      ---  one side has said all

Examples:
  $ wiretape show example.com.yaml
  $ wiretape show example.com.yaml --full | less
  $ wiretape show example.com.yaml --json | jq '.tape[].text'

Exit codes:
  0  shown
  1  the file is not a cassette; the error names line and column
  2  the command line is not understood`

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
