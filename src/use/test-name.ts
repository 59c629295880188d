import { basename, dirname, join } from 'node:path'

/**
 * Folder and name of the cassette of a test, for `useCassette`; the Playwright fixture uses the same.
 *
 * ```ts
 * const { dir, name } = cassetteOf(import.meta.filename, ['users', 'GET /users?page=1'])
 * await using cassette = await useCassette(name, { dir })
 * ```
 *
 * @param file path of the test file; tests of two files never share a cassette.
 * @param titles from the outermost `describe` on; any characters are allowed.
 */
export const cassetteOf = (
  file: string,
  titles: readonly string[],
): { readonly dir: string; readonly name: string } => ({ dir: defaultDir(file), name: cassetteNameOf(titles) })

/** The default folder for the cassettes of a test file. */
export const defaultDir = (file: string): string => join(dirname(file), `${basename(file)}-cassettes`)

/** The project comes first, because projects run the same test in parallel. @param titles from the outermost `describe` on. */
export const titlesOf = (project: string, titles: readonly string[]): readonly string[] =>
  project === '' ? titles : [project, ...titles]

/**
 * The name of the cassette of a test: one part for each title around it, then its own.
 *
 * Different titles never share a name, even if the file system ignores case: a title that is not already a plain
 * lower-case phrase gets a piece of its hash.
 */
export function cassetteNameOf(titles: readonly string[]): string {
  return titles.map(partOf).join('/')
}

function partOf(title: string): string {
  const isPlain = /^[a-z0-9]+(?: [a-z0-9]+)*$/.test(title) && title.length <= MAX_LENGTH
  const slug = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replaceAll(/^-|-$/g, '')
  // `con` and the like are devices on Windows; the hash makes them ordinary names.
  if (isPlain && !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(title)) return slug
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = createHash('sha256').update(title).digest('hex').slice(0, 10)
  return slug === '' ? hash : `${slug}-${hash}`
}

const MAX_LENGTH = 80
