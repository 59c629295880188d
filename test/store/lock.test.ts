import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '../helpers/test.ts'
import { holderOf, lockCassette } from '../../src/store/lock.ts'

const test = base.extend<{ folder: string; path: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
  path: async ({ folder }, use) => use(join(folder, 'users.yaml')),
})

/** The number of a process that was. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid

const owner = (more: object): string =>
  JSON.stringify({ pid: process.pid, host: hostname(), thread: 0, token: 'abc', ...more })

test.describe('lockCassette', () => {
  test('names its owner in the error of a second one, and is free again when it is released', ({ folder, path }) => {
    const lock = lockCassette(path)
    expect(() => lockCassette(path)).toThrow(
      expect.objectContaining({
        code: 'CASSETTE_LOCKED',
        file: path,
        message: expect.stringContaining(`${process.pid}`),
      }),
    )
    lock.release()
    lock.release()
    lockCassette(path).release()
    expect(readdirSync(folder)).toEqual([])
  })

  const DEAD: Readonly<Record<string, () => string>> = {
    'a process that has ended': () => owner({ pid: deadPid() }),
    'an earlier process of the same number': () => owner({ started: '1' }),
    'nobody that can be read': () => '{"pid":',
    'nobody at all': () => '',
    'an owner without a number': () => owner({ pid: 'one' }),
    'an owner with a number that no process has': () => owner({ pid: -1 }),
    'an owner whose token would name another file': () => owner({ token: '../../users.yaml' }),
    'something that is JSON but not an owner': () => 'null',
  }
  for (const [name, text] of Object.entries(DEAD)) {
    test(`takes over the lock of ${name}`, ({ folder, path }) => {
      test.skip(name.includes('earlier') && process.platform !== 'linux', 'needs /proc')
      writeFileSync(`${path}.lock`, text())
      lockCassette(path).release()
      expect(readdirSync(folder)).toEqual([])
    })
  }

  for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']) {
    test(`works without hard links, which a file system may refuse with ${code}`, ({ folder, path }) => {
      const link = fs.linkSync
      fs.linkSync = () => {
        throw Object.assign(new Error(code), { code })
      }
      syncBuiltinESMExports()
      try {
        const lock = lockCassette(path)
        expect(() => lockCassette(path)).toThrow(expect.objectContaining({ code: 'CASSETTE_LOCKED', file: path }))
        expect(readdirSync(folder)).toEqual(['users.yaml.lock'])
        lock.release()
        writeFileSync(`${path}.lock`, owner({ pid: -1 }))
        lockCassette(path).release()
        expect(readdirSync(folder)).toEqual([])
      } finally {
        fs.linkSync = link
        syncBuiltinESMExports()
      }
    })
  }

  test('fails if the lock cannot be made for another reason', ({ folder, path }) => {
    const link = fs.linkSync
    fs.linkSync = () => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    }
    syncBuiltinESMExports()
    try {
      expect(() => lockCassette(path)).toThrow(/no space/)
      expect(readdirSync(folder)).toEqual([])
    } finally {
      fs.linkSync = link
      syncBuiltinESMExports()
    }
  })

  test('takes over a lock even if another process died while taking it over', ({ folder, path }) => {
    writeFileSync(`${path}.lock`, owner({ pid: deadPid(), token: 'one' }))
    writeFileSync(join(folder, 'users.yaml.lock-take-one'), owner({ pid: deadPid(), token: 'two' }))
    lockCassette(path).release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('does not take over a lock of another machine, and says what to do', ({ path }) => {
    writeFileSync(`${path}.lock`, owner({ host: 'elsewhere' }))
    expect(() => lockCassette(path)).toThrow(/on elsewhere; if that is gone, delete .*\.lock/)
  })

  test('does not take over the lock of a running process until it ends', async ({ folder, path }) => {
    const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] })
    const ended = once(other, 'exit')
    try {
      await once(other, 'spawn')
      writeFileSync(`${path}.lock`, owner({ pid: other.pid }))
      expect(() => lockCassette(path)).toThrow(
        expect.objectContaining({ code: 'CASSETTE_LOCKED', message: expect.stringContaining(`process ${other.pid}`) }),
      )
      expect(holderOf(`${path}.lock`)).toBe(`process ${other.pid}`)
      expect(readdirSync(folder)).toEqual(['users.yaml.lock'])
    } finally {
      other.stdin.end()
      await ended
    }
    expect(holderOf(`${path}.lock`)).toBeUndefined()
    lockCassette(path).release()
    expect(readdirSync(folder)).toEqual([])
  })

  test('does not take over the lock of another thread of this process, and names it', ({ path }) => {
    const mine = lockCassette(path)
    const record: Record<string, unknown> = Object(JSON.parse(readFileSync(`${path}.lock`, 'utf8')))
    mine.release()
    writeFileSync(`${path}.lock`, JSON.stringify({ ...record, thread: 7 }))
    expect(() => lockCassette(path)).toThrow(new RegExp(`this process \\(${process.pid}, thread 7\\)`))
    // The same of this thread is left over: it holds no lock.
    writeFileSync(`${path}.lock`, JSON.stringify(record))
    lockCassette(path).release()
  })

  test('says who holds a lock, and that nobody holds one that is not there', ({ path }) => {
    expect(holderOf(`${path}.lock`)).toBeUndefined()
    const lock = lockCassette(path)
    expect(holderOf(`${path}.lock`)).toBe(`this process (${process.pid})`)
    lock.release()
    expect(holderOf(`${path}.lock`)).toBeUndefined()
    writeFileSync(`${path}.lock`, owner({ host: 'elsewhere' }))
    expect(holderOf(`${path}.lock`)).toContain('on elsewhere')
  })

  test('released twice, leaves the lock of the next owner alone', ({ path }) => {
    const first = lockCassette(path)
    first.release()
    const second = lockCassette(path)
    first.release()
    expect(() => lockCassette(path)).toThrow(expect.objectContaining({ code: 'CASSETTE_LOCKED' }))
    second.release()
    lockCassette(path).release()
  })

  test('does not remove a lock that somebody else took in between', ({ path }) => {
    const lock = lockCassette(path)
    writeFileSync(`${path}.lock`, owner({ token: 'other' }))
    lock.release()
    expect(readFileSync(`${path}.lock`, 'utf8')).toContain('other')
  })

  test('creates the folder, and removes it again if it stayed empty', ({ folder }) => {
    lockCassette(join(folder, 'a', 'b', 'users.yaml')).release()
    expect(readdirSync(folder)).toEqual([])
    const lock = lockCassette(join(folder, 'a', 'b', 'users.yaml'))
    writeFileSync(join(folder, 'a', 'kept'), '')
    lock.release()
    expect(readdirSync(join(folder, 'a'))).toEqual(['kept'])
  })

  test('says which cassette cannot be locked', ({ folder }) => {
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, 'file', 'users.yaml')
    expect(() => lockCassette(path)).toThrow(expect.objectContaining({ code: 'CASSETTE_IO', file: path }))
    mkdirSync(join(folder, 'users.yaml.lock'))
    expect(() => lockCassette(join(folder, 'users.yaml'))).toThrow(expect.objectContaining({ code: 'CASSETTE_IO' }))
  })
})
