import { expect, test } from '../helpers/test.ts'
import { conversation, get, ok } from '../inspection/wire.ts'
import { temporaryFolder } from '../inspection/files.ts'
import { runCli } from './run-cli.ts'

const simple = conversation([get('/a'), ok('{"name":"Ada"}')], [get('/b'), ok('other')])

const checksums = (text: string): readonly string[] => text.match(/saved: crc32 .*/g) ?? []

test.describe('wiretape fmt', () => {
  test('mends what an edit left behind, reports it, and has nothing to do the second time', async () => {
    await using folder = await temporaryFolder()
    const original = await folder.save('it.yaml', simple).then(() => folder.read('it.yaml'))
    await folder.edit('it.yaml', 'name: Ada', 'name: Ada Lovelace')
    const edited = await folder.read('it.yaml')

    const asked = await runCli(['fmt', '--check', 'it.yaml'], { cwd: folder.path })
    expect(asked).toMatchObject({ code: 1, stderr: '' })
    expect(asked.stdout).toMatch(/^it\.yaml {2}would change\n/)
    expect(await folder.read('it.yaml')).toBe(edited)

    const run = await runCli(['fmt', 'it.yaml'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^it\.yaml {2}changed\n/)
    expect(run.stdout).toMatch(/^ {2}it\.yaml:\d+:5: Content-Length says 14, the body has 23 bytes$/m)
    expect(run.stdout).toMatch(/^1 cassette: 1 changed$/m)
    const mended = await folder.read('it.yaml')
    expect(mended.replace('Content-Length: 23', 'Content-Length: 14').split('\n')).toHaveLength(
      original.split('\n').length,
    )
    for (const args of [[], ['--check']]) {
      const again = await runCli(['fmt', ...args, 'it.yaml'], { cwd: folder.path })
      expect(again).toMatchObject({ code: 0, stderr: '' })
      expect(again.stdout).toContain('1 cassette: 0 ')
    }
    expect(await folder.read('it.yaml')).toBe(mended)
  })

  test('keeps the wrong checksum of a record that it could not mend, and exits with 1, until somebody mends it', async () => {
    await using folder = await temporaryFolder()
    await folder.save('it.yaml', conversation([get('/a'), ok('hello')]))
    await folder.edit('it.yaml', 'HTTP/1.1 200 OK', 'HTTP/1.1 two hundred')
    const before = checksums(await folder.read('it.yaml'))

    for (const args of [[], [], ['--check']]) {
      const run = await runCli(['fmt', ...args, 'it.yaml'], { cwd: folder.path })
      expect(run.code).toBe(1)
      expect(run.stdout).toMatch(/it\.yaml:\d+:\d+: not mended: BAD_STATUS/)
      expect(run.stdout).toMatch(/, 1 not mended$/m)
      expect(checksums(await folder.read('it.yaml'))).toEqual(before)
    }
    expect((await runCli(['check', 'it.yaml'], { cwd: folder.path })).stdout).toContain('HTTP_BROKEN')

    await folder.edit('it.yaml', 'HTTP/1.1 two hundred', 'HTTP/1.1 200 Fine')
    expect((await runCli(['fmt', 'it.yaml'], { cwd: folder.path })).code).toBe(0)
    expect(checksums(await folder.read('it.yaml'))).not.toEqual(before)
    expect((await runCli(['check', 'it.yaml'], { cwd: folder.path })).code).toBe(0)
  })

  test('goes on behind a file that it cannot read, and exits with 1', async () => {
    await using folder = await temporaryFolder()
    await folder.save('z.yaml', simple)
    await folder.edit('z.yaml', 'name: Ada', 'name: Lea')
    await folder.write('a.yaml', 'wiretape: 1\n')
    const run = await runCli(['fmt', 'a.yaml', 'missing.yaml', '.'], { cwd: folder.path })
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^error: TORN_TAIL.*\(a\.yaml/m)
    expect(run.stderr).toMatch(/^error: CASSETTE_NOT_FOUND.*missing\.yaml/m)
    expect(run.stdout).toMatch(/^z\.yaml {2}changed$/m)
    expect(run.stdout).toMatch(/^3 cassettes: 1 changed, 2 failed$/m)
  })

  test('exits with 2 without a file', async () => {
    await using folder = await temporaryFolder()
    expect(await runCli(['fmt'], { cwd: folder.path })).toMatchObject({ code: 2, stdout: '' })
    expect(await runCli(['fmt', '.'], { cwd: folder.path })).toMatchObject({ code: 2, stdout: '' })
  })
})
