import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'

const ROOT = resolve(import.meta.dirname, '..')

/** What the package brings along, by its first folder or as a file. */
const SHIPPED: ReadonlySet<string> = new Set(
  'docs examples schema README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE'.split(' '),
)

test('every link in a page of the package leads to a file of the package', () => {
  const { files } = Object(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')))
  expect(files).toEqual(expect.arrayContaining([...SHIPPED].filter((name) => !['README.md', 'LICENSE'].includes(name))))
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const pages = [
    'README.md',
    'CHANGELOG.md',
    ...docs.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`),
  ]
  const links = pages.flatMap((page) =>
    Array.from(
      readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)[^)\s]*\)/g),
      ([, url = '']) => {
        return { page, path: join(dirname(page), url) }
      },
    ),
  )
  expect(links.length).toBeGreaterThan(30)
  const dead = links.filter(({ path }) => !SHIPPED.has(path.split('/')[0] ?? '') || !existsSync(join(ROOT, path)))
  expect(dead).toEqual([])
})
