import { createHash } from 'node:crypto'

/**
 * The name of the cassette of a test: one part for each title around it, then its own.
 *
 * Different titles never share a name, not even where the file system ignores case: a title that is not already a plain
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
  // `con` and its like are devices on Windows; the hash makes them ordinary names.
  if (isPlain && !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(title)) return slug
  const hash = createHash('sha256').update(title).digest('hex').slice(0, 10)
  return slug === '' ? hash : `${slug}-${hash}`
}

const MAX_LENGTH = 80
