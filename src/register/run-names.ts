import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SecretNames } from '../redaction/shared-names.ts'
import type { Run } from './run.ts'

/** A key that nobody can guess. */
export const newKey = (): string => process.getBuiltinModule('node:crypto').randomBytes(16).toString('hex')

/** In the folder of a run: a file for each name that is taken, and one for each secret that has one. */
const FOLDER = 'names'

/**
 * The names of the secrets of a run, the same in all its processes: in a folder, as any of them may be killed at any time.
 *
 * A secret is known there by a digest with a key, which is only in the environment of the processes.
 */
export class RunNames implements SecretNames {
  readonly taken: string | undefined
  readonly #folder: string
  readonly #key: string

  /** Without the key of the run, when the processes that had it are gone, names are new, but none is given twice. */
  constructor({ folder, action, cassette, nameKey = newKey() }: Run) {
    this.#folder = join(folder, FOLDER)
    this.#key = nameKey
    // What is recorded anew comes after what is there, which nobody has read.
    if (action === 'add' && existsSync(cassette)) this.taken = readFileSync(cassette, 'utf8')
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
  }

  nameOf(label: string, secret: string, from: number): string {
    const known = join(this.#folder, `=${this.#digestOf(secret)}`)
    return read(known) ?? this.#give(known, label, from)
  }

  /** Both steps are one call of the system each, so that two processes cannot both succeed. */
  #give(known: string, label: string, from: number): string {
    for (let number = from; ; number++) {
      const name = `${label}.${number}`
      if (!succeeds('EEXIST', () => writeFileSync(join(this.#folder, name), name, { flag: 'wx', mode: 0o600 })))
        continue
      // Another process may have named the same secret meanwhile: then this name is nobody's.
      return succeeds('EEXIST', () => linkSync(join(this.#folder, name), known)) ? name : (read(known) ?? name)
    }
  }

  // Loaded with the first secret: a run may have none.
  #digestOf(secret: string): string {
    const { createHmac } = process.getBuiltinModule('node:crypto')
    return createHmac('sha256', this.#key).update(secret, 'latin1').digest('hex')
  }
}

function read(path: string): string | undefined {
  let text: string | undefined
  succeeds('ENOENT', () => (text = readFileSync(path, 'utf8')))
  return text
}

/** Whether it was done; `false` if the system gave the reason `code`. */
function succeeds(code: string, run: () => void): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === code) return false
    throw error
  }
}
