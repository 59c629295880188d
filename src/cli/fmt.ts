import { formatCassette, type FormatReport, type PlacedRemark } from '../entries/inspect.ts'
import { type AddCommand, EXIT } from './command.ts'
import { cassettesIn, forEachFile } from './each-file.ts'
import { count, escapeText, type Output } from '../console/terminal.ts'

export const addFmt: AddCommand = (program, context) => {
  program
    .command('fmt')
    .description(
      'Bring edited cassettes into form: layout, checksums, number of events, Content-Length and chunk sizes.',
    )
    .argument('<path...>', 'cassettes, and folders to search for them')
    .option('--check', 'change nothing, only say what would change')
    .addHelpText('after', FMT_HELP)
    .action(async (paths: readonly string[], { check = false }: { readonly check?: boolean }) => {
      const files = await cassettesIn(paths)
      let changed = 0
      let unmended = 0
      const failures = await forEachFile('formatting', files, context, async (file, out) => {
        const report = await formatCassette(file, { check })
        if (report.isChanged) changed += 1
        if (report.left.length > 0) unmended += 1
        return () => showReport(report, check, out)
      })
      const verb = check ? 'not in form' : 'changed'
      const failed = failures === 0 ? '' : `, ${failures.toLocaleString('en-US')} failed`
      const left = unmended === 0 ? '' : `, ${unmended.toLocaleString('en-US')} not mended`
      context.out.line(`${count(files.length, 'cassette')}: ${changed.toLocaleString('en-US')} ${verb}${left}${failed}`)
      if (failures > 0 || unmended > 0 || (check && changed > 0)) context.exitWith(EXIT.failed)
    })
}

function showReport({ path, isChanged, mended, left }: FormatReport, isCheck: boolean, out: Output): void {
  if (isChanged) out.line(`${out.paint('title', escapeText(path))}  ${isCheck ? 'would change' : 'changed'}`)
  for (const remark of mended) showRemark(path, remark, out)
  for (const remark of left) showRemark(path, { ...remark, message: `not mended: ${remark.message}` }, out)
}

function showRemark(path: string, { line, column, message }: PlacedRemark, out: Output): void {
  out.line(`  ${escapeText(path)}:${line}:${column}: ${escapeText(message)}`)
}

const FMT_HELP = `
A record with a correct checksum keeps every byte. In the others, lengths are made to fit what follows them; reported
places are those before the change. Comments are derived from the bytes: your own are lost, and reported.

Examples:
  $ wiretape fmt users.yaml
  $ wiretape fmt --check cassettes

Exit codes:
  0  every cassette is in form
  1  something is left that only a person can mend, and its record keeps its wrong checksum; with --check one is not
     in form; or one could not be read or written, and one line on stderr says why
  2  the command line is not understood, or there are no cassettes`
