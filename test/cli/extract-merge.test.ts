import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { CLI, runCli, temporaryFolder } from './run-cli.ts'

test.describe.configure({ mode: 'parallel' })

function cassetteOf(bodies: Readonly<Record<string, string>>, header = 'X-A: 1'): Cassette {
  const tape = new TapeWriter()
  const connection = tape.open('http://api.test')
  for (const [path, body] of Object.entries(bodies))
    connection.sent(request('GET', path)).received(answer(body).replace('\r\n', `\r\n${header}\r\n`))
  return tape.cassette
}

const binary = (first: string): string => `${first}\0${'\u00ff'.repeat(70_000)}`

const dated = (second: string, id: string, name: string): Cassette =>
  cassetteOf({ '/': JSON.stringify({ id, name }) }, `Date: Sun, 22 Nov 2026 12:00:${second} GMT`)

const pathsIn = async (file: string): Promise<readonly string[]> =>
  interactionsOf(await loadCassette(file)).map(({ request: { target } }) => target)

test('wiretape extract takes what fits into another file, and writes nothing if nothing does', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  await saveCassette(join(cwd, 'all.yaml'), cassetteOf({ '/a': 'x', '/b/1': 'x', '/b/2': 'x' }))
  const taken = await runCli(['extract', 'all.yaml', '--path', '/b/*'], { cwd })
  expect(taken).toMatchObject({ code: 0, stdout: 'wrote 2 of 3 interactions to all.extract.yaml\n' })
  expect(await pathsIn(join(cwd, 'all.extract.yaml'))).toEqual(['/b/1', '/b/2'])
  const none = await runCli(['extract', 'all.yaml', '--status', '5xx', '-o', 'none.yaml'], { cwd })
  expect(none).toMatchObject({ code: 1, stderr: 'none of 3 interactions fits; nothing was written\n' })
  expect(existsSync(join(cwd, 'none.yaml'))).toBe(false)
  expect(await runCli(['extract', 'all.yaml', '--status', 'x'], { cwd })).toMatchObject({ code: 2 })
})

test('wiretape merge joins files with their blobs, and git merges branches by it', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const save = (bodies: Readonly<Record<string, string>>): Promise<void> =>
    saveCassette(join(cwd, 'api.yaml'), cassetteOf(bodies))
  git('init', '-q', '-b', 'main')
  git('config', 'merge.wiretape.driver', `'${process.execPath}' '${CLI}' merge --driver %O %A %B %P`)
  await writeFile(join(cwd, '.gitattributes'), '*.yaml merge=wiretape\n')
  await save({ '/1': 'one', '/2': 'two' })
  const commit = (): void => {
    git('add', '-A')
    git('commit', '-qm', 'x')
  }
  commit()
  git('checkout', '-qb', 'other')
  await save({ '/1': 'one', '/2': 'two', '/theirs': binary('t') })
  commit()
  git('checkout', '-q', 'main')
  await save({ '/2': 'two', '/ours': binary('o') })
  commit()
  git('merge', '-q', '-m', 'merged', 'other')
  expect(await pathsIn(join(cwd, 'api.yaml'))).toEqual(['/2', '/ours', '/theirs'])
  expect(git('status', '--porcelain')).toBe('')
  expect(await readdir(join(cwd, 'blobs'))).toHaveLength(2)

  // Both record the same request anew.
  git('checkout', '-q', 'other')
  git('reset', '-q', '--hard', 'main')
  await save({ '/2': 'theirs' })
  commit()
  git('checkout', '-q', 'main')
  await save({ '/2': 'ours' })
  commit()
  expect(() => git('merge', 'other')).toThrow(/another answer to GET http:\/\/api.test\/2/)
  expect(git('status', '--porcelain')).toMatch(/^UU api\.yaml$/m)
  expect(await pathsIn(join(cwd, 'api.yaml'))).toEqual(['/2'])
  await mkdir(join(cwd, 'more'))
  await saveCassette(join(cwd, 'more', 'b.yaml'), cassetteOf({ '/b': 'b' }))
  const joined = await runCli(['merge', 'api.yaml', 'more/b.yaml', '-o', 'all.yaml'], { cwd })
  expect(joined).toMatchObject({ code: 0, stdout: 'wrote all.yaml\n' })
  expect(await pathsIn(join(cwd, 'all.yaml'))).toEqual(['/2', '/b'])
})

