import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { docGroups } from './doc-list.ts'

const PAGES = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md']

/**
 * Puts the pages of the site together in `into`: the same Markdown under the same paths, with the README as the first page.
 *
 * @param base path under which the site will be served: that of an older version ends in `versions/X.Y.Z/`.
 * @param older versions whose sites are served from `versions/X.Y.Z/`.
 */
export async function assemblePages(root: string, into: string, base: string, older: readonly string[]): Promise<void> {
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { recursive: true })
  const [readme, manifest] = await Promise.all(
    ['README.md', 'package.json'].map((name) => readFile(join(root, name), 'utf8')),
  )
  const { name, description, version } = Object(JSON.parse(manifest ?? ''))
  const decisions = (await readdir(join(root, 'docs/decisions'))).toSorted()
  for (const page of PAGES) await cp(join(root, page), join(into, page))
  for (const folder of ['examples', 'schema'])
    await cp(join(root, folder), join(into, 'public', folder), { recursive: true })
  await cp(join(root, 'docs'), join(into, 'docs'), { recursive: true })
  const folders = await listExamples(root, into)
  await linkToPages(join(into, 'docs'), folders)
  await writeFile(join(into, 'index.md'), (readme ?? '').replaceAll('](docs/decisions)', '](docs/decisions/index.md)'))
  await writeFile(join(into, 'docs/decisions/index.md'), await listOfDecisions(root, decisions))
  const isOld = /\/versions\/[^/]+\/$/.test(base)
  const shown = isOld ? [] : older.toSorted(newestFirst)
  await writeFile(join(into, 'versions.md'), versionsPage(name, version, shown, isOld))
  const groups = docGroups(readme ?? '')
  const site = { title: name, description, version, base, groups, older: shown }
  await writeFile(join(into, 'site.json'), JSON.stringify(site))
}

const newestFirst = (one: string, other: string): number => other.localeCompare(one, 'en', { numeric: true })

/** A page for each folder of the examples, which GitHub lists by itself; their names. */
async function listExamples(root: string, into: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'examples'), { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  for (const folder of folders) {
    const files = (await readdir(join(root, 'examples', folder), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(join(root, 'examples', folder), join(parentPath, name)))
    const lines = files.toSorted().map((file) => `- ${link(`./${file}`, file)}`)
    await mkdir(join(into, 'examples', folder), { recursive: true })
    await writeFile(join(into, 'examples', folder, 'index.md'), `# examples/${folder}\n\n${lines.join('\n')}\n`)
  }
  return folders
}

/** The README is `index.md` here, and so is the list of a folder: GitHub finds it by one name, servers of files by the other. */
async function linkToPages(docs: string, folders: readonly string[]): Promise<void> {
  for (const entry of await readdir(docs, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.md')) continue
    const path = join(entry.parentPath, entry.name)
    const text = await readFile(path, 'utf8')
    const linked = text
      .replaceAll(/\]\(((?:\.\.\/)+)README\.md/g, ']($1index.md')
      .replaceAll(/\]\(((?:\.\.\/)+examples\/([\w-]+))\/?\)/g, (link, folder: string, name: string) =>
        folders.includes(name) ? `](${folder}/index.md)` : link,
      )
    await writeFile(path, linked)
  }
}

async function listOfDecisions(root: string, names: readonly string[]): Promise<string> {
  const lines = names.map(async (name) => {
    const text = await readFile(join(root, 'docs/decisions', name), 'utf8')
    return `- [${/^# (.*)$/m.exec(text)?.[1] ?? name}](${name})`
  })
  return `# What was decided, and why\n\n${(await Promise.all(lines)).join('\n')}\n`
}

/** A link of HTML, to what is not among the pages that are built here. */
const link = (place: string, text: string): string => `<a href="${place}" target="_self">${text}</a>`

function versionsPage(name: string, version: string, older: readonly string[], isOld: boolean): string {
  const before = older.map((each) => `- ${link(`./versions/${each}/`, each)}`).join('\n')
  return `# Versions

These pages describe ${name} ${version}. Every package also holds the docs of its own version, in \`node_modules/${name}/docs\`.

## Other versions

${isOld ? link('../../versions.html', 'All versions, and the newest') : before === '' ? 'There are none yet.' : before}
`
}
