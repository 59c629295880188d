/**
 * `npm run build`: compiles `src` to `build/`, one module per source file, and bundles these into `dist/`.
 *
 * Almost every command of this repository begins with it, so it does nothing if both folders come from the same sources, settings and
 * tools. `npm run build -- --force` builds anyway.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
const STAMP = join(ROOT, 'build/.sources')
const COMPILE = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']
// Declarations keep their comments, modules do not.
const STEPS: readonly (readonly string[])[] = [
  COMPILE,
  [...COMPILE, '--declaration', 'false', '--removeComments'],
  ['--import', 'tsx', 'scripts/build/bundle.ts'],
]

const sources = fingerprint()
if (process.argv.includes('--force') || !isBuilt(sources)) build()

function isBuilt(expected: string): boolean {
  return existsSync(join(ROOT, 'dist/index.js')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === expected
}

/** The stamp is written last: a build that was interrupted, or failed, is made again. */
function build(): void {
  // A module whose source is gone would stay in the package.
  rmSync(join(ROOT, 'build'), { recursive: true, force: true })
  for (const step of STEPS) {
    const { status } = spawnSync(process.execPath, step, { cwd: ROOT, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
  }
  writeFileSync(STAMP, sources)
}

/** Of all that the build reads; the lock file stands for the tools. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const folders = ['src', 'scripts/build'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.c?ts$/.test(name))
      .map((name) => join(folder, name)),
  )
  for (const name of [
    ...folders,
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ].toSorted())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(ROOT, name)))
      .update('\0')
  return hash.digest('hex')
}
