/**
 * `npm run test:nodes -- 22 24 26`: the tests on other versions of Node, from the npm packages that carry its binaries.
 *
 * Versions are what npm takes: `24`, `26.10.0`. Default: 22, 24 and 26. Ends with 1 when a run fails.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const PLATFORM = process.platform === 'win32' ? 'win' : process.platform

const versions = process.argv.slice(2)
const failed: string[] = []
for (const version of versions.length === 0 ? ['22', '24', '26'] : versions) {
  const bin = install(version)
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` }
  const node = join(bin, 'node')
  const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  console.log(`\n=== Node ${name}`)
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js')
  const { status } = spawnSync(node, [cli, 'test', '--reporter=dot'], { cwd: ROOT, env, stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\nall versions passed' : `\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

/** The folder of a Node binary. The package `node` itself fetches it in an install script, which npm may not run. */
function install(version: string): string {
  const prefix = join(ROOT, '.tmp', `node-${version}`)
  const name = `node-${PLATFORM}-${process.arch}`
  const bin = join(prefix, 'node_modules', name, 'bin')
  if (!existsSync(bin)) {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const args = ['install', '--no-save', '--prefix', prefix, `${name}@${version}`]
    const { status } = spawnSync(npm, args, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`npm has no ${name}@${version}`)
  }
  return bin
}
