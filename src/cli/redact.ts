import { type FileRedaction, redactFile } from '../entries/inspect.ts'
import { type AddCommand, EXIT } from './command.ts'
import { cassettesIn, forEachFile } from './each-file.ts'
import { readSecrets, type SecretOptions, secretOptions } from './secrets.ts'
import { count, escapeText, type Output } from '../console/terminal.ts'

export const addRedact: AddCommand = (program, context) => {
  const command = program
    .command('redact')
    .description('Replace secrets in existing cassettes by placeholders.')
    .argument('<path...>', 'cassettes, and folders to search for them')
    .option('--check', 'change nothing, only say what would change')
    .option('--keep-opaque', 'keep bodies that cannot be decoded and searched; by default they are withheld')
  secretOptions(command)
    .addHelpText('after', REDACT_HELP)
    .action(async (paths: readonly string[], options: SecretOptions & RedactFlags) => {
      const { check = false, keepOpaque = false } = options
      const secrets = await readSecrets(options)
      const files = await cassettesIn(paths)
      let changed = 0
      const failures = await forEachFile('redacting', files, context, async (file, out) => {
        const redaction = await redactFile(file, { ...secrets, check, opaque: keepOpaque ? 'keep' : 'withhold' })
        if (redaction.isChanged) changed += 1
        return () => showRedaction(redaction, check, out)
      })
      const verb = check ? 'with secrets' : 'changed'
      const failed = failures === 0 ? '' : `, ${failures.toLocaleString('en-US')} failed`
      context.out.line(`${count(files.length, 'cassette')}: ${changed.toLocaleString('en-US')} ${verb}${failed}`)
      if (failures > 0 || (check && changed > 0)) context.exitWith(EXIT.failed)
    })
}

interface RedactFlags {
  readonly check?: boolean
  readonly keepOpaque?: boolean
}

function showRedaction({ path, isChanged, opaque, removedBlobs }: FileRedaction, isCheck: boolean, out: Output): void {
  if (isChanged) out.line(`${out.paint('title', escapeText(path))}  ${isCheck ? 'would change' : 'changed'}`)
  for (const blob of removedBlobs) out.line(`  ${escapeText(blob)}: removed`)
  for (const { connection, direction, offset, reason, isWithheld } of opaque) {
    const place = `${escapeText(path)}: connection ${connection}, ${direction}, from byte ${offset}`
    const what = isWithheld ? 'withheld, as it cannot be searched' : 'could not be searched in full'
    out.line(`  ${place}: ${what} (${escapeText(reason)})`)
  }
}

const REDACT_HELP = `
Secrets are found by their names, by their forms, and by environment variables with names such as API_KEY; register any
others. Blobs with secrets are removed, too. If a secret has been pushed, it is no longer secret: revoke it.

Examples:
  $ wiretape redact users.yaml
  $ wiretape redact cassettes --secret-env TENANT_ID
  $ wiretape redact --check cassettes

Exit codes:
  0  no cassette holds a secret any more
  1  with --check, a cassette holds one; or a file could not be read or written, and one line on stderr says why
  2  the command line is not understood, or there are no cassettes`
