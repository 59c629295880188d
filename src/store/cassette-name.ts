import { join, resolve } from 'node:path'
import { CassetteError } from '../errors.ts'

/**
 * The file of a cassette: `users/login` is `users/login.yaml` in `dir`.
 *
 * A name is a relative path of visible words, the same on every system. What could lead out of the folder, or be
 * another file on another system, is refused rather than repaired: two names must never become one file.
 *
 * @throws CassetteError `PATH_ESCAPE`.
 */
export function cassettePath(dir: string, name: string): string {
  const parts = name.split('/')
  for (const part of parts) {
    const objection = objectionTo(part)
    if (objection !== undefined) {
      throw new CassetteError('PATH_ESCAPE', `${JSON.stringify(name)}: ${objection}; use letters, digits, - _ . and /`)
    }
  }
  return resolve(dir, /\.ya?ml$/.test(name) ? join(...parts) : `${join(...parts)}.yaml`)
}

function objectionTo(part: string): string | undefined {
  if (part === '') return 'an empty part, or an absolute path'
  if (part === '.' || part === '..') return 'a part that is not a name'
  if (FORBIDDEN.test(part)) return 'a character that some file systems do not take'
  if (/[. ]$/.test(part) || part.startsWith(' '))
    return 'a part that starts with a blank, or ends with a blank or a dot'
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part)) return 'a name that Windows keeps for devices'
  if (Buffer.byteLength(part) > 200) return 'a part of more than 200 bytes'
  return undefined
}

/** Controls, and what Windows forbids in names. */
// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\\:*?"<>|]/
