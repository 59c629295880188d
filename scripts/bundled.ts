import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDER = resolve(ROOT, '.tmp/bundles')

const made = new Map<string, string>()

/**
 * A TypeScript file and what it imports of ours as one JavaScript file, for a process that starts often: a loader that
 * translates file by file takes longer than what such a process does.
 */
export function bundled(source: URL): string {
  const path = made.get(source.href) ?? bundle(fileURLToPath(source))
  made.set(source.href, path)
  return path
}

function bundle(source: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [source],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'inline',
    write: false,
  })
  mkdirSync(FOLDER, { recursive: true })
  const path = resolve(FOLDER, `${relative(ROOT, source).replaceAll(/\W+/g, '-')}.mjs`)
  // Several workers make it at a time, and each finds a whole one.
  const temporary = `${path}.${process.pid}`
  for (const { contents } of outputFiles) writeFileSync(temporary, contents)
  renameSync(temporary, path)
  return path
}
