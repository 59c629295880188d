import { writeFile } from 'node:fs/promises'
import { InvalidArgumentError, Option } from 'commander'
import { loadCassette } from '../entries/cassette.ts'
import { type Drift, type Grade, GRADES, toJunit, type VerifiedInteraction, verifyCassette } from '../entries/verify.ts'
import { type AddCommand, type CommandContext, EXIT } from './command.ts'
import { Progress } from '../console/progress.ts'
import { count, escapeBytes, escapeText, type Output, toPrintableJson } from '../console/terminal.ts'
import { parseTimeout } from '../console/timeout.ts'

export const addVerify: AddCommand = (program, context) => {
  program
    .command('verify')
    .description('Send the requests of a cassette to a live server, and report how its answers have drifted.')
    .argument('<cassette>', 'cassette')
    .requiredOption('-t, --target <url>', 'origin of the server, such as http://127.0.0.1:8080')
    .option('--unsafe', 'also send requests that may change something on the server: POST, PUT, DELETE ...')
    .option('--only <request>', "send only such requests, like 'GET /users/*'; may be repeated", collect, [])
    .option('--volatile <rule>', 'what may differ: header:ETag, json:$.items[*].id, body; may be repeated', collect, [])
    .option('--secret <name=value>', 'real value for a placeholder of the cassette; may be repeated', parseSecret, {})
    .addOption(new Option('--grade <grade>', 'the least difference that counts').choices(GRADES).default('bytes'))
    .option('--timeout <ms>', 'milliseconds for each phase of a request', parseTimeout)
    .option('-k, --insecure', 'accept any certificate')
    .option('--json', 'print the results as JSON')
    .option('--junit <file>', 'also write the results as a JUnit file')
    .addHelpText('after', VERIFY_HELP)
    .action((file: string, options: VerifyCommandOptions) => verify(file, options, context))
}

/** Options of `wiretape verify`. */
export interface VerifyCommandOptions {
  readonly target: string
  readonly unsafe?: boolean
  readonly only: readonly string[]
  readonly volatile: readonly string[]
  readonly secret: Readonly<Record<string, string>>
  readonly grade: Grade
  readonly timeout?: number
  readonly insecure?: boolean
  readonly json?: boolean
  readonly junit?: string
}

/** Prints the drifts; the exit code is 1 if any of them counts. */
export async function verify(file: string, options: VerifyCommandOptions, context: CommandContext): Promise<void> {
  const cassette = await loadCassette(file)
  const progress = new Progress('verifying')
  const { target, unsafe, only, volatile, secret, timeout, insecure } = options
  const all = await verifyCassette(cassette, {
    target,
    unsafe,
    only: only.length === 0 ? undefined : only,
    volatile,
    secrets: secret,
    timeouts: timeout,
    verify: insecure !== true,
    onProgress: (done, total, request) => progress.update(done, total, request),
  }).finally(() => progress.stop())
  const results = all.map((result) => countingFrom(options.grade, result))
  if (options.junit !== undefined) await writeFile(options.junit, toJunit(file, results))
  if (options.json === true) context.out.line(toPrintableJson({ file, target, results }))
  else showResults(results, context.out)
  if (results.some(({ outcome }) => outcome === 'drifted')) context.exitWith(EXIT.failed)
}

/** Drifts below `grade` do not count. */
function countingFrom(grade: Grade, result: VerifiedInteraction): VerifiedInteraction {
  const drifts = result.drifts.filter((drift) => GRADES.indexOf(drift.grade) <= GRADES.indexOf(grade))
  const outcome = result.outcome === 'drifted' && drifts.length === 0 ? 'same' : result.outcome
  return { ...result, outcome, drifts }
}

function showResults(results: readonly VerifiedInteraction[], out: Output): void {
  for (const { interaction, method, url, outcome, skipped, drifts } of results) {
    if (outcome === 'same') continue
    out.line(`${out.paint('title', `#${interaction + 1} ${escapeText(method)} ${escapeText(url)}`)}  ${outcome}`)
    if (skipped !== undefined) out.line(out.paint('aside', `  ${escapeText(skipped)}`))
    for (const drift of drifts) showDrift(drift, out)
  }
  const ofOutcome = (wanted: VerifiedInteraction['outcome']): number =>
    results.filter(({ outcome }) => outcome === wanted).length
  out.line(
    `${count(results.length, 'interaction')}: ${ofOutcome('same')} same, ${ofOutcome('drifted')} drifted, ${ofOutcome('skipped')} skipped`,
  )
}

function showDrift({ grade, place, before, after }: Drift, out: Output): void {
  out.line(
    `  ${out.paint('failed', grade)}  ${shown(place)}: ${shown(before)} -> ${out.paint('received', shown(after))}`,
  )
}

const LONGEST = 300

function shown(text: string | undefined): string {
  if (text === undefined) return 'nothing'
  // Values of fields are latin-1, JSON and messages are not.
  const escaped = /[\u0100-\uffff]/.test(text) ? escapeText(text) : escapeBytes(Buffer.from(text, 'latin1'))
  return escaped.length <= LONGEST ? escaped : `${escaped.slice(0, LONGEST)}...`
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

function parseSecret(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name = '', value = ''] = /^\{{0,2}([\w.-]+?)\}{0,2}=(.*)$/s.exec(text) ?? []
  if (name === '') throw new InvalidArgumentError('it is not like authorization.1=VALUE')
  return { ...before, [name]: value }
}

const VERIFY_HELP = `
Grades, from the most serious to the least: ${GRADES.join(', ')}.
Date, Age, X-Request-Id and the like may always differ, and so may redacted values. Without --unsafe, only safe methods are sent.

Examples:
  $ wiretape verify users.yaml --target https://staging.example.com
  $ wiretape verify users.yaml -t http://127.0.0.1:8080 --grade json-shape --volatile 'json:$..updatedAt' --junit drift.xml
  $ wiretape verify users.yaml -t http://127.0.0.1:8080 --secret "authorization.1=$TOKEN"

Exit codes:
  0  nothing has drifted
  1  something has, or the cassette cannot be read
  2  the command line is not understood`
