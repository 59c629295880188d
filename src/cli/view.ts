import { stat, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { InvalidArgumentError } from 'commander'
import { cassettePage, serveLivePage, viewedFiles } from '../entries/view.ts'
import type { AddCommand } from './command.ts'
import { UserError } from '../console/failure.ts'
import { count, escapeText } from '../console/terminal.ts'

export const addView: AddCommand = (program, { out, err }) => {
  program
    .command('view')
    .description('Look at cassettes in a browser: time line, requests beside answers, search; two side by side.')
    .argument('<cassette>', 'cassette, or a folder of cassettes')
    .argument('[other]', 'cassette to compare with')
    .option('-o, --output <file>', 'write a page that needs no other file and no server')
    .option('-p, --port <number>', 'port of the page that follows the files; 0 takes any free one', parsePort, 0)
    .addHelpText('after', VIEW_HELP)
    .action(async (cassette: string, other: string | undefined, { output, port }: ViewOptions) => {
      const paths = other === undefined ? [cassette] : [cassette, other]
      const isComparison = other !== undefined
      if (isComparison && (await isFolder(other)))
        throw new UserError('INVALID_OPTION', 'compare one cassette with one cassette')
      const text = { title: isComparison ? `${cassette} and ${other}` : cassette, isComparison }
      // The page would tell of a wrong name only to those who open it.
      const viewed = await viewedFiles(paths, output)
      if (output === undefined) {
        await using page = await serveLivePage(paths, text, port)
        out.line(page.url)
        err.line('open this address in a browser; Ctrl-C ends it')
        await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
        return
      }
      if (viewed.length === 0) throw new UserError('NO_CASSETTES', `there are no cassettes in ${paths.join(', ')}`)
      await writeFile(output, cassettePage(viewed, text))
      err.line(`wrote ${count(viewed.length, 'cassette')} to ${escapeText(output)}`)
    })
}

/** Options of `wiretape view`. */
interface ViewOptions {
  readonly output?: string
  readonly port: number
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true

function parsePort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('Give a port from 0 to 65535.')
  return port
}

const VIEW_HELP = `
Without -o the page is served on this machine alone, at an address that holds a secret word, and follows a recording as it
grows. With -o it is one file for any browser. Recorded bytes are data in it: no script of theirs can run, and it asks for nothing.

Examples:
  $ wiretape view users.yaml
  $ wiretape view before.yaml after.yaml -o changes.html
  $ wiretape view test/cassettes -o cassettes.html

Exit codes:
  0  written; or ended by a signal
  1  a file is not a cassette, or cannot be read or written, or the port is in use
  2  the command line is not understood, or there are no cassettes`
