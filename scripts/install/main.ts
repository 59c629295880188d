/**
 * `npm run check:install -- [NODE VERSIONS]`: checks the content of the tarball, and that it works in an empty project.
 *
 * Packs the package, installs it outside the repository, imports and requires it, compiles against its types, and runs a suite of 50 tests
 * with Playwright: recorded in parallel, killed half-way, replayed with the server gone. Versions of Node are those of the npm packages that
 * carry its binaries; default: the Node that runs this. Exits with 1 if a check fails.
 */
import { rm } from 'node:fs/promises'
import { checkContents, pack } from './contents.ts'
import { checkMsw } from './msw.ts'
import { nodeBinary } from './nodes.ts'
import { createProject } from './project.ts'
import { checkReadme } from './readme.ts'
import { checkSuite } from './suite.ts'
import { checkUse } from './use.ts'

let failures = 0

async function check(name: string, run: () => Promise<string>): Promise<void> {
  const began = performance.now()
  try {
    const detail = await run()
    console.log(`ok      ${name}: ${detail} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failures += 1
    const message = error instanceof Error ? error.message : String(error)
    console.log(`FAILED  ${name}: ${message.split('\n').slice(0, 12).join('\n')}`)
  }
}

const tarball = await pack()
await check('the tarball holds what users need', () => checkContents(tarball))
await checkReadme(tarball.path, check)
const project = await createProject(tarball.path)
try {
  const nodes = [undefined, ...process.argv.slice(2)].map(nodeBinary)
  for (const node of nodes) await checkUse(project, node, check)
  await checkMsw(project, nodes, check)
  await checkSuite(project, check)
} finally {
  await rm(project.dir, { recursive: true, force: true })
  await rm(tarball.path)
}
console.log(failures === 0 ? 'all checks passed' : `${failures} failed`)
process.exitCode = failures === 0 ? 0 : 1
