import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { conversation, get, ok } from '../inspection/wire.ts'
import { type Folder, temporaryFolder } from '../inspection/files.ts'
import { ESCAPE_SEQUENCES, PRINTABLE_LINES } from './hostile.ts'
import { type Finished, runCli } from './run-cli.ts'

const simple = conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')])

const check = (folder: Folder, ...args: readonly string[]): Promise<Finished> =>
  runCli(['check', ...args], { cwd: folder.path })

test.describe('wiretape check', () => {
  test('says that cassettes are clean, and exits with 0', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    expect(await check(folder)).toEqual({ code: 0, stdout: '1 cassette checked: clean\n', stderr: '' })
  })

  test('reports place, severity, code and advice of each finding, and exits with 1', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    await folder.edit('it.yaml', 'name: Ada', 'name: Ada Lovelace')
    await folder.write('torn.yaml', 'wiretape: 1\n')
    const run = await check(folder)
    expect(run).toMatchObject({ code: 1, stderr: '' })
    expect(run.stdout).toMatch(
      /^it\.yaml:\d+:5: warning LENGTH_WRONG {2}a length in an edited record does not fit: Content-Length says 14, the body has 23 bytes\n {4}wiretape fmt it\.yaml corrects it\n/m,
    )
    expect(run.stdout).toMatch(/^it\.yaml:\d+:5: note CHECKSUM_WRONG {2}a record is not as it was recorded\n/m)
    expect(run.stdout).toMatch(/^torn\.yaml:\d+:\d+: error TORN_TAIL {2}/m)
    expect(run.stdout).toMatch(/\n\n2 cassettes checked: 1 error, 1 warning, 1 note\n$/)
  })

  test('colours the place, each severity and the advice where it is asked to', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    await folder.edit('it.yaml', 'name: Ada', 'name: Ada Lovelace')
    await folder.write('torn.yaml', 'wiretape: 1\n')
    const { stdout } = await runCli(['check'], { cwd: folder.path, env: { FORCE_COLOR: '1' } })
    // oxlint-disable-next-line no-control-regex
    const painted = [...stdout.matchAll(/\x1b\[(\d+)m([^\x1b]*)\x1b\[\d+m/g)].map(([, colour, text]) => [colour, text])
    const shown = (severity: string): unknown => painted.find(([, text]) => text === severity)
    expect([shown('error'), shown('warning'), shown('note')]).toEqual([
      ['31', 'error'],
      ['36', 'warning'],
      ['2', 'note'],
    ])
    expect(painted).toContainEqual(['1', expect.stringMatching(/^it\.yaml:\d+:5:$/)])
    expect(painted).toContainEqual(['2', '    wiretape fmt it.yaml corrects it'])
    expect(stdout).toMatch(/\n\n2 cassettes checked: 1 error, 1 warning, 1 note\n$/)
  })

  test('of a folder without cassettes says so, and is clean only if it was not named', async () => {
    await using folder = await temporaryFolder()
    expect(await check(folder)).toEqual({ code: 0, stdout: '0 cassettes checked: clean\n', stderr: '' })
    const json = await check(folder, '--json')
    expect(JSON.parse(json.stdout)).toEqual({
      isClean: true,
      counts: { error: 0, warning: 0, note: 0 },
      files: [],
      findings: [],
    })
  })

  test('counts notes only with --strict', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    await folder.edit('it.yaml', 'name: Ada', 'name: Lea')
    expect((await check(folder)).code).toBe(0)
    expect((await check(folder, '--strict')).code).toBe(1)
  })

  test('gives the findings as JSON', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', conversation([get('/', 'Authorization: Bearer kP9x2LmQ7vR4tY8wZ1'), ok()]))
    const { stdout, code } = await check(folder, 'it.yaml', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      isClean: false,
      counts: { error: 1, warning: 0, note: 0 },
      files: ['it.yaml'],
      findings: [
        {
          code: 'SECRET_FOUND',
          severity: 'error',
          file: 'it.yaml',
          line: expect.any(Number),
          column: 5,
          message: expect.stringContaining('authorization'),
          advice: expect.stringContaining('wiretape redact it.yaml'),
        },
      ],
    })
    expect((await check(folder, '--no-secrets')).code).toBe(0)
  })

  test('reports what a test run did not use, by its played lists', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', simple)
    await folder.save('orphan.yaml', simple)
    await folder.write('one.jsonl', '{"path":"it.yaml","played":[1]}\n')
    await folder.write('two.jsonl', '{"path":"it.yaml","played":[0]}\n{"path":"orphan.yaml","played":[0,1]}\n')
    const partly = await check(folder, '--played', 'one.jsonl')
    expect(partly.code).toBe(1)
    expect(partly.stdout).toMatch(/^it\.yaml:\d+:5: warning UNPLAYED .*: GET http:\/\/api\.test\/a$/m)
    expect(partly.stdout).toMatch(/^orphan\.yaml:1:1: warning ORPHAN_CASSETTE /m)
    expect((await check(folder, '--played', 'one.jsonl', '--played', 'two.jsonl')).code).toBe(0)
  })

  test('exits with 2 where it cannot do what was asked', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('empty'))
    await folder.write('list.jsonl', '[]\n')
    for (const [says, ...args] of [
      [/NO_CASSETTES: there are no cassettes in empty/, 'empty'],
      [/list\.jsonl:1: not of the form/, '--played', 'list.jsonl'],
      [/ENOENT.*missing\.jsonl/, '--played', 'missing.jsonl'],
      [/--secret-env NOT_SET_ANYWHERE: it is not set/, '--secret-env', 'NOT_SET_ANYWHERE'],
      [/unknown option/, '--nonsense'],
    ] as const) {
      const run = await check(folder, ...args)
      expect(run).toMatchObject({ code: 2, stdout: '' })
      expect(run.stderr).toMatch(says)
    }
  })

  test('finds registered secrets, from variables and files', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', conversation([get('/'), ok('tenant blue-whale-42')]))
    await folder.write('secrets.txt', 'blue-whale-42\r\n\n')
    expect((await check(folder)).code).toBe(0)
    expect((await check(folder, '--secret-file', 'secrets.txt')).stdout).toContain('SECRET_FOUND')
    const env = { TENANT: 'blue-whale-42' }
    const byName = await runCli(['check', '--secret-env', 'TENANT'], { cwd: folder.path, env })
    expect(byName.stdout).toContain('SECRET_FOUND')
    expect(byName.stdout).not.toContain('blue-whale')
  })

  test('says how far it is, line by line where it does not print to a terminal', async () => {
    await using folder = await temporaryFolder()
    for (let index = 0; index < 20; index++) await folder.save(`${index}.yaml`, simple)
    const { stdout, stderr } = await check(folder)
    expect(stdout).toBe('20 cassettes checked: clean\n')
    expect(stderr).toBe(Array.from({ length: 9 }, (_, at) => `checking ${(at + 1) * 2} of 20\n`).join(''))
  })

  test('prints nothing that steers a terminal, from names and from contents', async () => {
    await using folder = await temporaryFolder()
    for (const [index, { bytes }] of ESCAPE_SEQUENCES.entries()) {
      await writeFile(path.join(folder.path, `${index}.yaml`), Buffer.concat([Buffer.from('wiretape: 1\n'), bytes]))
      const name = Buffer.concat([Buffer.from(`${folder.path}/name-`), withoutNul(bytes), Buffer.from('.yaml')])
      await writeFile(name, 'wiretape: 1\n').catch(ignoreRefused)
    }
    for (const args of [[], ['--json']]) {
      const run = await check(folder, ...args)
      expect(run.code).toBe(1)
      expect(run.stdout).toMatch(PRINTABLE_LINES)
      expect(run.stderr).toMatch(PRINTABLE_LINES)
    }
  })
})

const withoutNul = (bytes: Buffer): Buffer => Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x2f))

/** Some file systems refuse some names. */
function ignoreRefused(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EILSEQ')) throw error
}
