import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turnEnd } from 'node:timers/promises'
import { test as base, expect } from '../helpers/test.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { recoverCassette } from '../../src/store/recover.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { Recording, type RecordingOptions } from '../../src/recorder/recording.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'

const test = base.extend<{ folder: string; path: string }>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  path: async ({ folder }, use) => use(join(folder, 'users.yaml')),
})

/** Asks once for each target on a connection of its own, which stays open; the turn of the last answer is over then. */
async function ask(recording: Recording, ...targets: readonly string[]): Promise<HttpConnection> {
  const peer = new ScriptedTransport()
  const connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
  for (const target of targets) {
    await connection.request('GET', target)
    peer.say(answer(target))
    expect(await (await connection.getResponse()).text()).toBe(target)
  }
  await turnEnd()
  return connection
}

const PLAIN: RecordingOptions = { redact: false }

const targetsIn = async (path: string): Promise<string[]> =>
  interactionsOf(await loadCassette(path)).map(({ request: { target } }) => target)

/** A recording whose process was killed, as far as its files tell. */
async function killed(path: string, options: RecordingOptions, ...targets: readonly string[]): Promise<void> {
  const recording = await Recording.open(path, options)
  await ask(recording, ...targets)
  const journal = readFileSync(`${path}.rec`)
  recording.discard()
  writeFileSync(`${path}.rec`, journal)
}

