import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { openCassette } from '../../src/store/cassette-file.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { LONG } from '../../src/tape/late-bytes.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Recording, type RecordingOptions } from '../../src/recorder/recording.ts'
import { Spool } from '../../src/store/spool.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'

const test = base.extend<{ folder: string; path: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-long-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  path: async ({ folder }, use) => use(join(folder, 'long.yaml')),
})

const SECRET = ['hunter', 'Zq7xW2vB9n'].join('-')
const LINE = '{"id":17,"name":"Ada Lovelace","text":"many words, one behind the other"}\n'
/** Longer than what is kept in memory, with a secret in every megabyte. */
const TEXT = Array.from(
  { length: 6 },
  (_, k) => `${LINE.repeat(14_000)}{"k":${k},"password":"${SECRET}","key":"${k}"}\n`,
).join('')
const BYTES = Buffer.alloc(LONG + 70_000)
for (let at = 0; at < BYTES.length; at += 1) BYTES[at] = ((at * 7919) % 251) ^ (at >> 8)

const inSegments = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, k) => bytes.subarray(k * 65_536, (k + 1) * 65_536))

const withLength = (body: Buffer): Buffer[] => [
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
  ...inSegments(body),
]

const chunked = (body: Buffer): Buffer[] => {
  const chunks = inSegments(body).map((part) =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')]),
  )
  return [Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'), ...chunks, Buffer.from('0\r\n\r\n')]
}

/** Records one answer, and gives what the client saw of it. */
async function record(path: string, segments: readonly Buffer[], options: RecordingOptions = {}): Promise<Buffer> {
  const recording = await Recording.open(path, options)
  const peer = new ScriptedTransport()
  const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
  await connection.request('GET', '/')
  peer.say(...segments)
  const body = await (await connection.getResponse()).bytes()
  await connection.close()
  await recording.save()
  return Buffer.from(body)
}

async function replay(path: string): Promise<Buffer> {
  const replayer = new Replayer(await openCassette(path))
  await using connection = HttpConnection.to('http://api.test', { connector: replayer.connector })
  await connection.request('GET', '/')
  return Buffer.from(await (await connection.getResponse()).bytes())
}

test.describe('a long body', () => {
  for (const [framing, frame] of Object.entries({ 'a length': withLength, chunks: chunked })) {
    const isQuick = (of: string): boolean => isWhole || framing === of
    test(`of bytes, with ${framing}, is a blob beside a short cassette, and comes again as it was`, async ({
      path,
      folder,
    }) => {
      test.skip(!isQuick('a length'), ONLY_WHOLE)
      expect((await record(path, frame(BYTES))).equals(BYTES)).toBe(true)
      expect(readFileSync(path, 'utf8').length).toBeLessThan(40_000)
      expect(readdirSync(join(folder, 'blobs'))).toHaveLength(1)
      expect((await replay(path)).equals(BYTES)).toBe(true)
    })

    test(`of text, with ${framing}, loses its secrets wherever they stand, and nothing else`, async ({
      path,
      folder,
    }) => {
      test.skip(!isQuick('chunks'), ONLY_WHOLE)
      await record(path, frame(Buffer.from(TEXT)))
      const [blob = ''] = readdirSync(join(folder, 'blobs'))
      expect(readFileSync(join(folder, 'blobs', blob), 'latin1')).not.toContain(SECRET)
      expect((await replay(path)).equals(Buffer.from(TEXT.replaceAll(SECRET, '{{password.1}}')))).toBe(true)
    })
  }

  test('has its segments and its checksum, and is listed as any other', async ({ path }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const segments = withLength(BYTES)
    await record(path, segments)
    const { notes, tape, records } = await loadCassette(path)
    expect(notes).toEqual([])
    const received = tape.flatMap((event) => (event.type === 'received' ? [Buffer.from(event.bytes)] : []))
    expect(received.map(({ length }) => length)).toEqual(segments.map(({ length }) => length))
    expect(Buffer.concat(received).equals(Buffer.concat(segments))).toBe(true)
    expect(interactionsOf(await loadCassette(path))).toHaveLength(1)
    expect(records).toHaveLength(2)
  })

  test('is the same file when it is saved again', async ({ path, folder }) => {
    await record(path, withLength(BYTES))
    const cassette = await loadCassette(path)
    const again = join(folder, 'again.yaml')
    await saveCassette(again, cassette, { records: cassette.records })
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(path, 'utf8'))
    expect(readdirSync(join(folder, 'blobs'))).toHaveLength(1)
  })

  test('leaves the cassette as it is when it is recorded again and nothing changed', async ({ path }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    await record(path, withLength(BYTES))
    const before = readFileSync(path, 'utf8')
    await record(path, withLength(BYTES))
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  test('that was changed is refused when it is opened, and when that happened behind it', async ({ path, folder }) => {
    await record(path, withLength(BYTES))
    const cassette = await loadCassette(path)
    const [name = ''] = readdirSync(join(folder, 'blobs'))
    const blob = join(folder, 'blobs', name)
    writeFileSync(blob, Buffer.from(BYTES).fill(7, 100, 200))
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'BLOB_DAMAGED' })
    const read = (): number =>
      cassette.tape.reduce((sum, event) => sum + ('bytes' in event ? event.bytes.length : 0), 0)
    expect(read).toThrow(expect.objectContaining({ code: 'BLOB_DAMAGED' }))
    rmSync(blob)
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })

  test('of which a dead process left a part is tidied by the next recording', async ({ path, folder }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    // No process has such a number.
    const left = join(folder, 'long.yaml.tmp-4194305.0-0123abcd')
    writeFileSync(left, 'a part of a blob')
    await record(path, withLength(BYTES))
    expect(readdirSync(folder)).toEqual(['blobs', 'long.yaml'])
    expect(readdirSync(join(folder, 'blobs'))).toHaveLength(1)
  })

  test('of a request is recorded, too', async ({ path, folder }) => {
    test.skip(!isWhole, ONLY_WHOLE)
    const recording = await Recording.open(path)
    const peer = new ScriptedTransport()
    const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
    await connection.request('POST', '/', { body: TEXT })
    peer.say('HTTP/1.1 204 No Content\r\n\r\n')
    await connection.getResponse()
    await connection.close()
    await recording.save()
    const [interaction] = interactionsOf(await loadCassette(path))
    expect(interaction?.request.bodyLength).toBe(TEXT.replaceAll(SECRET, '{{password.1}}').length)
    expect(readdirSync(join(folder, 'blobs'))).toHaveLength(1)
  })
})

