import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from './helpers/test.ts'
import { docGroups } from '../scripts/site/doc-list.ts'
import { filesIn } from './helpers/files-in.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** What the package brings along, by its first folder or as a file. */
const SHIPPED: ReadonlySet<string> = new Set(
  'docs examples schema README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE'.split(' '),
)

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

async function pagesOfPackage(): Promise<readonly string[]> {
  const docs = await filesIn(join(ROOT, 'docs'), '.md')
  const others = [...SHIPPED].filter((name) => name.endsWith('.md'))
  return [...others, ...docs.map((name) => `docs/${name}`)]
}

interface Link {
  readonly page: string
  /** From the root. */
  readonly path: string
  readonly section: string
}

async function linksOfPackage(): Promise<readonly Link[]> {
  return (await pagesOfPackage()).flatMap((page) =>
    Array.from(
      withoutCode(read(page)).matchAll(/\]\((?![a-z]+:)([^)\s#]*)#?([^)\s]*)\)/g),
      ([, url = '', section = '']) => {
        return { page, path: url === '' ? page : join(dirname(page), url), section }
      },
    ),
  )
}

const withoutCode = (markdown: string): string =>
  markdown
    .replaceAll(/^( *)(`{3,})[^\n]*\n.*?^\1\2$/gms, '')
    .replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll('](', '] ('))

/** The anchors of a page, as GitHub names them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const headings = withoutCode(read(page)).matchAll(/^#+ (.*)$/gm)
  const given = new Map<string, number>()
  const anchors = Array.from(headings, ([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-')
    const before = given.get(anchor) ?? 0
    given.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  return new Set(anchors)
}

test('every link in a page of the package leads to a file of the package', async () => {
  const { files } = Object(JSON.parse(read('package.json')))
  expect(files).toEqual(expect.arrayContaining([...SHIPPED].filter((name) => !['README.md', 'LICENSE'].includes(name))))
  const links = await linksOfPackage()
  expect(links.length).toBeGreaterThan(100)
  const dead = links.filter(({ path }) => !SHIPPED.has(path.split('/')[0] ?? '') || !existsSync(join(ROOT, path)))
  expect(dead).toEqual([])
  // GitHub lists any folder; the site has a page for these.
  const folders = links.filter(({ path }) => statSync(join(ROOT, path)).isDirectory()).map(({ path }) => path)
  expect(folders.filter((path) => !/^(?:docs\/decisions|examples\/[\w-]+)$/.test(path))).toEqual([])
})

test('every link to a section of a page leads to a heading of that page', async () => {
  const links = (await linksOfPackage()).filter(({ section }) => section !== '')
  expect(links.length).toBeGreaterThan(3)
  expect(links.filter(({ path, section }) => !anchorsOf(path).has(section))).toEqual([])
})

test('the list of docs in the README has every page of docs once', async () => {
  const groups = docGroups(read('README.md'))
  const listed = groups.flatMap(({ pages }) => pages.map(({ path }) => path))
  const pages = (await pagesOfPackage()).filter((page) => page !== 'README.md' && !page.startsWith('docs/decisions/'))
  expect(listed.toSorted()).toEqual(pages.toSorted())
  expect(groups.map(({ name }) => name)).toContain('Reference')
})
