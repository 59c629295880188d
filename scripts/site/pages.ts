import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { docGroups } from './doc-list.ts'

const PAGES = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

/** Puts the pages of the site together in `into`: the same Markdown under the same paths, with the README as the first page. */
export async function assemblePages(root: string, into: string, base: string): Promise<void> {
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { recursive: true })
  const [readme, changelog, manifest] = await Promise.all(
    ['README.md', 'CHANGELOG.md', 'package.json'].map((name) => readFile(join(root, name), 'utf8')),
  )
  const { name, description, version } = Object(JSON.parse(manifest ?? ''))
  const decisions = (await readdir(join(root, 'docs/decisions'))).toSorted()
  for (const page of PAGES) await cp(join(root, page), join(into, page))
  for (const folder of ['examples', 'schema'])
    await cp(join(root, folder), join(into, 'public', folder), { recursive: true })
  await cp(join(root, 'docs'), join(into, 'docs'), { recursive: true })
  await linkToFirstPage(join(into, 'docs'))
  await writeFile(join(into, 'index.md'), (readme ?? '').replaceAll('](docs/decisions)', '](docs/decisions/index.md)'))
  await writeFile(join(into, 'docs/decisions/index.md'), await listOfDecisions(root, decisions))
  const older = olderVersions(changelog ?? '', version)
  await writeFile(join(into, 'versions.md'), versionsPage(name, version, older))
  const groups = docGroups(readme ?? '')
  await writeFile(join(into, 'site.json'), JSON.stringify({ title: name, description, version, base, groups, older }))
}

/** The README is `index.md` here: GitHub finds it by one name, servers of files by the other. */
async function linkToFirstPage(docs: string): Promise<void> {
  for (const entry of await readdir(docs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.md')) continue
    const path = join(entry.parentPath, entry.name)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll(/\]\(((?:\.\.\/)+)README\.md/g, ']($1index.md'))
  }
}

async function listOfDecisions(root: string, names: readonly string[]): Promise<string> {
  const lines = names.map(async (name) => {
    const text = await readFile(join(root, 'docs/decisions', name), 'utf8')
    return `- [${/^# (.*)$/m.exec(text)?.[1] ?? name}](${name})`
  })
  return `# What was decided, and why\n\n${(await Promise.all(lines)).join('\n')}\n`
}

/** The released versions before this one, newest first, as the headings of the changelog have them. */
function olderVersions(changelog: string, version: string): readonly string[] {
  const versions = Array.from(changelog.matchAll(/^## \[?(\d+\.\d+\.\d+)\b/gm), ([, each = '']) => each)
  return versions.filter((each) => each !== version)
}

function versionsPage(name: string, version: string, older: readonly string[]): string {
  const before =
    older.length > 0 ? older.map((each) => `- [${each}](versions/${each}/)`).join('\n') : 'There are none yet.'
  return `# Versions

These pages describe ${name} ${version}. Every package also holds the docs of its own version, in \`node_modules/${name}/docs\`.

## Older versions

${before}

The site of an older version stays at \`versions/X.Y.Z/\`.
`
}
