import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import * as fc from 'fast-check'
import { RequestParser } from '../../src/http1/request-parser.ts'
import { Recording } from '../../src/recorder/recording.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { countOf, every } from '../helpers/share.ts'
import { ScriptedTransport } from '../helpers/scripted-transport.ts'
import { bytesOf, outline } from '../redaction/outline.ts'
import { BODIES, type MadeBody, conversationWith, SECRET } from './bodies.ts'
import { bodyBreach, contentIn, listedBodies, madeBodies } from './body-laws.ts'

/** Bytes: what takes quadratic time shows at some thousand. */
const SIZE = 2000

test('no body ends a save, takes long, or changes the messages', () => {
  const wrongs = every(29, listedBodies(SIZE)).flatMap((made) => {
    const breach = attempt(() => bodyBreach(made))
    return breach === undefined ? [] : [`${made.name} as ${made.type}, ${made.coding}, ${made.framing}: ${breach}`]
  })
  expect(wrongs).toEqual([])
})

test('nor does any that is put together of them', () => {
  fc.assert(
    fc.property(madeBodies(400), (made) => expectEqual(bodyBreach(made) ?? 'none', 'none', 'a breach')),
    { numRuns: countOf(15, 3000) },
  )
})

test('takes time linear in what is made to take quadratic time', () => {
  for (const name of ['tokens in tokens', 'tokens in lists', 'a form of one long value', 'escaped percent signs']) {
    const made = { body: BODIES[name]?.(60_000) ?? Buffer.alloc(0), type: '', coding: 'none', framing: 'a length' }
    expect(made.body.length).toBeGreaterThan(50_000)
    expect(bodyBreach(made), name).toBeUndefined()
  }
})

test('all of them are in the cassette when they were recorded by one client', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
  try {
    const path = join(folder, 'bodies.yaml')
    const recording = await Recording.open(path, { redact: { secrets: [SECRET], opaque: 'keep' } })
    const cassettes = every(29, listedBodies(SIZE, 5)).map(conversationWith)
    for (const cassette of cassettes) await passThrough(recording, cassette)
    await recording.save()
    const { tape } = await loadCassette(path)
    const connections = cassettes.map((cassette, index) => ({
      ...cassette,
      tape: tape.filter(({ connection }) => connection === index + 1),
    }))
    expect(connections.map(outline)).toEqual(cassettes.map(outline))
    for (const connection of connections) expect(textIn(connection)).not.toContain(SECRET)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a form with an empty field is recorded as it is', () => {
  const made: MadeBody = {
    body: BODIES['one empty part']?.(0) ?? Buffer.alloc(0),
    type: 'multipart/form-data; boundary=b',
    coding: 'none',
    framing: 'chunks',
  }
  expect(bodyBreach(made)).toBeUndefined()
  expect(contentIn(new RequestParser(), bytesOf(conversationWith(made), 'sent')).toString()).toBe(
    '--b\r\n\r\n--b--\r\n',
  )
})

/** Lets what a tape holds pass over a connection that is recorded. */
async function passThrough(recording: Recording, cassette: Cassette): Promise<void> {
  const peer = new ScriptedTransport().say(bytesOf(cassette, 'received')).hangUp()
  const connect = recording.wrap(async () => peer)
  const transport = await connect({ protocol: 'http', host: 'api.test', port: 80 }, {})
  await transport.write(bytesOf(cassette, 'sent'))
  while ((await transport.read()) !== null);
  transport.destroy()
}

const textIn = (cassette: Cassette): string =>
  bytesOf(cassette, 'sent').toString('latin1') + bytesOf(cassette, 'received').toString('latin1')

function attempt(run: () => string | undefined): string | undefined {
  try {
    return run()
  } catch (error) {
    return String(error)
  }
}
