import { type Block, isFragment } from './blocks.ts'

/** Where a block is shown to hold, if `followPage` does not follow its page. */
interface Place {
  readonly page: string
  readonly section?: string
  readonly languages?: readonly string[]
  /** The file that reads the page; it names it. */
  readonly by: string
}

const HELD: readonly Place[] = [
  // It follows the section with the package as it is published; `followPage` passes over it.
  { page: 'README.md', section: 'Five minutes', by: 'scripts/install/readme.ts' },
  { page: 'docs/cassette-format.md', languages: ['python'], by: 'test/format/other-readers.test.ts' },
  { page: 'docs/cassettes.md', by: 'scripts/reference/main.ts' },
  { page: 'docs/misses.md', by: 'scripts/reference/main.ts' },
  { page: 'docs/commands.md', by: 'test/cli/commands-page.test.ts' },
  { page: 'docs/container.md', languages: ['yaml', 'dockerfile'], by: 'test/docs/container.test.ts' },
  ...['docs/cassette-format.md', 'docs/websocket.md', 'docs/redaction.md', 'docs/runners.md', 'docs/protocols.md'].map(
    (page) => ({ page, languages: ['', 'yaml'], by: 'test/docs/shown.test.ts' }),
  ),
]

/** The file that shows that a block holds. */
export const holderOf = ({ page, section, language }: Block): string | undefined =>
  HELD.find(
    (place) =>
      place.page === page &&
      (place.section ?? section) === section &&
      (place.languages ?? [language]).includes(language),
  )?.by

/** How a block is tried. */
export type Way = 'marked' | 'example' | 'type-checked' | 'held' | 'followed'

/** `followed`: it is left to `followPage`. */
export function wayOf(block: Block): Way {
  if (block.note.startsWith('not run: ')) return 'marked'
  if (block.note.startsWith('example: ')) return 'example'
  if (isFragment(block)) return 'type-checked'
  return holderOf(block) === undefined ? 'followed' : 'held'
}
