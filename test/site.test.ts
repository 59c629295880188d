import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from './helpers/test.ts'
import { browseVersions } from '../scripts/site/browse.ts'
import { buildSite, hasGenerator } from '../scripts/site/build.ts'
import { followLinks } from '../scripts/site/dead-links.ts'
import { docGroups } from '../scripts/site/doc-list.ts'
import { assemblePages } from '../scripts/site/pages.ts'
import { NO_CHROMIUM, openChromium } from './helpers/chromium.ts'
import { filesIn } from './helpers/files-in.ts'
import { isWhole, ONLY_WHOLE } from './helpers/share.ts'

test('a built site is held to its links, sections, pictures and foreign files', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-site-'))
  try {
    await mkdir(join(dir, 'docs'))
    await writeFile(
      join(dir, 'index.html'),
      '<h1 id="top">x</h1><a href="/v/docs/a.html">a</a><a href="https://e.example">e</a>',
    )
    await writeFile(
      join(dir, 'docs/a.html'),
      '<a href="../#top">x</a><a href="../#none">x</a><a href="./b.html">b</a><a href="/other/">o</a>' +
        '<img src="none.png"><script src="https://cdn.example/x.js"></script>',
    )
    const { dead, foreign, inside } = await followLinks(dir, '/v/', await filesIn(dir, ''))
    expect(dead).toEqual(['../#none', './b.html', '/other/', 'none.png'].map((url) => `docs/a.html -> ${url}`))
    expect(foreign).toEqual(['docs/a.html -> https://cdn.example/x.js'])
    expect(inside).toBe(6)
  } finally {
    await rm(dir, { recursive: true })
  }
})

test('the list of docs ends with its section', () => {
  const readme =
    '## Docs\n\n- **One**: [a](docs/a.md) · [folder](docs/b) ·\n  [c](C.md)\n\n## Next\n\n- **Two**: [d](d.md)\n'
  const pages = [
    { name: 'a', path: 'docs/a.md' },
    { name: 'c', path: 'C.md' },
  ]
  expect(docGroups(readme)).toEqual([{ name: 'One', pages }])
})

const ROOT = resolve(import.meta.dirname, '..')

/** A repository with two pages, and a folder for its site. */
async function smallRepository(
  version: string,
): Promise<AsyncDisposable & { readonly root: string; readonly site: string }> {
  const root = await mkdtemp(join(tmpdir(), 'wiretape-site-'))
  const pages: Readonly<Record<string, string>> = {
    'README.md': '# tool\n\n[folder](docs/decisions)\n\n## Docs\n\n- **Start**: [A](docs/a.md)\n',
    'docs/a.md': '# A\n\n[home](../README.md) [example](../examples/app)\n',
    'docs/decisions/001-x.md': '# 001: x\n',
    'examples/app/deep/b.js': '1\n',
    'schema/s.json': '{}\n',
    'package.json': JSON.stringify({ name: 'tool', description: 'd', version }),
  }
  for (const name of ['ARCHITECTURE', 'CHANGELOG', 'CONTRIBUTING', 'SECURITY'])
    await writeFile(join(root, `${name}.md`), `# ${name}\n`)
  for (const [path, text] of Object.entries(pages)) {
    await mkdir(join(root, path, '..'), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const site = join(root, 'site')
  await cp(join(ROOT, 'site/.vitepress/config.mjs'), join(site, '.vitepress/config.mjs'), { recursive: true })
  if (hasGenerator) await symlink(join(ROOT, 'site/node_modules'), join(site, 'node_modules'))
  return { root, site, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

test('older versions are listed newest first, by the newest version alone', async () => {
  await using repository = await smallRepository('0.2.0')
  const { root } = repository
  const read = async (name: string): Promise<string> => readFile(join(root, 'pages', name), 'utf8')
  await assemblePages(root, join(root, 'pages'), '/', ['0.0.9', '0.1.0', '0.0.10'])
  expect(JSON.parse(await read('site.json'))).toMatchObject({ version: '0.2.0', older: ['0.1.0', '0.0.10', '0.0.9'] })
  expect(await read('versions.md')).toContain('href="./versions/0.0.10/"')
  expect(await read('docs/a.md')).toContain('[home](../index.md) [example](../examples/app/index.md)')
  await assemblePages(root, join(root, 'pages'), '/versions/0.2.0/', ['0.1.0'])
  expect(JSON.parse(await read('site.json'))).toMatchObject({ older: [] })
  expect(await read('versions.md')).toContain('href="../../versions.html"')
})

test('the menu of versions leads to an older site and back, and no link of either is dead', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  test.skip(!hasGenerator, 'needs npm run site, which installs the generator')
  test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)
  test.slow()
  await using before = await smallRepository('0.1.0')
  await buildSite(before.root, before.site, '/versions/0.1.0/')
  await using now = await smallRepository('0.2.0')
  await mkdir(join(now.site, 'versions'))
  await rename(join(before.site, 'dist'), join(now.site, 'versions/0.1.0'))
  await buildSite(now.root, now.site, '/')
  const dist = join(now.site, 'dist')
  expect(await followLinks(dist, '/', await filesIn(dist, ''))).toMatchObject({ dead: [], foreign: [] })
  await using chromium = await openChromium()
  expect(await browseVersions(chromium.browser, dist, '0.1.0')).toEqual([
    '/versions/0.1.0/ 0.1.0',
    '/versions/0.1.0/versions.html 0.1.0',
    '/versions.html 0.2.0',
  ])
})
