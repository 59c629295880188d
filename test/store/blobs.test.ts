import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { formatCassette } from '../../src/inspection/format-cassette.ts'
import { blobBytesNamedIn, BlobsBeside, blobsNamedIn } from '../../src/store/blobs.ts'
import { Journal } from '../../src/store/journal.ts'
import { lockCassette } from '../../src/store/lock.ts'
import { CassetteError } from '../../src/errors.ts'
import { bytes, cassetteOf, segmentsOf } from '../helpers/conversations.ts'

const test = base.extend<{ cassette: string }>({
  cassette: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-blobs-'))
    await use(join(folder, 'users.yaml'))
    rmSync(folder, { recursive: true })
  },
})

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 96000\r\n\r\n'
const PIXELS = Buffer.from(Array.from({ length: 96_000 }, (_, at) => ((at * 7919) % 251) ^ (at >> 8)))
const SEGMENTS = [HEAD, PIXELS.toString('latin1', 0, 50_000), PIXELS.toString('latin1', 50_000)]
const LONG = cassetteOf(...SEGMENTS.map(bytes))

test.describe('a body that nobody reads, of 64 KiB and more', () => {
  test('lies in one file beside the cassette, named by its SHA-256, whatever its segments are', async ({
    cassette,
  }) => {
    await saveCassette(cassette, LONG)
    expect(readdirSync(blobs(cassette))).toEqual([createHash('sha256').update(PIXELS).digest('hex')])
    expect(readFileSync(blob(cassette))).toEqual(PIXELS)
    expect(readFileSync(cassette, 'utf8').length).toBeLessThan(1500)
    expect(segmentsOf(await loadCassette(cassette))).toEqual(SEGMENTS)
  })

  test('is written once for all cassettes that hold it', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    await saveCassette(join(dirname(cassette), 'again.yaml'), cassetteOf(bytes('GET / HTTP/1.1\r\n\r\n'), PIXELS))
    expect(readdirSync(blobs(cassette))).toHaveLength(1)
  })

  test('leaves nothing beside the cassette if its file cannot be written', async ({ cassette }) => {
    mkdirSync(join(blobs(cassette), createHash('sha256').update(PIXELS).digest('hex'), 'in the way'), {
      recursive: true,
    })
    await expect(saveCassette(cassette, LONG)).rejects.toThrow()
    expect(readdirSync(dirname(cassette))).toEqual(['blobs'])
  })

  test('stays in a text that has no file, and in a cassette where it is shorter', async ({ cassette }) => {
    expect(encodeCassette(LONG)).toContain('base64: |')
    await saveCassette(cassette, cassetteOf(PIXELS.subarray(0, 65_535)))
    expect(readdirSync(dirname(cassette))).toEqual(['users.yaml'])
  })

  test('stays in the cassette where it is text', async ({ cassette }) => {
    await saveCassette(cassette, cassetteOf(bytes('a line of text\n'.repeat(9000))))
    expect(readdirSync(dirname(cassette))).toEqual(['users.yaml'])
  })
})

