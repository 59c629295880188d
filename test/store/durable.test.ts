import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { installSeam, type Mishap } from '../../scripts/torture/seam.ts'
import { AppendOnlyFile } from '../../src/store/append-only-file.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { Journal, type Revision } from '../../src/store/journal.ts'
import { lockCassette } from '../../src/store/lock.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import type { TapeEvent } from '../../src/tape/cassette.ts'
import { bytes, cassetteOf, segmentsOf } from '../helpers/conversations.ts'

const test = base.extend<{ folder: string; path: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-durable-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
  path: async ({ folder }, use) => use(join(folder, 'users.yaml')),
})

const CASSETTE = cassetteOf(bytes('GET / HTTP/1.1\r\n\r\n'))
const PICTURE = Buffer.from(Array.from({ length: 96_000 }, (_, at) => ((at * 7919) % 251) ^ (at >> 8)))

/** The calls of the file system that `act` makes in a folder, as far as they decide what a power failure leaves. */
async function callsOf(folder: string, act: () => unknown): Promise<string> {
  const seam = installSeam(folder)
  try {
    await act()
  } finally {
    seam.remove()
  }
  const letters: Readonly<Record<string, string>> = {
    writeSync: 'w',
    writeFileSync: 'w',
    fsyncSync: 'S',
    renameSync: 'R',
  }
  return seam.calls
    .map((call) => letters[call] ?? '')
    .join('')
    .replaceAll(/w+/g, 'w')
}

function journalOf(path: string, ...records: readonly (readonly TapeEvent[])[]): Journal {
  const journal = new Journal(path, lockCassette(path), { recorded: CASSETTE.recorded })
  for (const record of records) journal.append(record)
  return journal
}

/** What is written is on the disk before it has the name, and the name before anybody hears of it. */
test.describe('a power failure leaves the old cassette or the new one', () => {
  test('of saveCassette', async ({ folder, path }) => {
    expect(await callsOf(folder, () => saveCassette(path, CASSETTE))).toBe('wSRS')
  })

  test('of a recording, in the order in which it was written or in another', async ({ folder, path }) => {
    // Before that, locks are written.
    expect(await callsOf(folder, () => journalOf(path, CASSETTE.tape).commit())).toMatch(/wSRS$/)
    const [other, mine] = [2, 1].map((connection) => CASSETTE.tape.map((event) => ({ ...event, connection })))
    expect(await callsOf(folder, () => journalOf(path, other ?? [], mine ?? []).commit())).toMatch(/wSRRS$/)
    expect(await callsOf(folder, () => journalOf(path, mine ?? [], mine?.slice(1) ?? []).commit())).toMatch(/wSRS$/)
    const text = readFileSync(path, 'utf8')
    const revise = (): Revision => ({ type: 'text', text })
    expect(await callsOf(folder, () => journalOf(path, CASSETTE.tape).commit(revise))).toMatch(/wSRRS$/)
  })

  test('of recoverCassette', async ({ folder, path }) => {
    const journal = journalOf(path, CASSETTE.tape)
    const lines = readFileSync(`${path}.rec`)
    journal.discard()
    writeFileSync(`${path}.rec`, lines)
    // The lock is written, too, and is no news.
    expect(await callsOf(folder, () => recoverCassette(path))).toMatch(/SRS$/)
  })

  test('of a recording that goes on from a dead one, at every call', async ({ folder, path }) => {
    const dead = journalOf(path, CASSETTE.tape)
    const lines = readFileSync(`${path}.rec`)
    dead.discard()
    const beginning = { text: lines.toString(), events: CASSETTE.tape.length, isUnsaved: true }
    const begin = (at: number, mishap?: Mishap): readonly string[] => {
      writeFileSync(`${path}.rec`, lines)
      const lock = lockCassette(path)
      const seam = installSeam(folder, at, mishap)
      try {
        new Journal(path, lock, { recorded: CASSETTE.recorded, base: beginning }).discard()
      } catch (error) {
        seam.remove()
        expect(error).toMatchObject({ code: 'CASSETTE_IO' })
        expect(readFileSync(`${path}.rec`), `after ${seam.calls.join(' ')}`).toEqual(lines)
        expect(readdirSync(folder)).toEqual(['users.yaml.rec'])
      } finally {
        seam.remove()
      }
      return seam.calls
    }
    const calls = begin(-1)
    const untilInPlace = calls.slice(0, calls.indexOf('renameSync') + 1)
    expect(untilInPlace.filter((call) => /write|fsync|rename|unlink/.test(call))).toEqual([
      'writeSync',
      'fsyncSync',
      'renameSync',
    ])
    for (const at of untilInPlace.keys()) begin(at, { type: 'error', code: 'EIO', persists: true })
  })

  test('with its blobs', async ({ folder, path }) => {
    expect(await callsOf(folder, () => saveCassette(path, cassetteOf(PICTURE)))).toBe('wSRwSRS')
    const long = cassetteOf(Buffer.alloc(4_300_000, PICTURE))
    expect(await callsOf(folder, () => saveCassette(path, long))).toBe('wSRwSRS')
  })

  test('and nothing else where a revision fails', ({ folder, path }) => {
    const journal = journalOf(path, CASSETTE.tape)
    const commit = (): void =>
      journal.commit((_, blobs) => {
        blobs.write(PICTURE)
        throw new Error('no text')
      })
    expect(commit).toThrow('no text')
    expect(readdirSync(join(folder, 'blobs'))).toEqual([])
    expect(readdirSync(folder).toSorted()).toEqual(['blobs', 'users.yaml.rec'])
  })
})

