import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { Project } from './project.ts'
import { RUNNERS } from './runners.ts'
import { TicketServer } from './scenario.ts'

// Each run starts a runner, on whatever machine this is.
test.describe.configure({ timeout: 300_000 })

interface Part {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** How the tests of a file are written for a runner, and runs that are not all of the file. */
interface Form {
  readonly head: string
  readonly before: string
  readonly ending: string
  readonly parts: readonly Part[]
}

const ONLY: Part = { env: { ONLY: '1' } }
const FORMS: Readonly<Record<string, Form>> = {
  vitest: {
    head: "import { beforeAll, describe, it } from 'vitest'",
    before: 'beforeAll',
    ending: '.test.mjs',
    parts: [{ args: ['own.test.mjs:5'] }],
  },
  jest: { head: '', before: 'beforeAll', ending: '.test.js', parts: [ONLY] },
  // Its workers do not see the arguments.
  mocha: { head: '', before: 'before', ending: '.test.js', parts: [ONLY, { args: ['-g', 'first', '--parallel'] }] },
  'node-test': {
    head: "import { before, configure, describe, it } from 'wiretape/node-test'\nconfigure({ hosts: ['localhost'] })",
    before: 'before',
    ending: '.test.mjs',
    parts: [{ args: ['--test-name-pattern=first'] }, { args: ['--test-only'], ...ONLY }, { env: { FAIL: '1' } }],
  },
  playwright: {
    head: "import { test } from 'wiretape/playwright'\nconst it = test\nconst { describe } = test",
    before: 'test.beforeAll',
    ending: '.spec.mjs',
    // After a test has failed it goes on in another worker.
    parts: [{ args: ['own.spec.mjs:7'] }, { env: { FAIL: '1' } }],
  },
}

for (const runner of RUNNERS) {
  const form = FORMS[runner.name]
  if (form === undefined) continue
  test(`${runner.name}: the cassette of a file is saved only by a run of all its tests`, async () => {
    // The others take some seconds for each run.
    test.skip(!isWhole && runner.name !== 'node-test', ONLY_WHOLE)
    const { head, before, ending, parts } = form
    const config = Object.entries(runner.files).filter(([name]) => !name.endsWith(ending))
    await using project = await Project.create({
      ...Object.fromEntries(config),
      [`own${ending}`]: `${head}
const ask = (path) => fetch(process.env.API_URL + path).then((answer) => answer.text())
describe('own', () => {
  ${before}(() => ask('/shared'))
  ;(process.env.ONLY === undefined ? it : it.only)('first', () => ask('/first'))
  it('second', async () => {
    if (process.env.FAIL !== undefined) throw new Error('as it should')
  })
  it('third', () => ask('/third'))
})
`,
    })
    const server = await TicketServer.start()
    const url = `http://localhost:${server.port}`
    const run = async ({ args = [], env = {} }: Part): Promise<readonly string[]> => {
      const { output } = await project.run([...runner.args({}), ...args], { API_URL: url, ...env })
      const names = Object.keys(await project.cassettes()).map((name) => name.replace(/^.*-cassettes\//, ''))
      expect(names, output).toContain('own/first.yaml')
      return names
    }

    for (const part of isWhole ? parts : parts.slice(0, 1))
      expect(await run(part), JSON.stringify(part)).not.toContain('_file.yaml')
    expect((await run({})).toSorted()).toEqual(['_file.yaml', 'own/first.yaml', 'own/third.yaml'])
    await server.stop()
    const { code, output } = await project.run(runner.args({}), { API_URL: url })
    expect(code, output).toBe(0)
  })
}
