import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { openCassette } from '../../src/store/cassette-file.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { bytes, cassetteOf, segmentsOf } from '../helpers/conversations.ts'
import { READABLE } from '../format/readable.ts'

const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
})

test.describe('saveCassette', () => {
  test('writes a file that loadCassette reads, into folders that did not exist', async ({ folder }) => {
    const path = join(folder, 'a', 'b', 'users.yaml')
    await saveCassette(path, READABLE)
    expect(segmentsOf(await loadCassette(path))).toEqual(segmentsOf(READABLE))
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['users.yaml'])
  })

  test('saves what it loaded as the same text', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    await saveCassette(path, READABLE)
    await saveCassette(path, await loadCassette(path))
    expect(readFileSync(path, 'utf8')).toBe(encodeCassette(READABLE))
  })

  test('leaves a whole cassette that can be read at any moment', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const sizes = [1, 50_000, 10, 200_000]
    await saveCassette(path, cassetteOf(bytes('x')))
    const saving = Promise.all(sizes.map((size) => saveCassette(path, cassetteOf(bytes('x'.repeat(size))))))
    for (let reads = 0; reads < 20; reads++) {
      const [segment = ''] = segmentsOf(await loadCassette(path))
      expect(sizes).toContain(segment.length)
    }
    await saving
    expect(readdirSync(folder)).toEqual(['users.yaml'])
  })

  const UNFAITHFUL: Readonly<Record<string, Cassette>> = {
    'a time that is no number': {
      ...READABLE,
      tape: [{ type: 'open', connection: 1, to: 'http://a', at: Number.NaN, took: 0 }],
    },
    'bytes before the connection was opened': { ...READABLE, tape: READABLE.tape.slice(1) },
    'a connection without a number': {
      ...READABLE,
      tape: [{ type: 'open', connection: 0, to: 'http://a', at: 0, took: 0 }],
    },
  }
  for (const [name, cassette] of Object.entries(UNFAITHFUL)) {
    test(`refuses ${name} and leaves the old file as it was`, async ({ folder }) => {
      const path = join(folder, 'users.yaml')
      writeFileSync(path, 'precious')
      await expect(saveCassette(path, cassette)).rejects.toMatchObject({ code: 'CASSETTE_UNFAITHFUL', file: path })
      expect(readFileSync(path, 'utf8')).toBe('precious')
      expect(readdirSync(folder)).toEqual(['users.yaml'])
    })
  }

  test('leaves no temporary file if the last step fails', async ({ folder }) => {
    // A file cannot get a name that ends in a slash.
    const path = join(folder, 'users.yaml/')
    await expect(saveCassette(path, READABLE)).rejects.toMatchObject({ code: 'CASSETTE_IO', file: path })
    expect(readdirSync(folder)).toEqual([])
  })

  test('names the file if its folder cannot be made', async ({ folder }) => {
    writeFileSync(join(folder, 'file'), '')
    const path = join(folder, 'file', 'users.yaml')
    await expect(saveCassette(path, READABLE)).rejects.toMatchObject({ code: 'CASSETTE_IO', file: path })
  })

  test('takes a name as long as the file system allows', async ({ folder }) => {
    const path = join(folder, `${'\u00e9'.repeat(120)}.yaml`)
    await saveCassette(path, READABLE)
    expect((await loadCassette(path)).tape).toHaveLength(READABLE.tape.length)
  })
})

test.describe('loadCassette', () => {
  test('distinguishes a missing cassette from an empty one', async ({ folder }) => {
    writeFileSync(join(folder, 'empty.yaml'), '')
    const load = (name: string): Promise<Cassette> => loadCassette(join(folder, name))
    await expect(load('missing.yaml')).rejects.toMatchObject({
      code: 'CASSETTE_NOT_FOUND',
      file: join(folder, 'missing.yaml'),
    })
    await expect(load('no/folder.yaml')).rejects.toMatchObject({ code: 'CASSETTE_NOT_FOUND' })
    await expect(load('empty.yaml')).rejects.toMatchObject({ code: 'CASSETTE_EMPTY', file: join(folder, 'empty.yaml') })
  })

  test('reports a file that was cut within a character as torn, with line and column', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const whole = Buffer.from('wiretape: 1\nrecorded: { at: "\u00e9')
    writeFileSync(path, whole.subarray(0, -1))
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'TORN_TAIL', file: path, line: 1, column: 1 })
    writeFileSync(path, whole.subarray('wiretape: 1\n'.length, -1))
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'CASSETTE_SYNTAX', file: path, line: 1, column: 18 })
  })

  test('refuses bytes that are not UTF-8, with line and column', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    writeFileSync(path, bytes('wiretape: 1\n\xc3\xa9\xc3\xa9: \xe9x\nend: 1\n'))
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'CASSETTE_SYNTAX', line: 2, column: 5 })
  })

  test('says of UTF-16 that it is UTF-16', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    writeFileSync(path, Buffer.from(`\ufeff${encodeCassette(READABLE)}`, 'utf16le'))
    await expect(loadCassette(path)).rejects.toThrow(/UTF-16/)
  })

  test('refuses more than 256 MiB without reading it', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    writeFileSync(path, '')
    truncateSync(path, 2 ** 28 + 1)
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'CASSETTE_TOO_LARGE', file: path })
  })
})

test('openCassette leaves checksums alone, which loadCassette checks', async ({ folder }) => {
  const path = join(folder, 'users.yaml')
  const text = encodeCassette(READABLE)
  writeFileSync(path, text.replaceAll(/crc32 [\da-f]{8}/g, 'crc32 00000000'))
  expect((await loadCassette(path)).notes[0]).toMatchObject({ code: 'CHECKSUM_WRONG' })
  const opened = await openCassette(path)
  expect(opened).toMatchObject({ notes: [] })
  expect(segmentsOf(opened)).toEqual(segmentsOf(READABLE))
})

test('openCassette and loadCassette read a long file to its end', async ({ folder }) => {
  const path = join(folder, 'users.yaml')
  const texts = ['a', 'b', 'c', 'd'].map((letter) => `${letter.repeat(99)}\n`.repeat(2000))
  await saveCassette(path, cassetteOf(...texts.map((text) => bytes(text))))
  expect(statSync(path).size).toBeGreaterThan(1 << 18)
  expect(segmentsOf(await openCassette(path))).toEqual(texts)
  expect(segmentsOf(await loadCassette(path))).toEqual(texts)
})

const TARGETS: Readonly<Record<string, (path: string) => void>> = {
  'a folder': (path) => mkdirSync(path),
  'a link to a device': (path) => symlinkSync('/dev/zero', path),
  'a link to nothing': (path) => symlinkSync('nowhere', path),
  'a pipe': (path) => execFileSync('mkfifo', [path]),
}
for (const [name, make] of Object.entries(TARGETS)) {
  test(`neither loadCassette nor saveCassette takes ${name} for a cassette`, async ({ folder }) => {
    test.skip(process.platform === 'win32', 'needs the files of Unix')
    const path = join(folder, 'users.yaml')
    make(path)
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE', file: path })
    await expect(saveCassette(path, READABLE)).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE', file: path })
    expect(readdirSync(folder)).toEqual(['users.yaml'])
  })
}

test('loadCassette refuses a device without blocking', async () => {
  test.skip(process.platform === 'win32', 'needs the files of Unix')
  await expect(loadCassette('/dev/zero')).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE', file: '/dev/zero' })
})
