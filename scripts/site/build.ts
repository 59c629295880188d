import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { assemblePages } from './pages.ts'

const GENERATOR = resolve(import.meta.dirname, '../../site/node_modules/vitepress/bin/vitepress.js')

/** Whether `npm run site` has installed the generator. */
export const hasGenerator: boolean = existsSync(GENERATOR)

/**
 * Builds the docs of `root` into `site/dist`, by the settings in `site/.vitepress`.
 *
 * Sites of older versions, built with a `base` of `/versions/X.Y.Z/`, are taken from `site/versions/X.Y.Z` and put beside.
 */
export async function buildSite(root: string, site: string, base: string): Promise<void> {
  const versions = join(site, 'versions')
  const older = existsSync(versions) ? await readdir(versions) : []
  await assemblePages(root, join(site, 'pages'), base, older)
  const { status, stderr } = spawnSync(process.execPath, [GENERATOR, 'build', site], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`vitepress ended with ${status}: ${stderr}`)
  for (const version of older)
    await cp(join(versions, version), join(site, 'dist/versions', version), { recursive: true })
}
