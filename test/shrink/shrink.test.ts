import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { expect, test } from '../helpers/test.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { gzipSync } from 'node:zlib'
import { readExchanges } from '../../src/messages/exchanges.ts'
import { bugReport } from '../../src/shrink/bug-report.ts'
import { reduce } from '../../src/shrink/reduce.ts'
import { type Failing, shrink, type ShrinkOptions, type ShrinkProgress, type Shrunk } from '../../src/shrink/shrink.ts'
import { digestOf } from '../../src/shrink/size.ts'
import type { BytesEvent, Cassette, TapeEvent } from '../../src/tape/cassette.ts'
import { noteHandles } from '../helpers/handles.ts'
import { countOf } from '../helpers/share.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'
import { plantedBugs } from './bugs.ts'

const API = 'http://api.test'

const hangs = (): Promise<boolean> => new Promise<boolean>(() => {})

const wordsOf = (candidate: Cassette): string =>
  ['/a ', '/b '].filter((path) => bytesOf(candidate).includes(path)).join('and ')

test.describe('shrink', () => {
  for (const bug of plantedBugs(countOf(100, 500)))
    test(`finds ${bug.name} in many interactions, in under a minute`, async () => {
      const start = performance.now()
      const shrunk = await shrink(bug.cassette, bug.failing, { hangAfter: 60_000 })
      expect(performance.now() - start).toBeLessThan(60_000)
      expect(shrunk.ended).toBe('minimal')
      expect(shrunk.after.interactions).toBeLessThanOrEqual(bug.mostInteractions)
      expect(bytesOf(shrunk.cassette)).toMatch(bug.clue)
      expect(shrunk.needed.length).toBeGreaterThan(0)
      // What is left is a cassette, and fails as the original does.
      const saved = decodeCassette(encodeCassette(shrunk.cassette))
      expect(await bug.failing(saved)).toBe(shrunk.failure)
      for (const { isWhole } of readExchanges(saved).exchanges) expect(isWhole).toBe(bug.name !== 'reset offset')
    })

  test('leaves a member of JSON below gzip and chunks, with lengths that fit', async () => {
    const body = gzipSync(JSON.stringify({ items: [{ id: 1 }, { id: 2, broken: true }], next: null }))
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n'
    const chunked = [body.subarray(0, 20), body.subarray(20)].flatMap((part) => [
      Buffer.from(`${part.length.toString(16)}\r\n`),
      part,
      Buffer.from('\r\n'),
    ])
    const cassette = oneConnection(API, (connection) =>
      connection.sent(request('GET', '/')).received(head, Buffer.concat([...chunked, Buffer.from('0\r\n\r\n')])),
    )
    const { cassette: left } = await shrink(cassette, (candidate) => hasBroken(candidate))
    const [exchange] = readExchanges(left).exchanges
    expect(Buffer.from(exchange?.response?.body ?? []).toString()).toBe('{"items":[{"broken":true}]}')
    expect(bytesOf(left)).toContain('HTTP/1.1 200 \r\nContent-Length: 27\r\n\r\n')
  })

  test('without raw never makes an answer incomplete; with raw it may', async () => {
    const cassette = oneConnection(API, (connection) =>
      connection.sent(request('GET', '/')).received(answer('hello world')),
    )
    const failing = (candidate: Cassette): boolean => bytesOf(candidate).includes('world')
    const valid = await shrink(cassette, failing)
    expect(bytesOf(valid.cassette)).toContain('Content-Length: 5\r\n\r\nworld')
    const raw = await shrink(cassette, failing, { raw: true })
    expect(bytesOf(raw.cassette)).toBe('world')
  })

  test('refuses what passes, and what fails now and then', async () => {
    const cassette = oneConnection(API, (connection) => connection.sent(request('GET', '/')).received(answer('ok')))
    await expect(shrink(cassette, () => undefined)).rejects.toMatchObject({ code: 'SHRINK_PASSES' })
    await expect(shrink(cassette, () => false)).rejects.toMatchObject({ code: 'SHRINK_PASSES' })
    let runs = 0
    const flaky = (): string => `failure ${(runs += 1)}`
    await expect(shrink(cassette, flaky)).rejects.toMatchObject({ code: 'SHRINK_FLAKY' })
    expect(runs).toBe(2)
  })

  test('takes a run that hangs for another failure, and goes on', async () => {
    const cassette = oneConnection(API, (connection) => {
      for (const name of ['a', 'b', 'c']) connection.sent(request('GET', `/${name}`)).received(answer(name))
    })
    const { after, ended } = await shrink(cassette, failsOrHangs, { hangAfter: 5 })
    expect({ after, ended }).toMatchObject({ after: { interactions: 1 }, ended: 'minimal' })
  })

  test('ends at once when it is aborted, and gives the best so far', async () => {
    const controller = new AbortController()
    const cassette = oneConnection(API, (connection) => {
      for (let number = 0; number < 64; number += 1) connection.sent(request('GET', `/${number}`)).received(answer('x'))
    })
    const {
      cassette: left,
      ended,
      after,
    } = await shrink(cassette, hasFive, {
      signal: controller.signal,
      onProgress: ({ runs }) => {
        if (runs === 6) controller.abort()
      },
    })
    expect(ended).toBe('abort')
    expect(after.interactions).toBeLessThan(64)
    expect(hasFive(left)).toBe(true)
  })

  test('takes a failure in other words for another one', async () => {
    const cassette = oneConnection(API, (it) => {
      for (const name of ['a', 'b']) it.sent(request('GET', `/${name}`)).received(answer(name))
    })
    const { cassette: left, failure } = await shrink(cassette, wordsOf)
    expect({ words: wordsOf(left), failure }).toEqual({ words: '/a and /b ', failure: '/a and /b ' })
  })

  test('judges each cassette once, and tells after each run what is left', async () => {
    const cassette = oneConnection(API, (it) => {
      for (const name of ['a', 'b', 'c']) it.sent(request('GET', `/${name}`)).received(answer(name))
    })
    const judged: string[] = []
    const told: ShrinkProgress[] = []
    const shrunk = await shrink(
      cassette,
      (candidate) => {
        judged.push(encodeCassette(candidate).replaceAll(/ at: .*|^ +#.*|^.*saved: .*/gm, ''))
        return bytesOf(candidate).includes('GET /b ')
      },
      { onProgress: (progress) => void told.push(progress) },
    )
    // The original is judged twice.
    expect(new Set(judged).size).toBe(judged.length - 1)
    expect(told.map(({ runs }) => runs)).toEqual(judged.map((_, index) => index + 1))
    expect(shrunk.runs).toBe(judged.length)
    expect(told.slice(0, 2)).toEqual([1, 2].map((runs) => ({ phase: 'the original', runs, left: shrunk.before })))
    expect(told[2]).toMatchObject({ phase: 'connections', left: shrunk.before })
    const bytes = told.map(({ left }) => left.bytes)
    expect(bytes).toEqual(bytes.toSorted((one, other) => other - one))
    expect([shrunk.before, shrunk.after]).toEqual([
      { connections: 1, interactions: 3, segments: 6, bytes: bytesOf(cassette).length },
      { connections: 1, interactions: 1, segments: 2, bytes: bytesOf(shrunk.cassette).length },
    ])
  })

  test('says which parts cannot go, where they are in what is left', async () => {
    const cassette = oneConnection(API, (it) =>
      it.sent(request('GET', '/', '', ['X-One: 1', 'X-Two: 2'])).received(answer('ok')),
    )
    const { needed, cassette: left } = await shrink(cassette, (one) => bytesOf(one).includes('X-Two:'))
    const start = bytesOf(left).indexOf('X-Two:')
    expect(needed).toContainEqual(
      expect.objectContaining({
        what: 'header X-Two of the request',
        place: { connection: 1, type: 'sent', start, end: bytesOf(left).indexOf('\n', start) + 1 },
      }),
    )
    expect(bytesOf(left)).not.toContain('X-One')
  })

  test('ends where patience or time are over, and says so', async () => {
    const cassette = oneConnection(API, (it) => {
      for (let number = 0; number < 9; number += 1) it.sent(request('GET', `/${number}`)).received(answer('x'))
    })
    const whole = bytesOf(cassette)
    const isWhole = (one: Cassette): boolean => bytesOf(one) === whole
    const impatient = await shrink(cassette, isWhole, { patience: 2 })
    expect(impatient).toMatchObject({ ended: 'patience', after: impatient.before, failure: true })
    const minimal = await shrink(cassette, isWhole)
    expect(minimal.ended).toBe('minimal')
    expect(impatient.runs).toBeLessThan(minimal.runs)
    let runs = 0
    const slow = (one: Cassette): boolean | Promise<boolean> =>
      (runs += 1) > 4 ? new Promise<boolean>(() => {}) : isWhole(one)
    const { ended, after, before } = await shrink(cassette, slow, { timeLimit: 300 })
    expect({ ended, after }).toEqual({ ended: 'time', after: before })
  })

  test('says why there is no failure to shrink', async () => {
    const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('ok')))
    const refusal = (failing: Failing, options: ShrinkOptions = {}): Promise<unknown> =>
      shrink(cassette, failing, options).then(
        () => undefined,
        (error: unknown) => error,
      )
    const aborted = { signal: AbortSignal.abort() }
    for (const [error, code, words] of [
      [await refusal(() => false), 'SHRINK_PASSES', ''],
      [await refusal(hangs, { hangAfter: 3 }), 'SHRINK_PASSES', 'no failure within 3 ms'],
      [await refusal(hangs, aborted), 'SHRINK_PASSES', 'it was ended before it had failed'],
      [await refusal(() => true, { hangAfter: 0.5 }), 'INVALID_OPTION', 'hangAfter and patience are 1 or more'],
      [await refusal(() => true, { patience: 0 }), 'INVALID_OPTION', 'hangAfter and patience are 1 or more'],
    ] as const)
      expect(error).toMatchObject({ code, detail: words })
    let runs = 0
    const first = (): boolean => (runs += 1) === 1
    expect(await refusal(first)).toMatchObject({
      code: 'SHRINK_FLAKY',
      detail: 'first it failed, then it did not fail',
    })
  })

  test('tells a run that is over, and leaves neither timers nor listeners', async () => {
    const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('ok')))
    const { signal } = new AbortController()
    const left = noteHandles()
    const signals: AbortSignal[] = []
    const failing: Failing = (one, over) => {
      signals.push(over)
      return bytesOf(one).includes('/') ? true : new Promise<boolean>(() => {})
    }
    await shrink(cassette, failing, { signal, hangAfter: 50 })
    expect(await left()).toEqual([])
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect([signals[0]?.aborted, signals.some(({ aborted }) => aborted)]).toEqual([false, true])
  })

  test('refuses unknown options', async () => {
    const cassette = oneConnection(API, (connection) => connection.sent(request('GET', '/')))
    // @ts-expect-error: a typing error
    await expect(shrink(cassette, () => true, { patients: 3 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })
})

test('digests tell cassettes apart by all but their times', () => {
  const first: BytesEvent = { type: 'received', connection: 1, at: 5, bytes: Buffer.from('ab') }
  const close = { type: 'close', connection: 1, at: 9, by: 'client' } as const
  const tapes: readonly (readonly TapeEvent[])[] = [
    [first],
    [{ ...first, type: 'sent' }],
    [{ ...first, connection: 2 }],
    [{ ...first, ends: [1] }],
    [{ ...first, redacted: { 'otp.1': 'a' } }],
    [{ ...first, bytes: Buffer.from('ba') }],
    [
      { ...first, bytes: Buffer.from('a') },
      { ...first, bytes: Buffer.from('b') },
    ],
    [first, close],
    [first, { ...close, by: 'server' }],
    [first, { type: 'end', connection: 1, at: 9, by: 'client' }],
    [],
  ]
  const digests = (by: number): readonly string[] =>
    tapes.map((tape) =>
      digestOf({ ...oneConnection(API, () => {}), tape: tape.map((event) => ({ ...event, at: event.at + by })) }),
    )
  expect(new Set(digests(0)).size).toBe(tapes.length)
  expect(digests(1)).toEqual(digests(0))
})

test.describe('reduce', () => {
  test('leaves just what is needed, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(59), { maxLength: 5 }),
        async (count, picked) => {
          const needed = new Set(picked.filter((each) => each < count))
          const parts = Array.from({ length: count }, (_, index) => index)
          const { removed, isMinimal } = await reduce(
            parts,
            async (out) => [...needed].every((each) => !out.has(each)),
            { patience: Infinity, isOver: () => false },
          )
          expect(isMinimal).toBe(true)
          expect(parts.filter((part) => !removed.has(part))).toEqual(parts.filter((part) => needed.has(part)))
        },
      ),
      { numRuns: countOf(200, 1_000) },
    )
  })

  test('finds two of 500 in few attempts', async () => {
    let attempts = 0
    const { removed } = await reduce(
      Array.from({ length: 500 }, (_, index) => index),
      async (out) => {
        attempts += 1
        return !out.has(17) && !out.has(401)
      },
      { patience: Infinity, isOver: () => false },
    )
    expect(removed.size).toBe(498)
    expect(attempts).toBeLessThan(60)
  })
})

