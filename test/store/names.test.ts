import fs, { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { CassetteError } from '../../src/errors.ts'
import { AppendOnlyFile, removeFile, removeIfPossible, replaceFile, statsOf } from '../../src/store/append-only-file.ts'
import { besideOf, stemOf } from '../../src/store/beside.ts'
import { cassettePath } from '../../src/store/cassette-name.ts'
import { fileError, systemCode } from '../../src/store/file-error.ts'
import { share } from '../../src/store/file-mode.ts'
import { journalPath } from '../../src/store/journal-path.ts'
import { originalPath, restoreOriginal, standIn } from '../../src/store/stand-in.ts'

const pathOf = (name: string): string => {
  try {
    return cassettePath('/cassettes', name)
  } catch (error) {
    return error instanceof CassetteError ? `${error.code} ${error.detail}` : String(error)
  }
}

const refused = (name: string, why: string): readonly [string, string] => [
  name,
  `PATH_ESCAPE ${JSON.stringify(name)}: ${why}; use letters, digits, - _ . and /`,
]

test('the name of a cassette is a path of visible words', () => {
  const [empty, notName, forbidden, blank, device, long] = [
    'an empty part, or an absolute path',
    'a part that is not a name',
    'a character that some file systems do not take',
    'a part that starts with a blank, or ends with a blank or a dot',
    'a name that Windows keeps for devices',
    'a part of more than 200 bytes',
  ]
  // oxfmt-ignore
  const NAMES: readonly (readonly [name: string, path: string])[] = [
    ['login',               '/cassettes/login.yaml'],
    ['users/login',         '/cassettes/users/login.yaml'],
    ['a.yaml',              '/cassettes/a.yaml'],
    ['a.yml',               '/cassettes/a.yml'],
    ['a.yaml.x',            '/cassettes/a.yaml.x.yaml'],
    ['ayaml',               '/cassettes/ayaml.yaml'],
    ['a b',                 '/cassettes/a b.yaml'],
    ['.hidden',             '/cassettes/.hidden.yaml'],
    ['\u00e9',              '/cassettes/\u00e9.yaml'],
    ['console',             '/cassettes/console.yaml'],
    ['com',                 '/cassettes/com.yaml'],
    ['com10',               '/cassettes/com10.yaml'],
    ['x'.repeat(200),       `/cassettes/${'x'.repeat(200)}.yaml`],
    ...['', '/a', 'a/', 'a//b'].map((name) => refused(name, empty)),
    ...['.', '..', 'a/../b', './a'].map((name) => refused(name, notName)),
    ...['a\\b', 'a:b', 'a*', 'a?', '"', '<', '>', '|', '\0', '\u001f', '\u007f', '\u009f'].map((name) => refused(name, forbidden)),
    ...['a.', 'a ', ' a', 'a./b', '...'].map((name) => refused(name, blank)),
    ...['con', 'PRN', 'aux.yaml', 'nul', 'com1', 'LPT9.x', 'a/con'].map((name) => refused(name, device)),
    ...['x'.repeat(201), '\u00e9'.repeat(101)].map((name) => refused(name, long)),
  ]
  for (const [name, path] of NAMES) expect([name, pathOf(name)]).toEqual([name, path])
})

test('what is beside a cassette has its name, its owner and something new', () => {
  expect(journalPath('/a/b.yaml')).toBe('/a/b.yaml.rec')
  expect(originalPath('/a/b.yaml')).toBe('/a/b.yaml.before-shrink')
  expect(stemOf(`/a/${'x'.repeat(50)}`)).toBe('x'.repeat(40))
  expect(besideOf('/a/b.yaml', 'tmp')).toMatch(new RegExp(`^/a/b\\.yaml\\.tmp-${process.pid}\\.0-[0-9a-f]{8}$`))
  expect(besideOf('/a/b.yaml', 'lock-new')).not.toBe(besideOf('/a/b.yaml', 'lock-new'))
})

test('an error of the system names the file, and has a code of ours', () => {
  const own = new CassetteError('CASSETTE_EMPTY', '')
  expect(fileError(own, 'a')).toBe(own)
  const cause = Object.assign(new Error('no such file'), { code: 'ENOENT' })
  expect(fileError(cause, 'a.yaml')).toMatchObject({
    code: 'CASSETTE_IO',
    file: 'a.yaml',
    cause,
    detail: 'no such file (a.yaml)',
  })
  expect(fileError(cause, 'a', { ENOENT: 'CASSETTE_NOT_FOUND' }).code).toBe('CASSETTE_NOT_FOUND')
  expect(fileError(cause, 'a', { EPERM: 'CASSETTE_NOT_FOUND' }).code).toBe('CASSETTE_IO')
  expect(fileError('thrown', 'a').detail).toBe('thrown (a)')
  expect([systemCode(cause), systemCode(new Error('x')), systemCode('x'), systemCode({ code: 'X' })]).toEqual([
    'ENOENT',
    '',
    '',
    '',
  ])
  expect(systemCode(Object.assign(new Error('x'), { code: 1 }))).toBe('')
})

const textOf = (path: string): string => readFileSync(path, 'utf8')
const modeOf = (path: string): number => statSync(path).mode & 0o777

test.describe('files', () => {
  let dir = ''
  test.beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'wiretape-'))
  })
  test.afterAll(() => rmSync(dir, { recursive: true }))

  test('grow by whole pieces, and are for their owner until they are shared', () => {
    const path = join(dir, 'grows')
    const file = new AppendOnlyFile(path, Buffer.from('one'))
    expect([file.path, file.size, modeOf(path)]).toEqual([path, 3, 0o600])
    file.append(Buffer.from('two'))
    expect([file.size, textOf(path), String(file.read(1, 5))]).toEqual([6, 'onetwo', 'netw'])
    expect(() => file.read(4, 7)).toThrow('the end came too early')
    expect(() => new AppendOnlyFile(path, Buffer.from(''))).toThrow('EEXIST')
    file.checkInPlace()
    file.moveTo(join(dir, 'moved'))
    expect([file.path, statsOf(path)]).toEqual([join(dir, 'moved'), undefined])
    file.checkInPlace()
    removeFile(file.path)
    expect(() => file.checkInPlace()).toThrow('it was removed or replaced while it was written')
    writeFileSync(file.path, 'another')
    expect(() => file.checkInPlace()).toThrow('it was removed or replaced while it was written')
    file.close()
    file.close()
  })

  test('are removed if they are there; other failures are told, or not, as is asked', () => {
    const path = join(dir, 'goes')
    writeFileSync(path, '')
    removeFile(path)
    removeFile(path)
    removeIfPossible(path)
    expect(() => removeFile(dir)).toThrow(/EISDIR|EPERM/)
    removeIfPossible(dir)
    expect(statsOf(join(dir, 'goes'))).toBeUndefined()
    expect(() => statsOf(join(dir, 'moved', 'x'))).toThrow('ENOTDIR')
  })

  test('that are replaced keep their mode; new ones have that of any', () => {
    const path = join(dir, 'shared')
    replaceFile(path, Buffer.from('new'))
    expect([textOf(path), modeOf(path)]).toEqual(['new', 0o666 & ~process.umask()])
    chmodSync(path, 0o640)
    replaceFile(path, Buffer.from('newer'))
    expect([textOf(path), modeOf(path)]).toEqual(['newer', 0o640])
    const temporary = join(dir, 'temporary')
    writeFileSync(temporary, '', { mode: 0o600 })
    share(temporary, path, { isPrivate: true })
    expect(modeOf(temporary)).toBe(0o600)
    const link = join(dir, 'link')
    symlinkSync(path, link)
    share(temporary, link)
    expect(modeOf(temporary)).toBe(0o666 & ~process.umask())
  })

  test('others stand in for a cassette, until it is put back', () => {
    const path = join(dir, 'users.yaml')
    expect(() => standIn(path)).toThrow(expect.objectContaining({ code: 'NOT_A_REGULAR_FILE' }))
    writeFileSync(path, 'original')
    const stand = standIn(path)
    expect(textOf(originalPath(path))).toBe('original')
    stand.show('one')
    stand.show('two')
    expect(textOf(path)).toBe('two')
    expect(() => standIn(path)).toThrow(expect.objectContaining({ code: 'CASSETTE_LOCKED' }))
    expect(() => restoreOriginal(path)).toThrow(expect.objectContaining({ code: 'CASSETTE_LOCKED' }))
    stand.restore()
    stand.show('three')
    stand.restore()
    expect([textOf(path), statsOf(originalPath(path))]).toEqual(['original', undefined])
    expect(restoreOriginal(path)).toBe(false)
  })

  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])
    test(`the original is copied where a file system refuses links with ${code}`, () => {
      const path = join(dir, `${code}.yaml`)
      writeFileSync(path, 'original')
      const { linkSync } = fs
      fs.linkSync = () => {
        throw Object.assign(new Error(code), { code })
      }
      syncBuiltinESMExports()
      try {
        const stand = standIn(path)
        stand.show('other')
        expect([textOf(path), textOf(originalPath(path))]).toEqual(['other', 'original'])
        stand.restore()
      } finally {
        fs.linkSync = linkSync
        syncBuiltinESMExports()
      }
      expect([textOf(path), statsOf(originalPath(path))]).toEqual(['original', undefined])
    })

  test('an original that a killed process left aside is put back', () => {
    const path = join(dir, 'left.yaml')
    writeFileSync(path, 'stands in')
    writeFileSync(originalPath(path), 'original')
    expect(restoreOriginal(path)).toBe(true)
    expect([textOf(path), statsOf(originalPath(path))]).toEqual(['original', undefined])
    writeFileSync(originalPath(path), 'older')
    standIn(path).restore()
    expect(textOf(path)).toBe('older')
  })
})
