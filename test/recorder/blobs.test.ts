import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Recording, type RecordingOptions } from '../../src/recorder/recording.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'

const test = base.extend<{ folder: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-recorded-blobs-'))
    await use(folder)
    rmSync(folder, { recursive: true })
  },
})

const SECRET = 'k3y-Zx81qLw0Tn55'
const pixels = (seed: number): Buffer =>
  Buffer.from(Array.from({ length: 100_000 }, (_, at) => ((at * 7919 + seed) % 251) ^ (at >> 8)))
const PICTURE = pixels(1)
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What a server says: a target, and the body of its answer. */
type Talk = readonly (readonly [target: string, body: Uint8Array, type?: string])[]

async function ask(recording: Recording, talk: Talk): Promise<void> {
  const peer = new ScriptedTransport()
  const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
  for (const [target, body, type = 'image/png'] of talk) {
    await connection.request('GET', target)
    peer.say(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`)
    peer.say(body)
    expect(Buffer.compare(await (await connection.getResponse()).bytes(), body)).toBe(0)
  }
  await connection.close()
}

async function record(path: string, talk: Talk, options: RecordingOptions = {}): Promise<void> {
  const recording = await Recording.open(path, options)
  await ask(recording, talk)
  await recording.save()
}

/** The names of the blobs; everything else in the folder must be the cassette, which is small. */
function blobsIn(folder: string): readonly string[] {
  expect(readdirSync(folder).toSorted()).toEqual(['blobs', 'users.yaml'])
  expect(statSync(join(folder, 'users.yaml')).size).toBeLessThan(6000)
  const names = readdirSync(join(folder, 'blobs'))
  for (const name of names) expect(digest(readFileSync(join(folder, 'blobs', name)))).toBe(name)
  return names.toSorted()
}

async function answersIn(path: string): Promise<string> {
  const { tape, notes } = await loadCassette(path)
  expect(notes).toEqual([])
  return Buffer.concat(tape.flatMap((event) => (event.type === 'received' ? [event.bytes] : []))).toString('latin1')
}

const inLatin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

test.describe('a body beside the cassette stays there', () => {
  test('when it is recorded again', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    await record(path, [['/1', PICTURE]])
    await record(path, [
      ['/1', PICTURE],
      ['/2', pixels(2)],
    ])
    expect(blobsIn(folder)).toEqual([PICTURE, pixels(2)].map(digest).toSorted())
    await record(path, [['/1', pixels(3)]])
    expect(blobsIn(folder)).toEqual([digest(pixels(3))])
    expect(await answersIn(path)).toContain(inLatin1(pixels(3)))
  })

  test('when it is recorded again and nothing has changed, whether the date is kept or not', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    await record(path, [['/1', PICTURE]])
    for (const keepsDate of [true, false]) {
      await record(path, [['/1', PICTURE]], { keepsDate })
      expect(blobsIn(folder)).toEqual([digest(PICTURE)])
    }
  })

  test('when a secret is found behind it, which goes from it as well', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const withSecret = Buffer.concat([PICTURE, Buffer.from(` ${SECRET} `), PICTURE])
    const recording = await Recording.open(path)
    await ask(recording, [
      ['/1', PICTURE],
      ['/2', withSecret],
      ['/3', Buffer.from(JSON.stringify({ access_token: SECRET })), 'application/json'],
    ])
    // Read before it is saved, when its bytes are in other blobs.
    expect(recording.cassette.tape.length).toBeGreaterThan(5)
    await recording.save()
    expect(blobsIn(folder)).toContain(digest(PICTURE))
    expect(blobsIn(folder)).toHaveLength(2)
    for (const name of blobsIn(folder)) expect(readFileSync(join(folder, 'blobs', name)).includes(SECRET)).toBe(false)
    expect(await answersIn(path)).not.toContain(SECRET)
    expect(await answersIn(path)).toContain(inLatin1(PICTURE))
    expect(recording.cassette.tape.flatMap((event) => ('bytes' in event ? [event.bytes] : [])).length).toBeGreaterThan(
      5,
    )
  })

  test('when the recording goes on where a dead one ended, beside a cassette or not', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    for (const number of [1, 2]) {
      const dead = await Recording.open(path, { adds: false })
      await ask(dead, [[`/${number}`, pixels(number)]])
      void dead.cassette
      const journal = readFileSync(`${path}.rec`)
      const blobs = readdirSync(join(folder, 'blobs')).map(
        (name) => [join(folder, 'blobs', name), readFileSync(join(folder, 'blobs', name))] as const,
      )
      dead.discard()
      writeFileSync(`${path}.rec`, journal)
      for (const [name, bytes] of blobs) writeFileSync(name, bytes)
      await record(path, [[`/${number}0`, pixels(number * 10)]], { adds: true })
    }
    expect(blobsIn(folder)).toEqual([1, 2, 10, 20].map((number) => digest(pixels(number))).toSorted())
    for (const number of [1, 2, 10, 20]) expect(await answersIn(path)).toContain(inLatin1(pixels(number)))
  })

  test('when what was added to it is in another form', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    await record(path, [['/1', PICTURE]])
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'))
    await record(path, [['/2', pixels(2)]], { adds: true })
    expect(blobsIn(folder)).toEqual([PICTURE, pixels(2)].map(digest).toSorted())
  })

  test('and goes with the recording that nobody wants', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const recording = await Recording.open(path)
    await ask(recording, [['/1', PICTURE]])
    expect(recording.cassette.tape.length).toBeGreaterThan(1)
    recording.discard()
    expect(readdirSync(join(folder, 'blobs'))).toEqual([])
  })

  test('and is with what was recovered', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    const recording = await Recording.open(path)
    await ask(recording, [['/1', PICTURE]])
    expect(recording.cassette.tape.length).toBeGreaterThan(1)
    await recoverCassette(`${path}.rec`, { to: join(folder, 'again.yaml') })
    expect(await answersIn(join(folder, 'again.yaml'))).toContain(inLatin1(PICTURE))
    recording.discard()
    expect(readdirSync(join(folder, 'blobs'))).toEqual([digest(PICTURE)])
  })
})
