import { extractInteractions } from '../entries/inspect.ts'
import { loadCassette, saveCassette } from '../entries/cassette.ts'
import { type AddCommand, EXIT } from './command.ts'
import { collect } from './collect.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText } from '../console/terminal.ts'

export const addExtract: AddCommand = (program, { out, err, exitWith }) => {
  program
    .command('extract')
    .description('Take some interactions of a cassette into another one, byte for byte.')
    .argument('<cassette>', 'cassette')
    .option('-o, --output <file>', 'cassette to write (default: NAME.extract.yaml beside it)')
    .option('--origin <pattern>', 'https://api.example.com or *.example.com; may be repeated', collect)
    .option('--path <pattern>', 'such as /users/*; may be repeated', collect)
    .option('--number <range>', '3 or 5-9, as diff and view number them; may be repeated', collect)
    .option('--status <range>', '404, 4xx, 500-599 or none; may be repeated', collect)
    .option('--method <name>', 'such as POST; may be repeated', collect)
    .option('--invert', 'all the others instead')
    .addHelpText('after', EXTRACT_HELP)
    .action(async (file: string, { output, ...filter }: ExtractOptions) => {
      const target = output ?? file.replace(/(?:\.ya?ml)?$/, '.extract.yaml')
      const { cassette, interactions, of } = extractInteractions(await loadCassette(file), filter)
      if (cassette.tape.length === 0) {
        err.line(`none of ${count(of, 'interaction')} fits; nothing was written`)
        exitWith(EXIT.failed)
        return
      }
      if (target === file) throw new UserError('INVALID_OPTION', '-o names the cassette itself; give another file')
      await saveCassette(target, cassette)
      out.line(`wrote ${interactions.toLocaleString('en-US')} of ${count(of, 'interaction')} to ${escapeText(target)}`)
    })
}

/** Options of `wiretape extract`. */
interface ExtractOptions {
  readonly output?: string
  readonly origin?: readonly string[]
  readonly path?: readonly string[]
  readonly number?: readonly string[]
  readonly status?: readonly string[]
  readonly method?: readonly string[]
  readonly invert?: boolean
}

const EXTRACT_HELP = `
An interaction is taken if it fits every option that is given, and of a repeated option any value. What is taken is exact:
bytes, segments, times, and how a connection ended, if the interaction that it ended is taken. Blobs come along.

Examples:
  $ wiretape extract all.yaml --path '/orders/*' --status 5xx -o bug.yaml
  $ wiretape extract all.yaml --number 3 --number 7-9
  $ wiretape extract all.yaml --origin '*.tracking.test' --invert -o quiet.yaml

Exit codes:
  0  written
  1  nothing fits, or a file cannot be read or written; one line on stderr says why
  2  the command line is not understood`
