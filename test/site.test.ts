import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { followLinks } from '../scripts/site/dead-links.ts'
import { docGroups } from '../scripts/site/doc-list.ts'
import { filesIn } from './helpers/files-in.ts'

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
