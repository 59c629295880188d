/**
 * Makes dist/ of build/, where tsc put one module per source file: few files, because an import costs by the file.
 *
 * Types stay one file per source. Code that several entry points share stands once, in dist/chunks: an error thrown by
 * one entry is an instance of the class that another exports.
 */
import { cp, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const MODULES = join(ROOT, 'build')
const DIST = join(ROOT, 'dist')

/** The files that package.json promises to users and to Node. */
async function entryPoints(): Promise<readonly string[]> {
  const { exports, imports, bin } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  const promised = JSON.stringify([exports, imports, bin]).matchAll(/"\.\/dist\/([^"]+\.js)"/g)
  return [...promised].map(([, path = '']) => join(MODULES, path))
}

await rm(DIST, { recursive: true, force: true })
await cp(MODULES, DIST, { recursive: true, filter: (path) => !/\.js(?:\.map)?$/.test(path) })
await build({
  entryPoints: [...(await entryPoints())],
  outbase: MODULES,
  outdir: DIST,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
})
