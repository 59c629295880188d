import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { filesIn } from '../helpers/files-in.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

/** A block of code on a page, or a note that stands alone. */
export interface Block {
  readonly page: string
  /** The heading above it. */
  readonly section: string
  /** Of its first fence, from 1. */
  readonly line: number
  /** What the comment right before it says. */
  readonly note: string
  readonly language: string
  /** Without the indentation of a list. */
  readonly code: string
}

/** The pages that people read and try: not the decisions, which are history. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await filesIn(join(ROOT, 'docs'), '.md'))
    .filter((name) => !name.startsWith('decisions'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
]

/** The blocks of a page of this repository in their order, and the notes between them that `followPage` heeds. */
export const blocksOf = (page: string): readonly Block[] => {
  const markdown = readFileSync(join(ROOT, page), 'utf8')
  const parts = markdown.matchAll(
    /(?:^ *<!-- ([^\n]*?) -->\n)?^( *)```(\w*)[^\n]*\n(.*?)^\2```$|^<!-- (the server stops) -->$/gms,
  )
  return Array.from(
    parts,
    ({ index, 0: whole, 1: note = '', 2: indent = '', 3: language = '', 4: code = '', 5: alone }) => ({
      page,
      section: Array.from(markdown.slice(0, index).matchAll(/^#+ (.*)$/gm)).at(-1)?.[1] ?? '',
      line: markdown.slice(0, index + whole.indexOf('```')).split('\n').length,
      note: alone ?? note,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  )
}

/** TypeScript that the compiler reads; it is not run unless it says which file it is. */
export const isFragment = ({ language, note, code }: Block): boolean =>
  language === 'ts' && !/^(?:example|file|not run): /.test(note) && !/^\/\/ [\w.\-/]+\.\w+\n/.test(code)