test.describe('loading a cassette refuses a blob', () => {
  test('that is not there', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    rmSync(blobs(cassette), { recursive: true })
    expect(await failureOf(cassette)).toMatchObject({ code: 'BLOB_MISSING', file: expect.stringContaining('blobs') })
  })

  test('of which a byte was changed', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    writeFileSync(blob(cassette), Buffer.from(PIXELS).fill(1, 500, 501))
    expect(await failureOf(cassette)).toMatchObject({ code: 'BLOB_DAMAGED' })
  })

  test('that is a pipe, a link, or in a folder that is a link, without waiting', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    const path = blob(cassette)
    rmSync(path)
    execFileSync('mkfifo', [path])
    expect(await failureOf(cassette)).toMatchObject({ code: 'NOT_A_REGULAR_FILE' })
    rmSync(path)
    symlinkSync('/etc/passwd', path)
    expect(await failureOf(cassette)).toMatchObject({ code: 'NOT_A_REGULAR_FILE' })
    rmSync(blobs(cassette), { recursive: true })
    mkdirSync(join(dirname(cassette), 'elsewhere'))
    symlinkSync('elsewhere', blobs(cassette))
    expect(await failureOf(cassette)).toMatchObject({ code: 'NOT_A_REGULAR_FILE' })
  })

  for (const [name, from, to] of [
    ['a path for a name', /sha256: ".*"/, 'sha256: "../../../etc/passwd"'],
    ['an absolute path for a name', /sha256: ".*"/, 'sha256: "/etc/passwd"'],
    ['a path before a name', /sha256: "(.*)"/, 'sha256: "../../$1"'],
    ['a path after a name', /sha256: "(.*)"/, 'sha256: "$1/../x"'],
    ['a line end after a name', /sha256: "(.*)"/, String.raw`sha256: "$1\n"`],
    ['a digit more', /sha256: "(.*)"/, 'sha256: "0$1"'],
    ['a digit less', /sha256: "./, 'sha256: "'],
    ['a name in capitals', /sha256: "(.*)"/, `sha256: "${'A'.repeat(64)}"`],
    ['a range beyond its end', /to: 96000/, 'to: 96001'],
    ['a range that is turned round', /from: 50000/, 'from: 96001'],
    ['a range that is no number of bytes', /from: 50000/, 'from: 0.5'],
    ['another key', /( +)from: 50000/, '$1from: 50000\n$1file: users.yaml'],
  ] as const) {
    test(`with ${name}`, async ({ cassette }) => {
      await saveCassette(cassette, LONG)
      const text = readFileSync(cassette, 'utf8')
      writeFileSync(cassette, text.replace(from, to))
      expect(await failureOf(cassette)).toMatchObject({ code: 'CASSETTE_INVALID', line: expect.any(Number) })
    })
  }
})

test.describe('a blob that nothing names any more', () => {
  const OTHER = cassetteOf(...[HEAD, Buffer.from(PIXELS.toReversed()).toString('latin1')].map(bytes))

  test('goes with the recording that is replaced, and with one that is given up', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    const before = readdirSync(blobs(cassette))
    await record(cassette, OTHER, 'commit')
    expect(readdirSync(blobs(cassette))).toHaveLength(1)
    expect(readdirSync(blobs(cassette))).not.toEqual(before)
    expect((await loadCassette(cassette)).tape).toEqual(OTHER.tape)

    await record(cassette, LONG, 'discard')
    expect(readdirSync(blobs(cassette))).not.toEqual(before)
    expect((await loadCassette(cassette)).tape).toEqual(OTHER.tape)
  })

  test('stays where another cassette or a journal names it', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    await saveCassette(join(dirname(cassette), 'again.yml'), LONG)
    await record(cassette, OTHER, 'commit')
    expect(readdirSync(blobs(cassette))).toHaveLength(2)

    renameSync(join(dirname(cassette), 'again.yml'), join(dirname(cassette), 'killed.yaml.rec'))
    await record(cassette, LONG, 'commit')
    await record(cassette, OTHER, 'commit')
    expect(readdirSync(blobs(cassette))).toHaveLength(2)
  })

  test('stays while somebody records another cassette of the folder, who may be about to name it', async ({
    cassette,
  }) => {
    await saveCassette(cassette, LONG)
    const other = lockCassette(join(dirname(cassette), 'other.yaml'))
    await record(cassette, OTHER, 'commit')
    expect(readdirSync(blobs(cassette))).toHaveLength(2)
    other.release()
  })

  test('goes with the edit that wiretape fmt brings into form', async ({ cassette }) => {
    await saveCassette(cassette, LONG)
    const text = readFileSync(cassette, 'utf8')
    writeFileSync(cassette, text.replaceAll(/blob: .*|blob:\n(?: {8,}.*\n)+/g, 'text: short\n'))
    await formatCassette(cassette)
    expect(readdirSync(dirname(cassette))).toEqual(['blobs', 'users.yaml'])
  })
})

