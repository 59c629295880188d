/**
 * `npm run test:nodes -- 22 24 26`: the tests on other versions of Node, from the npm packages that carry its binaries.
 *
 * Versions are what npm takes: `24`, `26.10.0`. Default: 22, 24 and 26. Ends with 1 when a run fails.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, join, resolve } from 'node:path'
import { installNode } from './install/nodes.ts'

const ROOT = resolve(import.meta.dirname, '..')

const versions = process.argv.slice(2)
const failed: string[] = []
for (const version of versions.length === 0 ? ['22', '24', '26'] : versions) {
  const bin = installNode(version)
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH']}`,
    // What the runner makes of a test for one version of Node, it would take for another one, too, which cannot read it.
    PWTEST_CACHE_DIR: join(bin, 'transforms'),
  }
  const node = join(bin, 'node')
  const name = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
  console.log(`\n=== Node ${name}`)
  const cli = join(ROOT, 'node_modules/@playwright/test/cli.js')
  const { status } = spawnSync(node, [cli, 'test', '--reporter=dot'], { cwd: ROOT, env, stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\nall versions passed' : `\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