test.describe('AppendOnlyFile', () => {
  test('ends where the last whole piece did when a piece does not go in, and goes on there', ({ folder }) => {
    const again = join(folder, 'again')
    const failing = installSeam(folder, 2, { type: 'short', fails: true })
    const cut = new AppendOnlyFile(again, Buffer.from('one\n'))
    try {
      expect(() => cut.append(Buffer.from('another\n'))).toThrow('ENOSPC')
    } finally {
      failing.remove()
    }
    expect(readFileSync(again, 'utf8')).toBe('one\n')
    expect(cut.size).toBe(4)
    cut.append(Buffer.from('two\n'))
    expect(readFileSync(again, 'utf8')).toBe('one\ntwo\n')
    expect(Buffer.from(cut.read(4, 8)).toString()).toBe('two\n')
    expect(() => cut.read(4, 9)).toThrow('the end came too early')
    cut.close()
    cut.close()
  })

  test('is not there where its beginning does not go in, and takes the place of nothing', ({ folder, path }) => {
    const seam = installSeam(folder, 1, { type: 'error', code: 'ENOSPC', persists: false })
    try {
      expect(() => new AppendOnlyFile(path, Buffer.from('one\n'))).toThrow('ENOSPC')
    } finally {
      seam.remove()
    }
    expect(readdirSync(folder)).toEqual([])
    writeFileSync(path, 'there')
    expect(() => new AppendOnlyFile(path, Buffer.from('one\n'))).toThrow('EEXIST')
    expect(readFileSync(path, 'utf8')).toBe('there')
  })

  test('sees that somebody has put another file in its place', ({ folder, path }) => {
    const file = new AppendOnlyFile(path, Buffer.from('one\n'))
    file.checkInPlace()
    file.moveTo(join(folder, 'moved'))
    file.checkInPlace()
    rmSync(join(folder, 'moved'))
    expect(() => file.checkInPlace()).toThrow('removed or replaced')
    writeFileSync(join(folder, 'moved'), 'one\n')
    expect(() => file.checkInPlace()).toThrow('removed or replaced')
    file.close()
  })
})

test('what is recovered into another folder takes its blobs along', async ({ folder, path }) => {
  const journal = journalOf(path, cassetteOf(bytes('GET / HTTP/1.1\r\n\r\n'), PICTURE).tape)
  mkdirSync(join(folder, 'other'))
  await recoverCassette(`${path}.rec`, { to: join(folder, 'other', 'users.yaml') })
  journal.discard()
  expect(readdirSync(join(folder, 'other', 'blobs'))).toHaveLength(1)
  expect(segmentsOf(await loadCassette(join(folder, 'other', 'users.yaml')))[1]).toBe(PICTURE.toString('latin1'))
})
