import { mkdir, symlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { checkCassettes } from '../../src/inspection/check-cassettes.ts'
import { fixCassettes } from '../../src/inspection/fix-cassettes.ts'
import { findCassettes } from '../../src/inspection/find-cassettes.ts'
import { lockCassette } from '../../src/store/lock.ts'
import { temporaryFolder } from './files.ts'
import { conversation, get, ok } from './wire.ts'

const TEXT = 'wiretape: 1\n'
const NOTHING = { cassettes: [], journals: [], locks: [], temporaries: [], originals: [], blobs: [] }

async function foundIn(files: Readonly<Record<string, string>>, ...named: readonly string[]): Promise<object> {
  await using folder = await temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(folder.file(name)), { recursive: true })
    await folder.write(name, text)
  }
  const found = await findCassettes(named.length === 0 ? [folder.path] : named.map((name) => folder.file(name)))
  const relative = Object.entries(found).map(([kind, paths]: [string, readonly string[]]) => [
    kind,
    paths.map((one) => path.relative(folder.path, one)),
  ])
  return Object.fromEntries(relative)
}

test('files beside cassettes are sorted by what they are', async () => {
  const names = ['b.yaml', 'a/c.yml', 'a.yaml']
  const beside = ['rec', 'lock', 'tmp-12.3-0a1b2c3d', 'lock-new-12.3-0a1b2c3d', 'lock-take-a_B-1', 'before-shrink']
  const left = ['a.yaml.tmp-12.3-0a1b2c', 'a.yaml.lock-take-', 'a.rec', 'a.lock', 'a.yaml.recs', 'a.json', 'a.yaml.txt']
  const files = [...names, ...beside.map((ending) => `b.yaml.${ending}`), ...left, 'a/c.yml.rec', 'a/c.yml.lock']
  expect(await foundIn(Object.fromEntries(files.map((name) => [name, TEXT])))).toEqual({
    cassettes: ['a.yaml', 'a/c.yml', 'b.yaml'],
    journals: ['a/c.yml.rec', 'b.yaml.rec'],
    locks: ['a/c.yml.lock', 'b.yaml.lock'],
    temporaries: ['b.yaml.lock-new-12.3-0a1b2c3d', 'b.yaml.lock-take-a_B-1', 'b.yaml.tmp-12.3-0a1b2c3d'],
    originals: ['b.yaml.before-shrink'],
    blobs: [],
  })
})

test('files in a folder called blobs count only beside a cassette', async () => {
  const files = { 'a/it.yaml': TEXT, 'a/blobs/1': '', 'a/blobs/2.yaml': TEXT, 'b/it.yaml': 'a: 1\n', 'b/blobs/3': '' }
  expect(await foundIn(files)).toEqual({ ...NOTHING, cassettes: ['a/it.yaml'], blobs: ['a/blobs/1', 'a/blobs/2.yaml'] })
})

test('a cassette has its name at the beginning of a line, near the beginning of the file', async () => {
  const near = `# ${'a'.repeat(4000)}\n`
  const files = {
    'bom.yaml': `\ufeff${TEXT}`,
    'quoted.yaml': '"wiretape": 1\n',
    'single.yaml': "'wiretape' : 1\n",
    'near.yaml': near + TEXT,
    'far.yaml': near + near + TEXT,
    'inside.yaml': ` ${TEXT}`,
    'longer.yaml': 'wiretapes: 1\n',
    'empty.yaml': '',
  }
  const cassettes = ['bom.yaml', 'near.yaml', 'quoted.yaml', 'single.yaml']
  expect(await foundIn(files)).toEqual({ ...NOTHING, cassettes })
})

test('what is named is taken for what its name says, whatever is in it', async () => {
  const files = { 'it.yaml.rec': '', 'any.txt': '' }
  expect(await foundIn(files, 'it.yaml.rec', 'any.txt', 'none.yaml', 'any.txt')).toEqual({
    ...NOTHING,
    cassettes: ['any.txt', 'none.yaml'],
    journals: ['it.yaml.rec'],
  })
})

test('a link to a folder that is named is none: it is for the reader to refuse', async () => {
  await using folder = await temporaryFolder()
  await mkdir(folder.file('a'))
  await folder.write('a/it.yaml', TEXT)
  await symlink(folder.file('a'), folder.file('link'))
  expect(await findCassettes([folder.file('link')])).toEqual({ ...NOTHING, cassettes: [folder.file('link')] })
})

/** Above what Linux gives out. */
const gone = 4_194_304 + 1
const holder = (pid: number): string => JSON.stringify({ pid, host: hostname(), thread: 0, token: 'a' })

test('a lock that somebody has taken over since it was found is not removed', async () => {
  await using folder = await temporaryFolder()
  await folder.write('it.yaml.lock', holder(gone))
  await folder.write('left.yaml.lock', holder(gone))
  const { findings } = await checkCassettes([folder.path])
  expect(findings.map(({ code }) => code)).toEqual(['LOCK_LEFT', 'LOCK_LEFT'])
  const lock = lockCassette(folder.file('it.yaml'))
  expect(await fixCassettes({ findings })).toEqual({
    mended: [{ file: folder.file('left.yaml.lock'), line: 1, column: 1, message: expect.stringContaining('removed') }],
    left: [],
  })
  expect((await findCassettes([folder.path])).locks).toEqual([folder.file('it.yaml.lock')])
  lock.release()
})

test('check reports what is left beside a cassette, but not while somebody works on it', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['busy.yaml', 'left.yaml']) {
    await folder.save(name, conversation([get('/a'), ok()]))
    for (const ending of ['rec', 'before-shrink']) await folder.write(`${name}.${ending}`, TEXT)
  }
  for (const [name, pid] of [
    ['left.yaml', gone],
    ['busy.yaml', process.pid],
  ] as const) {
    await folder.write(`${name}.tmp-${pid}.0-0a1b2c3d`, '')
    await folder.write(`${name}.lock-new-${pid}.0-0a1b2c3d`, '')
    await folder.write(`${name}.lock-take-a`, holder(pid))
  }
  const lock = lockCassette(folder.file('busy.yaml'))
  const { findings } = await checkCassettes([folder.path])
  lock.release()
  expect(findings.map(({ code, file }) => `${path.basename(file)} ${code}`)).toEqual([
    'busy.yaml LOCKED',
    'left.yaml ORIGINAL_LEFT',
    `left.yaml.lock-new-${gone}.0-0a1b2c3d TEMPORARY_LEFT`,
    'left.yaml.lock-take-a TEMPORARY_LEFT',
    'left.yaml.rec JOURNAL_LEFT',
    `left.yaml.tmp-${gone}.0-0a1b2c3d TEMPORARY_LEFT`,
  ])
})
