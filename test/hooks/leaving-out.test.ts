import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { decodeCassette } from '../../src/format/decode.ts'
import { countOf } from '../helpers/share.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import type { RecordHook } from '../../src/hooks/hook.ts'
import { HookedRecords } from '../../src/hooks/hooked-records.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { inOrder, recordsOf } from '../../src/tape/record.ts'
import type { OpenCassette } from '../../src/use/open-cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import type { UseCassetteOptions } from '../../src/use/use-options.ts'
import { answer, type ConnectionWriter, request, TapeWriter } from '../helpers/tape.ts'

interface LiveServer {
  readonly url: string
  answer: RequestListener
}

const test = base.extend<{ dir: string; live: LiveServer }>({
  dir: async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  live: async ({}, use) => {
    const server = createServer((asked, response) => live.answer(asked, response))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const live: LiveServer = {
      url: `http://127.0.0.1:${Object(server.address()).port}`,
      answer: (asked, response) => response.end(`answer to ${asked.url}`),
    }
    await use(live)
    server.close().closeAllConnections()
  },
})

const open = (dir: string, options: UseCassetteOptions): Promise<OpenCassette> =>
  useCassette('left-out', { dir, env: {}, ...options })

/** Asks on one connection for as long as it is open, and on another one after that. */
function client(cassette: OpenCassette, url: string): (target: string) => Promise<string> {
  let connection = cassette.connect(url)
  return async (target) => {
    await connection.request('GET', target)
    const response = await connection.getResponse()
    const text = `${response.status} ${await response.text()}`
    if (response.headers.get('connection') === 'close') connection = cassette.connect(url)
    return text
  }
}

const saved = async (dir: string): Promise<Cassette> =>
  decodeCassette(await readFile(join(dir, 'left-out.yaml'), 'utf8'))

const requestsOf = (cassette: Cassette): string[] =>
  interactionsOf(cassette).map(({ connection, request: { method, target } }) => `${connection} ${method} ${target}`)

const withoutPending: RecordHook = (interaction) =>
  String(interaction.response?.body).includes('pending') ? null : interaction

