import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from '../helpers/test.ts'
import { conversation, get, ok } from '../inspection/wire.ts'
import { type Folder, temporaryFolder } from '../inspection/files.ts'
import { PRINTABLE_LINES } from './hostile.ts'
import { type Finished, runCli } from './run-cli.ts'

const SECRET = 'kP9x2LmQ7vR4tY8wZ1'
const simple = conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')])
const telling = conversation([get('/a', `Authorization: Bearer ${SECRET}`), ok(`you are ${SECRET}`)])

const run = (folder: Folder, ...args: readonly string[]): Promise<Finished> => runCli(args, { cwd: folder.path })

test.describe('wiretape redact', () => {
  test('takes secrets out of a cassette once, and check then finds none', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', telling)
    const before = await folder.read('it.yaml')
    expect(await run(folder, 'redact', '--check', '.')).toEqual({
      code: 1,
      stdout: 'it.yaml  would change\n1 cassette: 1 with secrets\n',
      stderr: '',
    })
    expect(await folder.read('it.yaml')).toBe(before)

    expect(await run(folder, 'redact', 'it.yaml')).toEqual({
      code: 0,
      stdout: 'it.yaml  changed\n1 cassette: 1 changed\n',
      stderr: '',
    })
    const redacted = await folder.read('it.yaml')
    expect(redacted).not.toContain(SECRET)
    expect((await run(folder, 'check')).stdout).toBe('1 cassette checked: clean\n')
    expect((await run(folder, 'redact', '.')).stdout).toBe('1 cassette: 0 changed\n')
    expect(await folder.read('it.yaml')).toBe(redacted)
  })

  test('removes the blob that held a secret, and keeps one that another cassette needs', async () => {
    await using folder = await temporaryFolder()
    const noise = createHash('shake256', { outputLength: 100_000 }).update('noise').digest()
    const long = Buffer.concat([noise, Buffer.from(` ${SECRET} `)])
    await folder.save('other.yaml', conversation([get('/'), ok(noise)]))
    await folder.save('it.yaml', conversation([get('/', `Authorization: Bearer ${SECRET}`), ok(long)]))
    const digestOf = async (name: string): Promise<string> =>
      /[\da-f]{64}/.exec(await folder.read(name))?.[0] ?? 'no blob'
    const [kept, gone] = [await digestOf('other.yaml'), await digestOf('it.yaml')]

    const redacted = await run(folder, 'redact', 'it.yaml')
    expect(redacted).toMatchObject({ code: 0, stderr: '' })
    expect(redacted.stdout).toContain(`blobs/${gone}: removed`)
    expect(existsSync(folder.file(`blobs/${kept}`))).toBe(true)
    expect(readdirSync(folder.file('blobs')).toSorted()).toEqual([kept, await digestOf('it.yaml')].toSorted())
    for (const name of readdirSync(folder.file('blobs')))
      expect(await folder.read(`blobs/${name}`)).not.toContain(SECRET)
  })

  test('exits with 1 where a file cannot be read, with 2 where a secret is not set', async () => {
    await using folder = await temporaryFolder()
    const missing = await run(folder, 'redact', 'missing.yaml')
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/^error: CASSETTE_NOT_FOUND/)
    const env = { ...process.env, WIRETAPE_TEST_EMPTY: '' }
    const empty = await runCli(['redact', '.', '--secret-env', 'WIRETAPE_TEST_EMPTY'], { cwd: folder.path, env })
    expect(empty.code).toBe(2)
    expect(empty.stderr).toContain('--secret-env WIRETAPE_TEST_EMPTY: it is not set')
    const unset = await run(folder, 'redact', '.', '--secret-env', 'NOT_SET_ANYWHERE')
    expect(unset).toMatchObject({ code: 2, stdout: '' })
  })
})

test.describe('wiretape recover', () => {
  test('keeps the whole records of a torn file, and says what it dropped', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    const whole = await folder.read('it.yaml')
    await folder.write('it.yaml', whole.slice(0, -40))
    const recovered = await run(folder, 'recover', 'it.yaml')
    expect(recovered).toMatchObject({ code: 0, stderr: '' })
    expect(recovered.stdout).toMatch(/^it\.yaml {2}1 record, 3 events, [\d,]+ bytes dropped from line \d+ on\n$/)
    expect((await run(folder, 'check')).stdout).toBe('1 cassette checked: clean\n')
    expect((await run(folder, 'recover', 'it.yaml')).stdout).toMatch(/nothing lost\n$/)
  })

  test('puts a journal in the place of no cassette, and of a whole one only with --force', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    const journal = (await folder.read('it.yaml')).replace(/^events: .*\n/m, '')
    await folder.write('it.yaml.rec', journal)
    const refused = await run(folder, 'recover', 'it.yaml.rec')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: CASSETTE_EXISTS/)
    expect(existsSync(folder.file('it.yaml.rec'))).toBe(true)
    const forced = await run(folder, 'recover', 'it.yaml.rec', '--force')
    expect(forced.code).toBe(0)
    expect(forced.stdout).toContain('  from it.yaml.rec\n')
    expect(existsSync(folder.file('it.yaml.rec'))).toBe(false)
  })

  test('reports a hostile name and content without steering the terminal', async () => {
    await using folder = await temporaryFolder()
    const name = 'a\u001b[2J\u202e.yaml'
    await folder.write(name, 'wiretape: \u001b[2J\n')
    for (const command of ['recover', 'redact', 'fmt', 'show', 'check']) {
      const { code, stdout, stderr } = await run(folder, command, name)
      expect({ command, code }).toEqual({ command, code: 1 })
      expect(stdout).toMatch(PRINTABLE_LINES)
      expect(stderr).toMatch(PRINTABLE_LINES)
    }
  })
})
