/**
 * `npm run site`: builds the docs as a site into `site/dist`, and checks it.
 *
 * The pages are the Markdown of the repository. Exits with 1 if a link leads nowhere, a page is not in the list of docs, a page would load
 * anything from another server, or, if there is a Chromium, search, dark mode or the menu of versions do not do their work. `SITE_BASE` is
 * the path under which the site will be served, `/` if it is not given. Sites of older versions, as `SITE_BASE=/versions/X.Y.Z/ npm run site`
 * has built them, are taken from `site/versions/X.Y.Z`.
 */
import { join, resolve } from 'node:path'
import { filesIn } from '../../test/helpers/files-in.ts'
import { NO_CHROMIUM, openChromium } from '../../test/helpers/chromium.ts'
import { VERSION } from '../../src/version.ts'
import { browseSite } from './browse.ts'
import { buildSite } from './build.ts'
import { followLinks } from './dead-links.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const SITE = join(ROOT, 'site')
const BASE = process.env['SITE_BASE'] ?? '/'
const WORD = 'shrink'

await timed('built', () => buildSite(ROOT, SITE, BASE))
const problems = [...(await timed('links followed', linkProblems)), ...(await timed('opened', browserProblems))]
for (const problem of problems) console.log(`FAILED  ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0

/** Says how long a part took. */
async function timed<T>(part: string, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  console.log(`site: ${part} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}

async function linkProblems(): Promise<readonly string[]> {
  const files = await filesIn(join(SITE, 'dist'), '')
  const { inside, dead, foreign } = await followLinks(join(SITE, 'dist'), BASE, files)
  const pages = files.filter((file) => file.endsWith('.html')).length
  console.log(`site: ${pages} pages, ${inside} links, ${dead.length} dead, ${foreign.length} loads from elsewhere`)
  return [...dead.map((each) => `dead link: ${each}`), ...foreign.map((each) => `loads from elsewhere: ${each}`)]
}

async function browserProblems(): Promise<readonly string[]> {
  if (NO_CHROMIUM !== undefined) {
    console.log(`site: not opened, ${NO_CHROMIUM}`)
    return []
  }
  await using chromium = await openChromium()
  const { found, versions, isDark, faults } = await browseSite(chromium.browser, join(SITE, 'dist'), BASE, WORD)
  console.log(`site: a search for ${WORD} finds ${found.length} places, the versions menu says ${versions}`)
  return [
    ...faults,
    ...(found.some((title) => title.toLowerCase().includes(WORD))
      ? []
      : [`a search for ${WORD} finds nothing about it`]),
    ...(versions === VERSION ? [] : [`the versions menu says ${versions}, the package is ${VERSION}`]),
    ...(isDark ? [] : ['the switch does not lead to dark']),
  ]
}