test.describe('Spool', () => {
  test('gives back what it took, in whatever order', () => {
    const spool = new Spool()
    const parts = [
      BYTES.subarray(0, 10),
      BYTES.subarray(10, 70_000),
      BYTES.subarray(0, 0),
      BYTES.subarray(70_000, 90_000),
    ]
    const readers = parts.map((part) => spool.keep(part))
    for (const index of [3, 0, 2, 1, 1]) expect(Buffer.from(readers[index]?.() ?? '')).toEqual(parts[index])
  })

  test('has nothing on the disk that could be read, and no name for it', () => {
    const descriptors = '/proc/self/fd'
    test.skip(!existsSync(descriptors), 'needs /proc')
    const spool = new Spool()
    const read = spool.keep(Buffer.from(TEXT))
    // Those of tests before this one are there until their memory is collected.
    const raw = readdirSync(descriptors)
      .filter((fd) => isSpool(join(descriptors, fd)))
      .map((fd) => readFileSync(join(descriptors, fd), 'latin1'))
    expect(raw.map(({ length }) => length)).toContain(TEXT.length)
    expect(raw.filter((text) => text.includes('password'))).toEqual([])
    expect(Buffer.from(read()).toString()).toBe(TEXT)
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`wiretape-${process.pid}-`))).toEqual([])
  })

  test('keeps in memory what the system does not take', () => {
    const { TMPDIR } = process.env
    process.env['TMPDIR'] = join(tmpdir(), 'is', 'not', 'there')
    try {
      expect(Buffer.from(new Spool().keep(Buffer.from('some bytes'))()).toString()).toBe('some bytes')
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = TMPDIR
    }
  })
})

function isSpool(descriptor: string): boolean {
  try {
    return /wiretape-\d+-[\da-f]+ \(deleted\)$/.test(readlinkSync(descriptor))
  } catch {
    return false
  }
}
