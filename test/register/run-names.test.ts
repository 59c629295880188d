import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { interactionsOf, loadCassette } from 'wiretape/cassette'
import { finish, startCli } from '../cli/run-cli.ts'
import { api, projectWith } from '../cli/run-project.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { runFor } from '../../src/register/begin-run.ts'
import { RunNames } from '../../src/register/run-names.ts'

const SHARED = 'shared-aB3dE6gH9jK2mN5p'
const OWN = { first: 'first-qR7sT0uV3wX6yZ9a', second: 'second-Kd83hGt5Wq2Lp0Zx', killed: 'killed-Tz61bVn9Xe4Mr7Cj' }

/** The placeholder of a request, by its target. */
async function namesOn(file: string): Promise<Readonly<Record<string, string | undefined>>> {
  const taped = interactionsOf(await loadCassette(file))
  return Object.fromEntries(
    taped.map(({ request }) => {
      const field = request.fields.find(({ name }) => name.toLowerCase() === 'authorization')
      return [request.target, /\{\{.*\}\}/.exec(field?.value ?? '')?.[0]]
    }),
  )
}

test.describe('names of secrets in a run of several processes', () => {
  test('the same secret has one name, and no two secrets share one, in any process', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const server = await api()
    await using project = await projectWith({
      'app.mjs': `import { fork } from 'node:child_process'
import { once } from 'node:events'
const [, , name, ...secrets] = process.argv
const ask = async (at, secret) =>
  (await fetch('${server.url}/' + name + at, { headers: { Authorization: 'Bearer ' + secret } })).text()
for (const [at, secret] of secrets.entries()) await ask(at, secret)
if (name === 'killed') process.kill(process.pid, 'SIGKILL')
if (name === undefined)
  for (const args of [['first', '${OWN.first}', '${SHARED}'], ['second', '${OWN.second}', '${SHARED}'], ['killed', '${SHARED}', '${OWN.killed}']])
    await once(fork(new URL(import.meta.url), args), 'exit')
`,
    })
    const run = ['--host', server.host, '--', 'node', 'app.mjs'] as const
    expect(await project.run(...run)).toMatchObject({ code: 0 })
    const file = path.join(project.path, 'cassettes/app.yaml')
    const names = await namesOn(file)
    expect(names).toEqual({
      '/first0': '{{authorization.1}}',
      '/first1': '{{authorization.2}}',
      '/second0': '{{authorization.3}}',
      '/second1': '{{authorization.2}}',
      '/killed0': '{{authorization.2}}',
      '/killed1': '{{authorization.4}}',
    })
    const text = await readFile(file, 'utf8')
    for (const secret of [SHARED, ...Object.values(OWN)]) expect(text).not.toContain(secret)

    await test.step('what is added gets names that are not there yet', async () => {
      const add = ['record', '--append', '-o', file, '--', 'node', 'app.mjs', 'more', 'more-Yb52nCq8Ws1Dk6Hf']
      expect(await finish(startCli(add, { cwd: project.path, env: { CI: '', WIRETAPE_MODE: '' } }))).toMatchObject({
        code: 0,
      })
      expect(await namesOn(file)).toEqual({ ...names, '/more0': '{{authorization.5}}' })
    })
    await server.stop()
    await test.step('each process replays', async () => {
      expect(await project.run(...run)).toMatchObject({ code: 0 })
    })
    expect(await readdir(path.join(project.path, 'cassettes'))).toEqual(['app.yaml'])
  })

  test('many at once agree, and the secrets are not in the folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-'))
    const run = { ...runFor(path.join(folder, 'app.yaml'), {}), folder }
    const [one, other] = [new RunNames(run), new RunNames(run)]
    expect(one.nameOf('token', SHARED, 1)).toBe('token.1')
    expect(other.nameOf('token', OWN.first, 1)).toBe('token.2')
    expect(other.nameOf('password', SHARED, 1)).toBe('token.1')
    expect(one.nameOf('token', OWN.first, 7)).toBe('token.2')
    expect(one.nameOf('token', OWN.second, 7)).toBe('token.7')
    // One without the key finds no secret again, but gives no name twice.
    const recovered = new RunNames({ ...run, nameKey: undefined })
    expect(recovered.nameOf('token', SHARED, 1)).toBe('token.3')
    for (const name of await readdir(path.join(folder, 'names')))
      expect(name + (await readFile(path.join(folder, 'names', name), 'utf8'))).not.toMatch(/shared|first|second/)
    await rm(folder, { recursive: true })
  })
})
