/**
 * `npm run release:rehearse [-- --tag v0.1.0]`: everything that a release does, up to the upload. It needs no network.
 *
 * Exits with 1 if the versions of tag, package and code differ, the changelog is not ready, npm would correct the manifest, or the package holds
 * what nobody needs.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { VERSION } from '../../src/version.ts'
import { checkContents } from '../install/contents.ts'
import { changelogProblems } from './changelog.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const { values } = parseArgs({ options: { tag: { type: 'string' } } })
const manifest = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
const problems = [...versionProblems(), ...(await changelog()), ...(await dryRun())]
for (const problem of problems) console.log(`FAILED  ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0

function versionProblems(): readonly string[] {
  const others = { 'src/version.ts': VERSION, ...(values.tag === undefined ? {} : { 'the tag': values.tag.slice(1) }) }
  const wrong = Object.entries(others).filter(([, version]) => version !== manifest.version)
  return wrong.map(([where, version]) => `package.json has version ${manifest.version}, ${where} has ${version}`)
}

async function changelog(): Promise<readonly string[]> {
  return changelogProblems(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'), values.tag?.slice(1))
}

/** Publishes to nowhere. */
async function dryRun(): Promise<readonly string[]> {
  const args = ['publish', '--dry-run', '--offline', '--json', '--ignore-scripts']
  const { stdout, stderr } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 1 << 26 })
  const corrections = stderr.split('\n').filter((line) => /^npm warn publish (?:errors corrected|")/.test(line))
  const given = Object(JSON.parse(stdout))
  const packed = given[manifest.name] ?? given
  const files = packed.files.map(({ path }: { path: string }) => path)
  console.log(
    `${packed.id}: ${await checkContents({ path: '', files, size: packed.size, unpackedSize: packed.unpackedSize })}`,
  )
  return corrections
}
