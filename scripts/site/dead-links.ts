import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What the pages of a built site refer to. */
export interface SiteLinks {
  /** Links and files inside the site. */
  readonly inside: number
  /** `page -> target` for each that leads nowhere in the site. */
  readonly dead: readonly string[]
  /** `page -> address` for each file that a page would load from another server. */
  readonly foreign: readonly string[]
}

/** Follows every link of every page, with its section, and every picture, style and script. `files` are paths from `dir`. */
export async function followLinks(dir: string, base: string, files: readonly string[]): Promise<SiteLinks> {
  const pages = new Map<string, string>()
  for (const file of files) if (file.endsWith('.html')) pages.set(file, await readFile(join(dir, file), 'utf8'))
  const known = new Set(files)
  const links = [...pages].flatMap(([page, html]) => linksOf(page, html))
  const inside = links.filter(({ url }) => !/^[a-z]+:|^\/\//i.test(url))
  const dead = inside.filter(({ page, url }) => !leadsSomewhere(pages, known, base, page, url))
  const foreign = links.filter(({ url, loads }) => loads && /^(?:https?:)?\/\//i.test(url))
  return { inside: inside.length, dead: dead.map(shown), foreign: foreign.map(shown) }
}

interface Link {
  readonly page: string
  readonly url: string
  /** The browser asks for it without a click. */
  readonly loads: boolean
}

const shown = ({ page, url }: Link): string => `${page} -> ${url}`

function linksOf(page: string, html: string): Link[] {
  return Array.from(html.matchAll(/<(\w+)\b[^>]*?\s(?:href|src)="([^"]*)"/g), ([, tag = '', url = '']) => {
    return { page, url: url.replaceAll('&amp;', '&'), loads: tag !== 'a' }
  })
}

function leadsSomewhere(
  pages: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
  base: string,
  page: string,
  url: string,
): boolean {
  const [path = '', section = ''] = url.split('#').map(decodeURIComponent)
  const target = path === '' ? page : fileAt(base, page, path)
  if (target === undefined || !known.has(target)) return false
  return section === '' || pages.get(target)?.includes(` id="${section}"`) === true
}

function fileAt(base: string, page: string, path: string): string | undefined {
  if (path.startsWith('/') && !path.startsWith(base)) return undefined
  const file = path.startsWith('/') ? path.slice(base.length) : join(dirname(page), path).replace(/^\.\//, '')
  return file === '' || file.endsWith('/') ? `${file}index.html` : file
}