test.describe('bug report', () => {
  const API_TLS = 'https://api.test'
  const MADE = {
    failure: 'TypeError: no id',
    before: { connections: 2, interactions: 3, segments: 9, bytes: 1234 },
    after: { connections: 1, interactions: 1, segments: 3, bytes: 70 },
    runs: 12,
    ended: 'minimal',
  } as const

  test('says how it fails, what it needs, what passed, the bytes there, and how to play it again', () => {
    const tape = new TapeWriter()
    const failure = { code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED', message: 'no' } as const
    tape.failed(API_TLS, failure)
    tape.open(API).sent(request('GET', '/')).received('HTTP/1.1 200 OK\r\n', 'Content-Length: 2\r\n\r\n\x00\n')
    const needed = [
      { what: 'the header Content-Length', place: { connection: 2, type: 'received', start: 17, end: 34 } },
      { what: 'an ending' },
    ] as const
    const options = { file: 'bug.yaml', command: 'npm test', requests: 'curl http://localhost:8080/\n' }
    expect(bugReport({ ...MADE, cassette: tape.cassette, needed }, options).split('\n')).toEqual([
      '# TypeError: no id',
      '',
      '`npm test` fails with the recording `bug.yaml`. It was cut from 3 interactions and 1,234 bytes to 1 interaction and 70 bytes in 12 runs; nothing that was tried can go.',
      '',
      '## What the failure needs',
      '',
      '- the header Content-Length, at byte 17 of what was received on connection 2',
      '- an ending',
      '',
      '## What was sent, and what came',
      '',
      'Connection 1 to `https://api.test` was not made: `CONNECT_FAILED ECONNREFUSED no`.',
      '',
      'Connection 2 to `http://api.test`:',
      '',
      'Sent on connection 2 at 2.000 ms, 34 bytes from byte 0 on:',
      '',
      '```',
      'GET / HTTP/1.1',
      'Host: api.test',
      '',
      '',
      '```',
      '',
      'Received on connection 2 at 3.000 ms, 17 bytes from byte 0 on:',
      '',
      '```',
      'HTTP/1.1 200 OK',
      '',
      '```',
      '',
      'Received on connection 2 at 4.000 ms, 23 bytes from byte 17 on:',
      '',
      '```',
      'Content-Length: 2',
      '',
      String.raw`\x00`,
      '',
      '```',
      '',
      '## The bytes there',
      '',
      'the header Content-Length:',
      '',
      '```',
      '000000  48 54 54 50 2f 31 2e 31 20 32 30 30 20 4f 4b 0d  HTTP/1.1 200 OK.',
      '000010  0a>43>6f>6e>74>65>6e>74>2d>4c>65>6e>67>74>68>3a  .Content-Length:',
      '000020 >20>32 0d 0a 0d 0a 00 0a                           2......',
      '```',
      '',
      '## Play it again',
      '',
      'The cassette plays as a server, byte for byte, with the same segments and endings:',
      '',
      '```sh',
      'npx wiretape serve bug.yaml --port 8080',
      '```',
      '',
      'The recorded requests, from another terminal:',
      '',
      '```sh',
      'curl http://localhost:8080/',
      '```',
      '',
    ])
  })

  // oxfmt-ignore
  const ROWS: readonly (readonly [start: number, end: number, rows: readonly [first: string, last: string], marked: number])[] = [
    [0,   0,    ['000000', '000010'], 1],
    [0,   1,    ['000000', '000010'], 1],
    [16,  16,   ['000000', '000020'], 1],
    [31,  32,   ['000000', '000030'], 1],
    [32,  40,   ['000010', '000030'], 8],
    [47,  48,   ['000010', '000040'], 1],
    [40,  600,  ['000010', '000200'], 488],
    [700, 701,  ['0002a0', '0002b0'], 1],
  ]
  for (const [start, end, [first, last], marked] of ROWS)
    test(`shows the rows from before byte ${start} to behind byte ${end}, as far as there are any`, () => {
      const cassette = oneConnection(API, (it) => it.sent('GET / HTTP/1.1\r\n\r\n').received('x'.repeat(703)))
      const needed = [{ what: 'it', place: { connection: 1, type: 'received', start, end } }] as const
      const text = bugReport({ ...MADE, cassette, needed }, { file: 'bug.yaml' })
      const rows = text.split('\n').filter((line) => /^[\da-f]{6} [ >]/.test(line))
      expect([rows[0]?.slice(0, 6), rows.at(-1)?.slice(0, 6)]).toEqual([first, last])
      expect(rows).toHaveLength((Number.parseInt(last, 16) - Number.parseInt(first, 16)) / 16 + 1)
      expect(rows.join('').split('>').length - 1).toBe(marked)
    })

  test('shows no rows of a side on which nothing passed, or of no place', () => {
    const cassette = oneConnection(API, (it) => it.sent('GET / HTTP/1.1\r\n\r\n').closed('client'))
    for (const place of [
      undefined,
      { connection: 1, type: 'received', start: 0, end: 0 } as const,
      { connection: 7, type: 'sent', start: 0, end: 1 } as const,
    ])
      expect(bugReport({ ...MADE, cassette, needed: [{ what: 'it', place }] }, { file: 'bug.yaml' })).not.toMatch(
        /^[\da-f]{6} /m,
      )
  })

  test('has only the parts that there is something for', () => {
    const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('x'.repeat(5000))))
    const headings = (needed: Shrunk['needed'], more: Partial<Shrunk> = {}): readonly string[] =>
      bugReport({ ...MADE, cassette, needed, ...more }, { file: 'bug.yaml' })
        .split('\n')
        .filter((line) => /^(?:#|A function|\.\.\.)/.test(line))
    const first =
      'A function fails with the recording `bug.yaml`. It was cut from 3 interactions and 1,234 bytes to 1 interaction and 70 bytes in '
    const [sent, again, needs] = ['## What was sent, and what came', '## Play it again', '## What the failure needs']
    const minimal = `${first}12 runs; nothing that was tried can go.`
    const more = '... 945 more bytes'
    const place = { connection: 1, type: 'sent', start: 0, end: 1 } as const
    expect(headings([])).toEqual(['# TypeError: no id', minimal, sent, more, again])
    expect(headings([{ what: 'a' }])).toEqual(['# TypeError: no id', minimal, needs, sent, more, again])
    expect(headings([{ what: 'a', place }], { failure: true })).toEqual([
      '# It fails',
      minimal,
      needs,
      sent,
      more,
      '## The bytes there',
      again,
    ])
    for (const ended of ['patience', 'time', 'abort'] as const)
      expect(headings([], { ended, runs: 1 })[1]).toBe(`${first}1 run; it was ended before all was tried (${ended}).`)
  })

  test('is safe Markdown of hostile bytes: nothing recorded ends a block, or is markup', async () => {
    const cassette = oneConnection(API, (connection) =>
      connection
        .sent(request('GET', '/'))
        .received(answer('```\n<script>hit()</script>\n````\n# no heading\u001b[2J', '200 <b>`*x*`</b>')),
    )
    const shrunk = await shrink(cassette, () => '<img src=x> `code` [link](http://x) # one\u001b[2J')
    const report = bugReport({ ...shrunk, cassette }, { file: 'a b.yaml', command: 'npm `x` test' })
    expect(report).not.toMatch(/[^\x20-\x7e\n]/)
    const outside = report.replaceAll(/^(`{3,})(?:sh)?\n[^]*?\n\1$/gm, '')
    expect(outside).not.toMatch(/(?<!\\)<|no heading|(?<!\\)\[link/)
    expect(report).toContain("npx wiretape serve 'a b.yaml' --port 8080")
  })
})

const bytesOf = ({ tape }: Cassette): string =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

const failsOrHangs = (cassette: Cassette): boolean | Promise<boolean> =>
  bytesOf(cassette).includes('/b') ? true : new Promise<boolean>(() => {})

const hasFive = (cassette: Cassette): boolean => bytesOf(cassette).includes('GET /5 ')

/** Reads the answer as a client does that knows gzip. */
function hasBroken(cassette: Cassette): boolean {
  return readExchanges(cassette).exchanges.some(({ response, isWhole }) => {
    if (response === undefined || !isWhole) return false
    const isZipped = response.fields.some(({ name }) => name === 'Content-Encoding')
    try {
      const { gunzipSync } = process.getBuiltinModule('node:zlib')
      const text = isZipped ? gunzipSync(response.body).toString() : Buffer.from(response.body).toString()
      const { items = [] }: { readonly items?: readonly { readonly broken?: boolean }[] } = JSON.parse(text)
      return items.some(({ broken }) => broken === true)
    } catch {
      return false
    }
  })
}