test.describe('Recording', () => {
  test('has on the disk at the end of a turn what the caller has seen in it, and the old cassette as it was until it is saved', async ({
    path,
    folder,
  }) => {
    writeFileSync(path, 'old')
    const recording = await Recording.open(path, PLAIN)
    await ask(recording, '/1')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(readFileSync(`${path}.rec`, 'utf8')).toMatch(/GET \/1 HTTP[^]*\n {2}- saved: crc32 [\da-f]{8}\n$/)
    expect(interactionsOf(recording.cassette)).toHaveLength(1)
    await recording.save()
    expect(readdirSync(folder)).toEqual(['users.yaml'])
    expect(await targetsIn(path)).toEqual(['/1'])
    expect(interactionsOf(recording.cassette)).toHaveLength(1)
  })

  for (const [what, isThere] of [
    ['a new cassette', false],
    ['a cassette that it replaces', true],
  ] as const)
    test(`waits with ${what} for hooks that are not done, and keeps all that they promised`, async ({ path }) => {
      if (isThere)
        await saveCassette(
          path,
          oneConnection('http://api.test', (it) => it.sent(request('GET', '/0'))),
        )
      const due: (() => void)[] = []
      const recording = await Recording.open(path, {
        ...PLAIN,
        beforeRecord: (interaction) => new Promise((resolve) => void due.push(() => resolve(interaction))),
      })
      await ask(recording, '/1', '/2')
      await ask(recording, '/3')
      const saving = recording.save()
      await turnEnd()
      for (const keep of due.toReversed()) keep()
      await saving
      // A connection that was there before keeps its times, so others may come before what follows on it.
      expect((await targetsIn(path)).toSorted()).toEqual(['/1', '/2', '/3'])
    })

  test('saves, with a hook that answers at once, requests of a pipeline whose answers are still to come', async ({
    path,
  }) => {
    const recording = await Recording.open(path, { ...PLAIN, beforeRecord: (interaction) => interaction })
    const peer = new ScriptedTransport()
    const transport = await recording.wrap(async () => peer)({ protocol: 'http', host: 'api.test', port: 80 }, {})
    await transport.write(Buffer.from(request('GET', '/1') + request('GET', '/2')))
    peer.say(answer('/1'))
    await transport.read()
    await turnEnd()
    await recording.save()
    expect(await targetsIn(path)).toEqual(['/1', '/2'])
  })

  test('warns once of bodies that it withheld, with the reasons, and of nothing else', async ({ path }) => {
    const warnings: (readonly unknown[])[] = []
    const emitWarning = process.emitWarning.bind(process)
    process.emitWarning = (...told: readonly unknown[]) => void warnings.push(told)
    try {
      for (const coding of ['x-snappy', 'identity']) {
        const recording = await Recording.open(path, { redact: { env: {} } })
        for (const target of ['/1', '/2']) {
          const peer = new ScriptedTransport()
          await using connection = HttpConnection.to('http://api.test', { connector: recording.wrap(async () => peer) })
          await connection.request('GET', target)
          peer.say(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: 4\r\n\r\n`)
          peer.say(Buffer.from(coding === 'identity' ? 'text' : '\xff\xfe\xfd\xfc', 'latin1'))
          await (await connection.getResponse()).bytes()
        }
        await recording.save()
        expect(warnings).toEqual([
          [
            expect.stringMatching(
              /users\.yaml: bodies withheld that could not be searched for secrets: 2 \([^;]+\); see/,
            ),
            { type: 'WiretapeWarning', code: 'BODY_WITHHELD' },
          ],
        ])
      }
    } finally {
      process.emitWarning = emitWarning
    }
  })

  test('lists by connection what ran side by side, each record as it was written', async ({ path }) => {
    const recording = await Recording.open(path, PLAIN)
    const [one, other] = [await ask(recording, '/1', '/3'), await ask(recording, '/2')]
    await one.close()
    await other.close()
    await turnEnd()
    const journal = readFileSync(`${path}.rec`, 'utf8')
    await recording.save()
    const text = readFileSync(path, 'utf8')
    const numbers = [...text.matchAll(/^ {2}- (?:via|open|close): (\d+)$/gm)].map(([, number]) => number)
    expect(numbers).toEqual(['1', '1', '1', '1', '1', '1', '2', '2', '2', '2'])
    expect(text.split('\n').toSorted().join('\n')).toBe(
      `${journal}events: ${(await loadCassette(path)).tape.length}\n`.split('\n').toSorted().join('\n'),
    )
    expect((await loadCassette(path)).notes).toEqual([])
  })

  test('leaves nothing if nothing was recorded, or if it was discarded', async ({ path, folder }) => {
    await (await Recording.open(path)).save()
    expect(readdirSync(folder)).toEqual([])
    const recording = await Recording.open(path)
    await ask(recording, '/1')
    recording.discard()
    expect(readdirSync(folder)).toEqual([])
    expect(recording.cassette.tape).toEqual([])
  })

  test('is refused while another one is open, before its first request', async ({ path }) => {
    const recording = await Recording.open(path)
    await expect(Recording.open(path)).rejects.toMatchObject({ code: 'CASSETTE_LOCKED', file: path })
    recording.discard()
    ;(await Recording.open(path)).discard()
  })

  test('is refused if nothing can be written, and then locks nothing', async ({ folder }) => {
    const path = join(folder, 'users.yaml')
    writeFileSync(join(folder, 'users.yaml.rec'), '')
    rmSync(join(folder, 'users.yaml.rec'))
    await expect(Recording.open(`${folder}/${'x'.repeat(251)}`)).rejects.toMatchObject({ code: 'CASSETTE_IO' })
    await expect(Recording.open(folder)).rejects.toMatchObject({ code: 'NOT_A_REGULAR_FILE' })
    expect(existsSync(`${path}.lock`)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  test('keeps what it adds to byte for byte, comments included', async ({ path }) => {
    const old = encodeCassette(
      oneConnection('http://api.test', (it) => it.sent(request('GET', '/1')).received(answer('1'))),
    )
    const edited = old.replace('  - via: 1', '  # a comment of mine\n  - via: 1')
    writeFileSync(path, edited)
    const recording = await Recording.open(path, { ...PLAIN, adds: true })
    await ask(recording, '/2')
    await recording.save()
    const text = readFileSync(path, 'utf8')
    expect(text.startsWith(edited.slice(0, edited.indexOf('events:')))).toBe(true)
    const { tape, notes } = await loadCassette(path)
    expect(tape.map(({ connection }) => connection)).toEqual([1, 1, 1, 2, 2, 2])
    expect(await targetsIn(path)).toEqual(['/1', '/2'])
    expect(notes).toEqual([])
  })

  test('adds to a cassette that was edited into another form', async ({ path }) => {
    writeFileSync(
      path,
      'tape: [{ open: 1, to: "http://api.test", at: 0, took: 1 }]\r\nwiretape: 1\r\nrecorded: { at: a, by: b, node: c }\r\nevents: 1',
    )
    const recording = await Recording.open(path, { ...PLAIN, adds: true })
    await ask(recording, '/2')
    await recording.save()
    expect((await loadCassette(path)).tape.map(({ type }) => type)).toEqual(['open', 'open', 'sent', 'received'])
  })

  test('gives new secrets placeholders that the cassette it adds to does not have', async ({ path }) => {
    for (const token of ['k3yk3yk3y1', 'k3yk3yk3y2']) {
      const recording = await Recording.open(path, { adds: true })
      await ask(recording, `/?token=${token}`, `/?token=${token}&again`)
      await recording.save()
    }
    expect(await targetsIn(path)).toEqual([
      '/?token={{token.1}}',
      '/?token={{token.1}}&again',
      '/?token={{token.2}}',
      '/?token={{token.2}}&again',
    ])
    expect(readFileSync(path, 'utf8')).not.toContain('k3yk3y')
  })

  test('leaves a cassette as it is that says the same, unless its date counts', async ({ path, folder }) => {
    for (const options of [PLAIN, PLAIN, { ...PLAIN, keepsDate: false }]) {
      const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const recording = await Recording.open(path, options)
      await ask(recording, '/1', '/2')
      await recording.save()
      expect(readdirSync(folder)).toEqual(['users.yaml'])
      expect(recording.cassette.tape).toHaveLength(5)
      if (before === '') writeFileSync(path, readFileSync(path, 'utf8').replace(/at: "2\d{3}/, 'at: "2000'))
      else if (options.keepsDate !== false) expect(readFileSync(path, 'utf8')).toBe(before)
      else expect(readFileSync(path, 'utf8').split('\ntape:')[1]).toBe(before.split('\ntape:')[1])
    }
    expect(readFileSync(path, 'utf8')).not.toContain('at: "2000')
  })

  test('saves no secret, even if it was sent before it was known to be one', async ({ path }) => {
    const recording = await Recording.open(path)
    await ask(recording, '/users/k3yk3yk3y1', '/?token=k3yk3yk3y1')
    await recording.save()
    expect(await targetsIn(path)).toEqual(['/users/{{token.1}}', '/?token={{token.1}}'])
    expect(readFileSync(path, 'utf8')).not.toContain('k3yk3y')
  })

  test('does not replace a cassette that was changed meanwhile, and loses nothing', async ({ path, folder }) => {
    const recording = await Recording.open(path, PLAIN)
    await ask(recording, '/1')
    writeFileSync(path, 'of somebody else')
    await expect(recording.save()).rejects.toMatchObject({
      code: 'CASSETTE_CHANGED',
      message: /^something else changed the cassette during the recording: what was .*users\.yaml\.rec.*recover/,
    })
    expect(readFileSync(path, 'utf8')).toBe('of somebody else')
    expect(readdirSync(folder).toSorted()).toEqual(['users.yaml', 'users.yaml.rec'])
  })

  test('says so if its folder is gone', async ({ folder }) => {
    const path = join(folder, 'cassettes', 'users.yaml')
    const recording = await Recording.open(path, PLAIN)
    await ask(recording, '/1')
    rmSync(join(folder, 'cassettes'), { recursive: true })
    await expect(recording.save()).rejects.toMatchObject({ code: 'CASSETTE_IO', file: `${path}.rec` })
  })
})

test.describe('what a killed recording left', () => {
  test('is recorded anew with a warning, and kept by a recording that adds', async ({ path, folder }) => {
    await killed(path, PLAIN, '/1')
    const adding = await Recording.open(path, { ...PLAIN, adds: true })
    expect(interactionsOf(adding.cassette)).toHaveLength(1)
    await adding.save()
    expect(await targetsIn(path)).toEqual(['/1'])

    await killed(path, { ...PLAIN, adds: true }, '/2')
    const again = await Recording.open(path, { ...PLAIN, adds: true })
    await ask(again, '/3')
    await again.save()
    expect(await targetsIn(path)).toEqual(['/1', '/2', '/3'])

    await killed(path, PLAIN, '/4')
    const both = await Recording.open(path, { ...PLAIN, adds: true })
    await both.save()
    expect(await targetsIn(path)).toEqual(['/1', '/2', '/3', '/4'])

    await killed(path, PLAIN, '/5')
    const warnings: Error[] = []
    process.on('warning', (warning) => warnings.push(warning))
    const anew = await Recording.open(path, PLAIN)
    await ask(anew, '/6')
    await anew.save()
    await expect.poll(() => warnings).toMatchObject([{ message: /users\.yaml\.rec has 1 whole record .* anew/ }])
    expect(await targetsIn(path)).toEqual(['/6'])
    expect(readdirSync(folder)).toEqual(['users.yaml'])
  })

  test('is recovered up to its last whole record, wherever it was cut', async ({ path }) => {
    await killed(path, PLAIN, '/1', '/2', '/3')
    const journal = readFileSync(`${path}.rec`)
    const ends = [...journal.toString().matchAll(/saved: .*\n/g)].map(({ 0: { length }, index }) => index + length)
    const start = journal.indexOf('tape:\n') + 'tape:\n'.length
    for (let size = start; size <= journal.length; size += 7) {
      writeFileSync(`${path}.rec`, journal.subarray(0, size))
      const records = ends.filter((end) => end <= size).length
      const kept = ends[records - 1] ?? start
      const recovery = await recoverCassette(path)
      expect(recovery).toMatchObject({ path, records, droppedBytes: size - kept })
      expect(await targetsIn(path)).toEqual(['/1', '/2', '/3'].slice(0, records))
      expect(existsSync(`${path}.rec`)).toBe(false)
      rmSync(path)
    }
  })

  test('does not replace a whole cassette unless asked to', async ({ path, folder }) => {
    const old = oneConnection('http://api.test', (it) => it.sent(request('GET', '/old')).received(answer('old')))
    await saveCassette(path, old)
    await killed(path, PLAIN, '/1')
    for (const given of [path, `${path}.rec`])
      await expect(recoverCassette(given)).rejects.toMatchObject({ code: 'CASSETTE_EXISTS', file: path })
    const to = join(folder, 'other.yaml')
    expect(await recoverCassette(path, { to })).toMatchObject({ from: `${path}.rec`, path: to, records: 1 })
    expect(await targetsIn(path)).toEqual(['/old'])
    await recoverCassette(path, { replace: true })
    expect(await targetsIn(path)).toEqual(['/1'])
    expect(readdirSync(folder).toSorted()).toEqual(['other.yaml', 'users.yaml'])
  })

  test('ends before a record that was damaged', async ({ path }) => {
    await killed(path, PLAIN, '/1', '/2', '/3')
    const journal = readFileSync(`${path}.rec`, 'utf8')
    for (const damage of [
      (text: string) => text.replace('GET /2 HTTP', 'GET /X HTTP'),
      (text: string) => text.replace('GET /2 HTTP', '\0'.repeat(20)),
    ]) {
      writeFileSync(`${path}.rec`, damage(journal))
      expect(await recoverCassette(path)).toMatchObject({ records: 1 })
      expect(await targetsIn(path)).toEqual(['/1'])
      rmSync(path)
    }
  })
})

test.describe('a cassette without its end', () => {
  const whole = oneConnection('http://api.test', (it) =>
    it.sent(request('GET', '/1')).received(answer('1')).sent(request('GET', '/2')).received(answer('2')),
  )

  test('is read up to its last whole record with `recover`, and made whole by recoverCassette', async ({ path }) => {
    const text = encodeCassette(whole)
    writeFileSync(path, text.slice(0, -20))
    await expect(loadCassette(path)).rejects.toMatchObject({ code: 'TORN_TAIL' })
    expect((await loadCassette(path, { recover: true })).records).toHaveLength(1)
    expect(await recoverCassette(path)).toMatchObject({ from: path, path, records: 1, line: 27 })
    expect(await targetsIn(path)).toEqual(['/1'])
    expect(await recoverCassette(path)).toMatchObject({ records: 1, droppedBytes: 0 })
  })

  test('is left alone if it has its end', async ({ path }) => {
    writeFileSync(path, encodeCassette(whole).replaceAll('\n', '\r\n'))
    const before = readFileSync(path, 'utf8')
    expect(await recoverCassette(path)).toMatchObject({ records: 2, droppedBytes: 0 })
    expect(readFileSync(path, 'utf8')).toBe(before)
    expect((await loadCassette(path, { recover: true })).records).toHaveLength(2)
  })
})