test('wiretape diff reports apart what differs every time, and hides it on request', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const [one, two] = ['2b1c8a54-0f0e-4c5e-9a55-0f3b5e0b1a01', '7d0b4c11-6a1e-4d7a-8b3e-9c2f4e6d8a02']
  await saveCassette(join(cwd, 'a.yaml'), dated('00', one, 'Ada'))
  await saveCassette(join(cwd, 'b.yaml'), dated('01', two, 'Ada'))
  await saveCassette(join(cwd, 'c.yaml'), dated('02', two, 'Grace'))
  const told = await runCli(['diff', 'a.yaml', 'b.yaml'], { cwd })
  expect(told.code).toBe(1)
  expect(told.stdout).toContain('differs every time: Date: Sun, 22 Nov 2026 12:00:01 GMT')
  expect(told.stdout).toContain('differs every time: body $.id')
  expect(await runCli(['diff', 'a.yaml', 'b.yaml', '--hide-volatile'], { cwd })).toMatchObject({
    code: 0,
    stdout: '1 interaction equal\n',
  })
  const real = await runCli(['diff', 'a.yaml', 'c.yaml', '--hide-volatile'], { cwd })
  expect(real.code).toBe(1)
  expect(real.stdout).toContain('$.name')
  expect(real.stdout).not.toContain('Date')
  expect(
    await runCli(['diff', 'a.yaml', 'c.yaml', '--hide-volatile', '--volatile', 'json:$.name'], { cwd }),
  ).toMatchObject({ code: 0 })
})

test('wiretape check --fix mends lengths and checksums, and leaves what would lose something', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const file = join(cwd, 'a.yaml')
  await saveCassette(file, cassetteOf({ '/': '{"name":"Ada"}' }))
  await writeFile(file, (await readFile(file, 'utf8')).replace('Ada', 'Grace Hopper'))
  const commented = join(cwd, 'b.yaml')
  await saveCassette(commented, cassetteOf({ '/': '{"name":"Ada"}' }))
  await writeFile(
    commented,
    (await readFile(commented, 'utf8')).replace('Ada', 'Grace').replace('\ntape:', '\n# mine\ntape:'),
  )
  const before = await readFile(commented, 'utf8')
  await writeFile(`${file}.lock`, '{"pid":999999999,"host":"nowhere"}\n')
  await appendFile(join(cwd, 'c.yaml.rec'), 'wiretape: 1\n')
  const { code, stdout } = await runCli(['check', '--fix', '--no-secrets'], { cwd })
  expect(stdout).toMatch(/a\.yaml:\d+:\d+: mended: .*Content-Length/)
  expect(stdout).toMatch(/a\.yaml\.lock:1:1: mended: a lock whose owner is gone was removed/)
  expect(stdout).toMatch(/b\.yaml:\d+:\d+: not mended: a comment would be lost: # mine/)
  expect(stdout).toContain('JOURNAL_LEFT')
  expect(code).toBe(1)
  expect(await readFile(commented, 'utf8')).toBe(before)
  expect(await readFile(join(cwd, 'c.yaml.rec'), 'utf8')).toBe('wiretape: 1\n')
  expect(await runCli(['check', 'a.yaml', '--strict'], { cwd })).toMatchObject({ code: 0 })
})

test('check --fix judges what it has mended, and not what it was', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  const file = join(cwd, 'a.yaml')
  await saveCassette(file, cassetteOf({ '/': '{"name":"Ada"}' }))
  await writeFile(file, (await readFile(file, 'utf8')).replace('Ada', 'Grace Hopper'))
  expect(await runCli(['check', '--no-secrets'], { cwd })).toMatchObject({ code: 1 })
  const { code, stdout } = await runCli(['check', '--fix', '--no-secrets', '--json'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({ isClean: true, findings: [], fixed: { mended: [{}, {}] } })
  expect(code).toBe(0)
})