test.describe('the blobs that a cassette names', () => {
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)]

  test('are each named once, and none where there is no folder of blobs', ({ cassette }) => {
    writeFileSync(cassette, `${one} ${two} ${one} ${'3'.repeat(65)} ${'4'.repeat(63)}`)
    expect(blobsNamedIn(cassette)).toEqual([])
    writeFileSync(blobs(cassette), '')
    expect(blobsNamedIn(cassette)).toEqual([])
    rmSync(blobs(cassette))
    mkdirSync(blobs(cassette))
    expect(blobsNamedIn(cassette)).toEqual([one, two])
    expect(blobsNamedIn(`${cassette}.rec`)).toEqual([])
  })

  test('are as long as those that are there', ({ cassette }) => {
    mkdirSync(blobs(cassette))
    writeFileSync(cassette, `${one} ${two}`)
    expect(blobBytesNamedIn(cassette)).toBe(0)
    writeFileSync(join(blobs(cassette), one), 'x'.repeat(70))
    expect(blobBytesNamedIn(cassette)).toBe(70)
  })
})

test('a body of several MiB is read from its blob byte for byte', async ({ cassette }) => {
  const body = Buffer.alloc(4_300_000, PIXELS.subarray(1))
  await saveCassette(cassette, cassetteOf(bytes(HEAD.replace('96000', '4300000')), body))
  const segments = (await loadCassette(cassette)).tape.flatMap((event) =>
    event.type === 'received' ? [event.bytes] : [],
  )
  expect(Buffer.concat(segments).subarray(-body.length).equals(body)).toBe(true)
})

test.describe('a blob that is written in parts', () => {
  test('leaves nothing when it is given up, also if its file is gone by then', ({ cassette }) => {
    const beside = new BlobsBeside(cassette)
    const writer = beside.begin()
    expect(writer.write(bytes('one'))).toEqual({ from: 0, to: 3 })
    expect(writer.write(bytes('four'))).toEqual({ from: 3, to: 7 })
    writer.discard()
    expect(readdirSync(dirname(cassette))).toEqual(['blobs'])
    const other = beside.begin()
    for (const name of readdirSync(dirname(cassette))) if (name !== 'blobs') rmSync(join(dirname(cassette), name))
    other.discard()
    expect(beside.written).toEqual([])
  })

  test('is counted as written if it was not there before', ({ cassette }) => {
    const written = (): readonly string[] => {
      const beside = new BlobsBeside(cassette)
      const writer = beside.begin()
      writer.write(PIXELS)
      writer.finish()
      return beside.written
    }
    const name = createHash('sha256').update(PIXELS).digest('hex')
    expect([written(), written()]).toEqual([[name], []])
    const beside = new BlobsBeside(cassette)
    expect([beside.write(PIXELS), beside.write(bytes('new'))]).toEqual([
      name,
      createHash('sha256').update('new').digest('hex'),
    ])
    expect(beside.written).toEqual([createHash('sha256').update('new').digest('hex')])
    expect(readdirSync(dirname(cassette))).toEqual(['blobs'])
  })
})

async function record(path: string, { tape, recorded }: Cassette, end: 'commit' | 'discard'): Promise<void> {
  const journal = new Journal(path, lockCassette(path), { recorded })
  journal.append(tape)
  journal[end]()
}

const blobs = (cassette: string): string => join(dirname(cassette), 'blobs')

function blob(cassette: string): string {
  const [name = ''] = readdirSync(blobs(cassette))
  return join(blobs(cassette), name)
}

async function failureOf(cassette: string): Promise<CassetteError | undefined> {
  try {
    await loadCassette(cassette)
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
  return undefined
}
