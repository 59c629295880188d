import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { setupServer } from 'msw/node'
import { useCassette } from '../../src/index.ts'
import { answersOf, handlersFrom, lossReport, recordThrough } from '../../src/msw/index.ts'
import { startApi } from '../playwright/suite.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cassette } from '../../src/tape/cassette.ts'

// One server of msw patches the process, so one test at a time.
test.describe.configure({ mode: 'serial' })

const ORIGIN = 'http://api.test'

/** Answers of every kind that msw can give, and of each that it cannot. */
function talk(): Cassette {
  const tape = new TapeWriter()
  const zipped = gzipSync('squeezed')
  tape
    .open(ORIGIN)
    .sent(request('GET', '/a?x=1'))
    .received(
      'HTTP/1.1 201 Made it\r\nX-One: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\n\u00ff\0\u0001',
    )
    .sent(request('GET', '/again'))
    .received(answer('first'))
    .sent(request('GET', '/again'))
    .received(answer('second'))
    .sent(request('POST', '/form', 'a=1'))
    .received(answer('one'))
    .sent(request('POST', '/form', 'a=2'))
    .received(answer('two'))
    .sent(request('GET', '/zip'))
    .received(
      Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`),
        zipped,
      ]),
    )
    .sent(request('GET', '/chunked'))
    .received(
      'HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      '2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n',
    )
    .sent(request('GET', '/none'))
    .received('HTTP/1.1 204 \r\n\r\n')
    .sent(request('GET', '/odd'))
    .received('HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n')
    .sent(request('GET', '/cut'))
    .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
    .closed('server', { code: 'CONNECTION_LOST', phase: 'body', systemCode: 'ECONNRESET', message: 'read ECONNRESET' })
  return tape.cassette
}

test('handlers give what was recorded, repeats in their order, and network errors where nothing whole came', async () => {
  const server = setupServer(...handlersFrom(talk()))
  server.listen({ onUnhandledRequest: 'error' })
  try {
    const made = await fetch(`${ORIGIN}/a?x=1`)
    expect(made).toMatchObject({ status: 201, statusText: 'Made it' })
    expect(made.headers.get('x-one')).toBe('1')
    expect(made.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(Buffer.from(await made.arrayBuffer()).toString('latin1')).toBe('\u00ff\0\u0001')
    await expect(fetch(`${ORIGIN}/a?x=2`)).rejects.toThrow()

    const bodies: string[] = []
    for (const _ of [1, 2, 3]) bodies.push(await (await fetch(`${ORIGIN}/again`)).text())
    expect(bodies).toEqual(['first', 'second', 'second'])
    const post = async (body: string): Promise<string> =>
      (await fetch(`${ORIGIN}/form`, { method: 'POST', body })).text()
    expect([await post('a=2'), await post('a=1')]).toEqual(['two', 'one'])
    await expect(post('a=3')).rejects.toThrow()

    const zip = await fetch(`${ORIGIN}/zip`)
    expect([await zip.text(), zip.headers.get('content-encoding')]).toEqual(['squeezed', null])
    expect(await (await fetch(`${ORIGIN}/chunked`)).text()).toBe('abc')
    expect((await fetch(`${ORIGIN}/none`)).status).toBe(204)
    await expect(fetch(`${ORIGIN}/odd`)).rejects.toThrow()
    await expect(fetch(`${ORIGIN}/cut`)).rejects.toThrow()
  } finally {
    server.close()
  }
})

test('a request that was played is left to the next handler where repeats are not allowed', async () => {
  const server = setupServer(...handlersFrom(talk(), { allowPlaybackRepeats: false }))
  server.listen({ onUnhandledRequest: 'error' })
  try {
    expect(await (await fetch(`${ORIGIN}/zip`)).text()).toBe('squeezed')
    await expect(fetch(`${ORIGIN}/zip`)).rejects.toThrow()
  } finally {
    server.close()
  }
})

test('the loss report names what handlers cannot give, and nothing else', () => {
  const told = lossReport(talk()).map(({ kind, interaction, detail }) => `${interaction ?? '-'} ${kind}: ${detail}`)
  expect(told.filter((line) => !line.includes(' headers: '))).toEqual([
    '5 coding: gzip; given decoded, without Content-Encoding',
    '6 interim: 103 before the answer',
    expect.stringMatching(/^6 chunking: 2 chunks; given in one piece$/),
    '6 trailers: X-Sum',
    '8 status: 999 is none that a Response can have; given as a network error',
    '9 cut off: cut off, CONNECTION_LOST ECONNRESET; given as a network error',
    expect.stringMatching(/^- timing: /),
  ])
})

test('the loss report says that fetch does not see how names were written', () => {
  expect(lossReport(talk()).filter(({ kind }) => kind === 'headers')).toHaveLength(7)
})

test('answers are data that survives JSON', () => {
  const answers = answersOf(talk())
  expect(JSON.parse(JSON.stringify(answers))).toEqual(answers)
})

test('what no handler answers is recorded on its way to the server, and replayed later', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  await using api = await startApi((asked, response) => response.end(`live ${asked.url}`))
  const ask = async (): Promise<readonly string[]> => {
    await using cassette = await useCassette('passed', { dir, env: {} })
    const server = setupServer(...handlersFrom(talk()), recordThrough(cassette))
    server.listen({ onUnhandledRequest: 'error' })
    try {
      return [await (await fetch(`${ORIGIN}/again`)).text(), await (await fetch(`${api.url}/new`)).text()]
    } finally {
      server.close()
    }
  }
  expect(await ask()).toEqual(['first', 'live /new'])
  api.stop()
  expect(await ask()).toEqual(['first', 'live /new'])

  // Neither a server that is gone nor a miss is an answer.
  await using replaying = await useCassette('passed', { dir, env: {}, mode: 'none' })
  const warned = once(process, 'warning')
  const server = setupServer(recordThrough(replaying))
  server.listen({ onUnhandledRequest: 'error' })
  await expect(fetch(`${api.url}/never`)).rejects.toThrow(TypeError)
  server.close()
  expect(await warned).toMatchObject([{ code: 'NO_MATCH' }])
  await rm(dir, { recursive: true })
})

test('what recordThrough passes on is decoded, and its head does not say otherwise', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  await using api = await startApi((_, response) => {
    const zipped = gzipSync('squeezed')
    const fields = { 'Content-Encoding': 'gzip', 'Content-Length': zipped.length, 'X-One': '1' }
    response.writeHead(203, 'Fine', fields).end(zipped)
  })
  const cassette = await useCassette('coded', { dir, env: {} })
  const server = setupServer(recordThrough(cassette))
  server.listen({ onUnhandledRequest: 'error' })
  try {
    const response = await fetch(`${api.url}/a`)
    const { status, statusText, headers } = response
    expect([status, statusText, await response.text(), headers.get('x-one')]).toEqual([203, 'Fine', 'squeezed', '1'])
    expect([...headers.keys()].filter((name) => name.startsWith('content-') || name.startsWith('transfer-'))).toEqual(
      [],
    )
  } finally {
    server.close()
    await cassette.eject()
    await rm(dir, { recursive: true })
  }
})

const ENDLESS = {
  'a stream of events': [{ 'Content-Type': 'text/event-stream' }, 'data: one\n\n'],
  'lines of JSON': [{ 'Content-Type': 'application/x-ndjson' }, '{"n":1}\n'],
  'lines of JSON by their other name': [{ 'Content-Type': 'application/jsonl; charset=utf-8' }, '{"n":1}\n'],
  'pictures one after another': [{ 'Content-Type': 'multipart/x-mixed-replace; boundary=b' }, '--b\r\n\r\none'],
  'a body of a type that has an end': [{ 'Content-Type': 'application/json' }, '[1'],
  'a body of no type': [{}, 'one'],
} as const

for (const [name, [fields, beginning]] of Object.entries(ENDLESS))
  test(`recordThrough passes on ${name} as it comes, also if it never ends`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
    const waiting: ServerResponse[] = []
    await using api = await startApi((_, response) => {
      response.writeHead(200, fields)
      response.write(beginning)
      waiting.push(response)
    })
    const cassette = await useCassette('events', { dir, env: {} })
    const server = setupServer(recordThrough(cassette))
    server.listen({ onUnhandledRequest: 'error' })
    try {
      const leaving = new AbortController()
      const response = await fetch(`${api.url}/events`, { signal: leaving.signal })
      const reader = response.body?.getReader()
      const first = await reader?.read()
      expect(Buffer.from(first?.value ?? []).toString()).toBe(beginning)
      waiting[0]?.write('and more')
      const second = await reader?.read()
      expect(Buffer.from(second?.value ?? []).toString()).toBe('and more')
      leaving.abort()
    } finally {
      server.close()
      await cassette.eject()
      api.stop()
    }
    await rm(dir, { recursive: true })
  })

test('recordThrough gives a slow body piece by piece, up to its end', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
  const waiting: ServerResponse[] = []
  await using api = await startApi((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain' })
    response.write('one, ')
    waiting.push(response)
  })
  const cassette = await useCassette('slow', { dir, env: {} })
  const server = setupServer(recordThrough(cassette))
  server.listen({ onUnhandledRequest: 'error' })
  try {
    const response = await fetch(`${api.url}/slow`)
    waiting[0]?.end('two')
    expect(await response.text()).toBe('one, two')
  } finally {
    server.close()
    await cassette.eject()
    api.stop()
  }
  await rm(dir, { recursive: true })
})
