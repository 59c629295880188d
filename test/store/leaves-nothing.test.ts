import fs, { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { test as base, expect } from '../helpers/test.ts'
import { BlobsBeside } from '../../src/store/blobs.ts'
import { Journal } from '../../src/store/journal.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { lockCassette } from '../../src/store/lock.ts'
import { isRunning, removeOrphans } from '../../src/store/orphans.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { Spool } from '../../src/store/spool.ts'
import { standIn } from '../../src/store/stand-in.ts'
import { bytes, cassetteOf } from '../helpers/conversations.ts'

const test = base.extend<{ folder: string; path: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-nothing-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
  path: async ({ folder }, use) => use(join(folder, 'users.yaml')),
})

const PICTURE = Buffer.from(Array.from({ length: 96_000 }, (_, at) => ((at * 7919) % 251) ^ (at >> 8)))
const SMALL = cassetteOf(bytes('one'))
const WITH_BLOB = cassetteOf(PICTURE)
const LONG = cassetteOf(Buffer.alloc(4_300_000, PICTURE))

const failure = (act: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(act)
    .then(
      () => 'nothing',
      (error: unknown) => error,
    )

/** Files of this process that are open in a folder. */
function openIn(folder: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((number) => {
    try {
      const path = fs.readlinkSync(`/proc/self/fd/${number}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return [] // The one that is read here.
    }
  })
}

function record(path: string, { tape, recorded }: typeof SMALL): Journal {
  const journal = new Journal(path, lockCassette(path), { recorded })
  journal.append(tape)
  return journal
}

const revise = (): never => {
  throw new Error('no')
}

test.describe('no file stays open', () => {
  test.skip(process.platform !== 'linux', 'needs /proc')

  const WORK: Readonly<Record<string, (path: string) => unknown>> = {
    'a cassette that is saved and loaded': async (path) => {
      for (const cassette of [SMALL, WITH_BLOB, LONG]) {
        await saveCassette(path, cassette)
        await loadCassette(path)
      }
    },
    'a blob of another length': async (path) => {
      await saveCassette(path, LONG)
      const [name = ''] = readdirSync(join(path, '..', 'blobs'))
      writeFileSync(join(path, '..', 'blobs', name), PICTURE)
      expect(await failure(() => loadCassette(path))).toMatchObject({ code: 'BLOB_DAMAGED' })
    },
    'a folder in the place of a cassette': async (path) => {
      mkdirSync(path)
      expect(await failure(() => loadCassette(path))).toMatchObject({ code: 'NOT_A_REGULAR_FILE' })
    },
    'a blob that is given up, or too long': async (path) => {
      new BlobsBeside(path).begin().discard()
      const writer = new BlobsBeside(path).begin()
      const huge = Object.defineProperty(new Uint8Array(1), 'length', { value: 2 ** 28 + 1 })
      expect(await failure(() => writer.write(huge))).toMatchObject({ code: 'CASSETTE_TOO_LARGE', file: path })
      expect(readdirSync(join(path, '..'))).toEqual(['blobs'])
    },
    'a recording that is saved': (path) => record(path, SMALL).commit(),
    'a recording with blobs that is saved': (path) => record(path, LONG).commit(),
    'a recording that is saved in other words': (path) =>
      record(path, SMALL).commit(() => ({ type: 'text', text: 'other' })),
    'a recording that is given up': (path) => record(path, WITH_BLOB).discard(),
    'a recording whose revision fails': async (path) => {
      const journal = record(path, SMALL)
      expect(await failure(() => journal.commit(revise))).toMatchObject({ code: 'CASSETTE_IO' })
    },
    'a recording that is recovered': async (path) => {
      const journal = record(path, SMALL)
      const lines = readFileSync(`${path}.rec`)
      journal.discard()
      writeFileSync(`${path}.rec`, lines)
      await recoverCassette(path)
    },
    'a cassette with another one in its place': async (path) => {
      await saveCassette(path, SMALL)
      const stand = standIn(path)
      stand.show('other')
      stand.restore()
    },
  }
  for (const [what, work] of Object.entries(WORK))
    test(`of ${what}`, async ({ folder, path }) => {
      await work(path)
      expect(openIn(folder)).toEqual([])
    })

  test('of a spool, but the one that it reads', () => {
    const before = openIn(tmpdir()).length
    const read = new Spool().keep(bytes('one'))
    expect(openIn(tmpdir()).length).toBe(before + 1)
    expect(String(read())).toBe('one')
  })
})

test('a cassette that cannot be saved leaves no blobs', async ({ folder, path }) => {
  mkdirSync(path)
  for (const cassette of [WITH_BLOB, LONG])
    expect(await failure(() => saveCassette(path, cassette))).toMatchObject({ code: 'NOT_A_REGULAR_FILE', file: path })
  expect(readdirSync(folder)).toEqual(['blobs', 'users.yaml'])
  expect(readdirSync(join(folder, 'blobs'))).toEqual([])
})

const here = (kind: string, pid: number, thread: number, digits = '0a1b2c3d'): string =>
  `users.yaml.${kind}-${pid}.${thread}-${digits}`

test('what dead processes and this thread left beside a cassette goes, what others are writing stays', ({ folder }) => {
  const dead = 2 ** 22 + 1
  const gone = [here('tmp', dead, 0), here('lock-new', dead, 5), here('tmp', process.pid, threadId)]
  const kept = [
    here('tmp', process.pid, threadId + 1),
    here('tmp', process.ppid, 0),
    here('other', dead, 0),
    here('tmp', dead, 0, '0a1b2c3'),
    `more-${here('tmp', dead, 0)}`,
    here('tmp', dead, 0).replace('.yaml.', '.yaml'),
    'users.yaml',
  ]
  for (const name of [...gone, ...kept]) writeFileSync(join(folder, name), '')
  removeOrphans(join(folder, 'users.yaml'))
  expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted())
  expect(() => removeOrphans(join(folder, 'nowhere', 'users.yaml'))).not.toThrow()
})

const failing = (code: string) => (): never => {
  throw Object.assign(new Error(code), { code })
}

test('a process runs if it can be reached, or may not be', () => {
  const kill = process.kill.bind(process)
  try {
    expect([isRunning(process.pid), isRunning(2 ** 22 + 1)]).toEqual([true, false])
    process.kill = failing('EPERM')
    expect(isRunning(1)).toBe(true)
    process.kill = failing('ESRCH')
    expect(isRunning(1)).toBe(false)
  } finally {
    process.kill = kill
  }
})

const owner = (pid: number, token: string): string => JSON.stringify({ pid, host: hostname(), thread: 0, token })

test('a lock that somebody takes while it is taken over stays theirs, and nothing is left', ({ folder, path }) => {
  writeFileSync(`${path}.lock`, owner(2 ** 22 + 1, 'dead'))
  const { linkSync } = fs
  fs.linkSync = (from, to) => {
    linkSync(from, to)
    // Another process has been quicker.
    if (String(to).includes('.lock-take-')) writeFileSync(`${path}.lock`, owner(process.ppid, 'alive'))
  }
  syncBuiltinESMExports()
  try {
    expect(() => lockCassette(path)).toThrow(
      expect.objectContaining({ code: 'CASSETTE_LOCKED', message: expect.stringContaining(`process ${process.ppid}`) }),
    )
  } finally {
    fs.linkSync = linkSync
    syncBuiltinESMExports()
  }
  expect(readFileSync(`${path}.lock`, 'utf8')).toBe(owner(process.ppid, 'alive'))
  expect(readdirSync(folder)).toEqual(['users.yaml.lock'])
})
