import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { RedactionOptions } from '../index.ts'
import { UserError } from '../console/failure.ts'

/** Where to read secrets that neither their name nor their form gives away. */
export interface SecretOptions {
  /** Names of environment variables. */
  readonly secretEnv?: readonly string[]
  /** Files with a secret on each line. */
  readonly secretFile?: readonly string[]
}

/** Adds the options that register secrets. They name places: a secret on the command line would stay in the history. */
export function secretOptions(command: Command): Command {
  return command
    .option('--secret-env <name>', 'the value of this variable is a secret; may be repeated', collect)
    .option('--secret-file <file>', 'each line of this file is a secret; may be repeated', collect)
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** @throws UserError if a variable is not set: otherwise its value would stay in the cassette unnoticed. */
export async function readSecrets({ secretEnv = [], secretFile = [] }: SecretOptions): Promise<RedactionOptions> {
  const named = secretEnv.map((name) => {
    const value = process.env[name]
    if (value === undefined || value === '')
      throw new UserError('INVALID_OPTION', `--secret-env ${name}: it is not set`)
    return value
  })
  const files = await Promise.all(secretFile.map((file) => readFile(file, 'utf8')))
  const lines = files.flatMap((text) => text.split(/\r?\n/)).filter((line) => line !== '')
  return { secrets: [...named, ...lines], env: process.env }
}
