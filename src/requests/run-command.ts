import path from 'node:path'
import { placeholdersIn } from '../content/placeholders.ts'
import type { Cassette } from '../entries/cassette.ts'
import { finishRun } from '../register/finish-run.ts'
import { runFor } from '../register/begin-run.ts'
import { launch } from './launch.ts'
import { UserError } from '../console/failure.ts'
import type { Output } from '../console/terminal.ts'
import { type CassetteTarget, tellSaved } from './cassette-target.ts'

/** How a command is run. */
export interface CommandRun {
  readonly err: Output
  /** Whether programs other than Node may talk to a server whatever its certificate. */
  readonly insecure: boolean
}

/**
 * Runs a command whose connections are recorded, also those to this machine, and prints on `err` what is in the cassette: stdout belongs to the
 * command.
 *
 * Returns the exit code of the command, or 128 plus the number of the signal that ended it.
 *
 * @throws UserError if it does not start, or never connects.
 */
export async function runCommand(
  words: readonly string[],
  target: CassetteTarget,
  { err, insecure }: CommandRun,
): Promise<number> {
  const { file, adds, allowSecrets } = target
  const run = {
    ...runFor(path.resolve(file), { ...process.env, CI: undefined, WIRETAPE_MODE: 'all' }),
    thisMachine: true,
    insecure,
    allowSecrets,
    ...(adds ? { action: 'add' as const } : {}),
  }
  const code = await launch(words, run)
  const { saved: cassette } = await finishRun(run)
  if (cassette === undefined) throw new UserError('NOTHING_RECORDED', NOTHING_RECORDED)
  const placeholders = allowSecrets ? [] : placeholdersOn(cassette)
  await tellSaved({ file: run.cassette, name: file, cassette, redaction: { placeholders, opaque: [] } }, err)
  return code
}

/** What stands for secrets, each once. */
function placeholdersOn({ tape }: Cassette): readonly string[] {
  const found = new Set<string>()
  for (const event of tape) {
    if (event.type !== 'sent' && event.type !== 'received') continue
    for (const name of placeholdersIn(Buffer.from(event.bytes).toString('latin1'))) found.add(name)
    for (const name of Object.keys(event.redacted ?? {})) found.add(name)
  }
  return [...found]
}

const NOTHING_RECORDED =
  'no program of the command connected to anything; programs that heed no variables are recorded through `wiretape proxy`'
