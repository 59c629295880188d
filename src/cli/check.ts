import { readFile } from 'node:fs/promises'
import {
  checkCassettes,
  type CheckReport,
  countFindings,
  type Finding,
  fixCassettes,
  type FixReport,
  parsePlayedList,
  type PlayedCassette,
  type Severity,
} from '../entries/inspect.ts'
import { collect } from './collect.ts'
import { type AddCommand, EXIT } from './command.ts'
import { noCassettes } from './each-file.ts'
import { Progress } from '../console/progress.ts'
import { readSecrets, type SecretOptions, secretOptions } from './secrets.ts'
import { count, escapeText, type Output, type Style, toPrintableJson } from '../console/terminal.ts'

export const addCheck: AddCommand = (program, { out, complain, exitWith }) => {
  const command = program
    .command('check')
    .description(
      'Check cassettes: form, checksums, lengths after an edit, blobs, secrets, and leftovers of killed recordings.',
    )
    .argument('[path...]', 'cassettes, and folders to search for them (default: the current folder)')
    .option('--played <file>', 'played list of a test run; may be repeated', collect)
    .option('--strict', 'count notes, too')
    .option('--fix', 'mend what needs no guessing and loses nothing, and say what')
    .option('--no-secrets', 'do not look for secrets')
    .option('--json', 'print the findings as JSON')
  secretOptions(command)
    .addHelpText('after', CHECK_HELP)
    .action(async (paths: readonly string[], options: CheckOptions) => {
      try {
        if (!(await check(paths.length === 0 ? ['.'] : paths, options, out))) exitWith(EXIT.failed)
      } catch (error) {
        // What is in a cassette is a finding; this is about the arguments.
        complain(error)
        exitWith(EXIT.usage)
      }
    })
}

/** Options of `wiretape check`. */
export interface CheckOptions extends SecretOptions {
  readonly played?: readonly string[]
  readonly strict?: boolean
  readonly fix?: boolean
  readonly secrets: boolean
  readonly json?: boolean
}

/** Prints the findings; returns whether the cassettes are clean. */
export async function check(paths: readonly string[], options: CheckOptions, out: Output): Promise<boolean> {
  const { strict = false, json = false } = options
  const played = options.played && (await readPlayedLists(options.played))
  const secrets = options.secrets && (await readSecrets(options))
  const progress = new Progress('checking')
  const onProgress = progress.update.bind(progress)
  const look = (): Promise<CheckReport> => checkCassettes(paths, { played, secrets, onProgress })
  let report = await look().finally(() => progress.stop())
  const fixed = options.fix === true ? await fixCassettes(report) : undefined
  if (fixed !== undefined && fixed.mended.length > 0) report = await look()
  if (report.files.length === 0 && report.findings.length === 0 && !paths.includes('.')) {
    throw noCassettes(paths)
  }
  const counts = countFindings(report.findings)
  const isClean = counts.error + counts.warning === 0 && !(strict && counts.note > 0)
  if (json) out.line(toPrintableJson({ isClean, counts, ...report, ...(fixed && { fixed }) }))
  else {
    if (fixed !== undefined) showFixes(fixed, out)
    showReport(report, out)
  }
  return isClean
}

async function readPlayedLists(files: readonly string[]): Promise<readonly PlayedCassette[]> {
  const lists = await Promise.all(files.map(async (file) => parsePlayedList(await readFile(file, 'utf8'), file)))
  return lists.flat()
}

function showReport({ files, findings }: CheckReport, out: Output): void {
  for (const found of findings) showFinding(found, out)
  if (findings.length > 0) out.line()
  const counts = countFindings(findings)
  const parts = (['error', 'warning', 'note'] as const).flatMap((severity) =>
    counts[severity] === 0 ? [] : [count(counts[severity], severity)],
  )
  out.line(`${count(files.length, 'cassette')} checked: ${parts.length === 0 ? 'clean' : parts.join(', ')}`)
}

function showFixes({ mended, left }: FixReport, out: Output): void {
  for (const [what, remarks] of [
    ['mended', mended],
    ['not mended', left],
  ] as const)
    for (const { file, line, column, message } of remarks)
      out.line(`${escapeText(file)}:${line}:${column}: ${what}: ${escapeText(message)}`)
}

/** Editors and CI services turn the first line into a link. */
function showFinding({ file, line, column, severity, code, message, advice }: Finding, out: Output): void {
  const place = out.paint('title', `${escapeText(file)}:${line}:${column}:`)
  out.line(`${place} ${out.paint(STYLES[severity], severity)} ${code}  ${escapeText(message)}`)
  out.line(out.paint('aside', `    ${escapeText(advice)}`))
}

const STYLES: Readonly<Record<Severity, Style>> = { error: 'failed', warning: 'sent', note: 'aside' }

const CHECK_HELP = `
A record whose checksum is right is as it was recorded, however wrong the server was; in others, lengths that do not fit
are reported. --fix mends these, checksums, numbers of events and the layout as fmt does, unless a comment of yours would be lost, and
removes locks of dead processes; what would lose a byte stays for you to decide. A played list has a line of JSON for each cassette that a test used: {"path":"users.yaml","played":[0,1]}.

Examples:
  $ wiretape check
  $ wiretape check --fix
  $ wiretape check cassettes --strict --json | jq '.findings[].code'
  $ wiretape check test --played played.jsonl
  $ wiretape check users.yaml --secret-env TENANT_ID

Exit codes:
  0  no errors and no warnings (with --strict: no notes either)
  1  something was found
  2  the command line, or a played list, is not understood, or a folder that was named holds no cassettes`