test.describe('an interaction for which beforeRecord returns null is left out', () => {
  for (const [what, beforeRecord] of [
    ['at once', withoutPending],
    ['later', async (interaction) => withoutPending(interaction)],
  ] as const satisfies readonly (readonly [string, RecordHook])[]) {
    test(`of forty polls that are pending and one that is done, ${what}, the last one stays, and plays`, async ({
      dir,
      live,
    }) => {
      let polls = 0
      live.answer = (asked, response) => {
        if (asked.url === '/poll') polls += 1
        response.end(asked.url !== '/poll' ? 'made' : polls > 40 ? 'done' : 'pending')
      }
      const run = async (cassette: OpenCassette): Promise<string[]> => {
        const ask = client(cassette, live.url)
        const heard = [await ask('/start')]
        do heard.push(await ask('/poll'))
        while (heard.at(-1) === '200 pending')
        heard.push(await ask('/end'))
        return heard
      }
      const recording = await open(dir, { beforeRecord })
      expect(await run(recording)).toHaveLength(43)
      await recording.eject()
      expect(requestsOf(await saved(dir))).toEqual(['1 GET /start', '1 GET /poll', '1 GET /end'])
      const replay = await open(dir, { mode: 'none', allowUnused: false, failOnMiss: true })
      expect(await run(replay)).toEqual(['200 made', '200 done', '200 made'])
      await replay.eject()
    })
  }

  for (const status of [429, 503]) {
    test(`of requests that were refused with ${status} and the end of the connection, none stays, nor such an end`, async ({
      dir,
      live,
    }) => {
      let count = 0
      live.answer = (_, response) => {
        count += 1
        const isRefused = count === 2 || count === 3
        response.writeHead(isRefused ? status : 200, { Connection: isRefused ? 'close' : 'keep-alive' })
        response.end(isRefused ? 'wait' : 'fine')
      }
      const run = async (cassette: OpenCassette): Promise<string[]> => {
        const ask = client(cassette, live.url)
        const heard = [await ask('/a')]
        do heard.push(await ask('/b'))
        while (heard.at(-1) !== '200 fine')
        return heard
      }
      const recording = await open(dir, {
        beforeRecord: (interaction) => (interaction.response?.status === status ? null : interaction),
      })
      expect(await run(recording)).toEqual(['200 fine', `${status} wait`, `${status} wait`, '200 fine'])
      await recording.eject()
      const cassette = await saved(dir)
      // The second connection carried nothing but a refusal.
      expect(requestsOf(cassette)).toEqual(['1 GET /a', '3 GET /b'])
      expect(cassette.tape.filter((event) => event.type === 'end' && event.by === 'server')).toEqual([])
      const replay = await open(dir, { mode: 'none', allowUnused: false, failOnMiss: true })
      expect(await run(replay)).toEqual(['200 fine', '200 fine'])
      await replay.eject()
    })
  }

  test('in memory as well', async ({ dir, live }) => {
    const recording = await open(dir, {
      save: false,
      beforeRecord: (interaction) => (interaction.request.target === '/2' ? null : interaction),
    })
    const ask = client(recording, live.url)
    for (const target of ['/1', '/2', '/3']) await ask(target)
    expect(recording.interactions.map(({ request: { target } }) => target)).toEqual(['/1', '/3'])
    await recording.eject()
  })

  test('with new_episodes, and is asked for again in the next run', async ({ dir, live }) => {
    const seen: string[] = []
    live.answer = (asked, response) => {
      seen.push(String(asked.url))
      response.end(`answer to ${asked.url}`)
    }
    for (const run of [1, 2]) {
      await using cassette = await open(dir, {
        mode: 'new_episodes',
        failOnMiss: true,
        beforeRecord: (interaction) => (interaction.request.target === '/poll' ? null : interaction),
      })
      const ask = client(cassette, live.url)
      for (const target of ['/1', '/poll', `/only-${run}`, '/2']) await ask(target)
      expect(cassette.summary.recorded, `run ${run}`).toBe(run === 1 ? 3 : 2)
      await cassette.eject()
    }
    expect(seen).toEqual(['/1', '/poll', '/only-1', '/2', '/poll', '/only-2', '/2'])
    const targets = interactionsOf(await saved(dir)).map(({ request: { target } }) => target)
    expect(targets).toEqual(['/1', '/only-1', '/2', '/only-2', '/2'])
  })

  test('so nothing is saved if that is all', async ({ dir, live }) => {
    const recording = await open(dir, { beforeRecord: () => null })
    await client(recording, live.url)('/a')
    await recording.eject()
    await expect(saved(dir)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

test('beforePlayback leaves nothing out: null is not an interaction', async ({ dir, live }) => {
  const recording = await open(dir, {})
  await client(recording, live.url)('/a')
  await recording.eject()
  // @ts-expect-error: what JavaScript may bring
  const replay = await open(dir, { mode: 'none', beforePlayback: () => null })
  await client(replay, live.url)('/a')
  await expect(replay.eject()).rejects.toMatchObject({ code: 'HOOK_FAILED' })
})

const withoutDropped: RecordHook = (interaction) => (interaction.request.target.includes('drop') ? null : interaction)

/** What is recorded of a tape by a hook that leaves out requests with `drop` in their target. */
function recorded({ tape, ...cassette }: Cassette, records = recordsOf(tape)): Cassette {
  const written: TapeEvent[] = []
  const hooked = HookedRecords.of(
    { beforeRecord: withoutDropped },
    { redact: (events) => events, write: (events) => void written.push(...events) },
  )
  for (const record of records) hooked?.add(record)
  hooked?.giveUp()
  expect(hooked?.error((text) => text)).toBeUndefined()
  return { ...cassette, tape: inOrder(written) }
}

const typesOf = ({ tape }: Cassette): string[] =>
  tape.map((event) => ('by' in event ? `${event.type} ${event.by}` : event.type))

function onOneConnection(write: (connection: ConnectionWriter) => void): Cassette {
  const tape = new TapeWriter()
  write(tape.open('http://api.test'))
  return tape.cassette
}

const ASKED = request('GET', '/kept')
const DROPPED = request('GET', '/drop')

/** Conversations, and what is recorded of them. */
const CASES: readonly (readonly [what: string, write: (connection: ConnectionWriter) => void, types: string])[] = [
  [
    'the first one',
    (c) => c.sent(DROPPED).received(answer('x')).sent(ASKED).received(answer('y')).closed('client'),
    'open, sent, received, close client',
  ],
  [
    'the last one, after which the client closes',
    (c) => c.sent(ASKED).received(answer('y')).sent(DROPPED).received(answer('x')).closed('client'),
    'open, sent, received, close client',
  ],
  [
    'the last one, after which the server ends',
    (c) => c.sent(ASKED).received(answer('y')).sent(DROPPED).received(answer('x')).ended('server').closed('client'),
    'open, sent, received, close client',
  ],
  [
    'the last one, which the server resets',
    (c) =>
      c
        .sent(ASKED)
        .received(answer('y'))
        .sent(DROPPED)
        .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab')
        .closed('server', { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'reset' }),
    'open, sent, received',
  ],
  [
    'the last one, which never had an answer',
    (c) =>
      c
        .sent(ASKED)
        .received(answer('y'))
        .sent(DROPPED)
        .closed('client', { code: 'HEADERS_TIMEOUT', phase: 'headers', message: '' }),
    'open, sent, received',
  ],
  ['the only one', (c) => c.sent(DROPPED).received(answer('x')).closed('client'), ''],
  [
    'the only one, with a body up to the end',
    (c) => c.sent(DROPPED).received('HTTP/1.1 200 OK\r\n\r\nx', 'y').ended('server').closed('client'),
    '',
  ],
  [
    'one with an interim response, in several segments',
    (c) =>
      c
        .sent(DROPPED.slice(0, 9), DROPPED.slice(9))
        .received('HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Le', 'ngth: 1\r\n\r\nx')
        .sent(ASKED)
        .received(answer('y'))
        .ended('server'),
    'open, sent, received, end server',
  ],
  [
    'an upgrade, with all that follows',
    (c) =>
      c
        .sent(ASKED)
        .received(answer('y'))
        .sent(request('GET', '/drop', '', ['Connection: upgrade', 'Upgrade: x']))
        .received('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello')
        .sent('one')
        .received('two')
        .sent('three')
        .ended('server')
        .closed('client'),
    'open, sent, received, close client',
  ],
  [
    'a pipelined one whose answer is in a later record',
    (c) =>
      c
        .sent(ASKED + DROPPED, ASKED)
        .received(answer('y'), answer('x'), answer('z'))
        .closed('client'),
    'open, sent, sent, received, received, close client',
  ],
]

test.describe('the rest of the connection is a tape without', () => {
  for (const [what, write, types] of CASES) {
    test(what, () => {
      const cassette = onOneConnection(write)
      // The recorder ends a record with each answer, and writes the end of a connection by itself.
      for (const records of [
        recordsOf(cassette.tape),
        [cassette.tape.slice(0, 2), ...inRecords(cassette.tape.slice(2), 1)],
      ]) {
        const after = recorded(cassette, records)
        expect(typesOf(after).join(', ')).toBe(types)
        expect(requestsOf(after).every((line) => line.endsWith('/kept'))).toBe(true)
        if (after.tape.length > 0) expect(decodeCassette(encodeCassette(after)).tape).toEqual(after.tape)
      }
    })
  }
})

test('whichever interactions are left out, pipelined or not and however they are cut, the others are as they were', () => {
  const exchange = fc.record({
    isKept: fc.boolean(),
    body: fc.stringMatching(/^[a-z]{0,30}$/),
    isChunked: fc.boolean(),
    isInterim: fc.boolean(),
    isPipelined: fc.boolean(),
  })
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      fc.array(exchange, { maxLength: 8 }),
      cuts,
      fc.integer({ min: 1, max: 5 }),
      (exchanges, sizes, length) => {
        const messages = exchanges.map(({ isKept, body, isChunked, isInterim, isPipelined }, k) => {
          const interim = isInterim ? 'HTTP/1.1 103 Early Hints\r\n\r\n' : ''
          const chunk = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`
          const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`
          const sent = request(body === '' ? 'GET' : 'POST', isKept ? `/${k}` : `/${k}/drop`, body)
          return { isKept, isPipelined, sent, received: interim + (isChunked ? chunked : answer(body)) }
        })
        const cassette = onOneConnection((connection) => {
          let due = ''
          for (const [k, { sent, received }] of messages.entries()) {
            connection.sent(...pieces(sent, sizes))
            due += received
            if (messages[k + 1]?.isPipelined === true) continue
            connection.received(...pieces(due, sizes))
            due = ''
          }
          connection.closed('client')
        })
        const after = recorded(cassette, inRecords(cassette.tape, length))
        const kept = messages.filter(({ isKept }) => isKept)
        expect(said(after, 'sent')).toBe(kept.map(({ sent }) => sent).join(''))
        expect(said(after, 'received')).toBe(kept.map(({ received }) => received).join(''))
        expect(interactionsOf(after)).toHaveLength(kept.length)
        expect(interactionsOf(after).every(({ request: { isComplete } }) => isComplete)).toBe(true)
      },
    ),
    { numRuns: countOf(60, 300) },
  )
})

function pieces(text: string, sizes: readonly number[]): string[] {
  const result: string[] = []
  for (let [at, k] = [0, 0]; at < text.length; k += 1) {
    const size = sizes[k % sizes.length] ?? 1
    result.push(text.slice(at, at + size))
    at += size
  }
  return result
}

function inRecords(tape: readonly TapeEvent[], length: number): TapeEvent[][] {
  return Array.from({ length: Math.ceil(tape.length / length) }, (_, k) => tape.slice(k * length, (k + 1) * length))
}

const said = ({ tape }: Cassette, type: 'sent' | 'received'): string =>
  tape.map((event) => (event.type === type ? Buffer.from(event.bytes).toString('latin1') : '')).join('')
