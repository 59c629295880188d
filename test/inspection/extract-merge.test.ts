import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from '../helpers/test.ts'
import { extractInteractions, type InteractionFilter } from '../../src/inspection/extract-interactions.ts'
import { namesIn } from '../../src/inspection/rename-placeholders.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import { mergeBranches, mergeCassettes } from '../../src/inspection/merge-cassettes.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { type Exchange, readExchanges } from '../../src/messages/exchanges.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { expectEqual } from '../helpers/expect-equal.ts'
import { countOf } from '../helpers/share.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'

const API = 'http://api.test'

/** What a call says: a number for its path, another for its answer. */
interface Call {
  readonly path: number
  readonly body: number
}

/** Calls on some connections, in turn. */
function cassetteOf(calls: readonly Call[], connections = 2): Cassette {
  const tape = new TapeWriter()
  const open = Array.from({ length: connections }, () => tape.open(API))
  for (const [index, { path, body }] of calls.entries()) {
    const segments = body % 2 === 0 ? [answer(`body ${body}`)] : answer(`body ${body}`).split(/(?<=\r\n\r\n)/)
    open[index % connections]?.sent(request('GET', `/${path}`)).received(...segments)
  }
  for (const connection of open) connection.closed('client')
  return tape.cassette
}

const anyCall = fc.record({ path: fc.nat(5), body: fc.nat(5) })
const anyCalls = fc.array(anyCall, { maxLength: 12 })

test.describe('extractInteractions', () => {
  test('leaves a sub-sequence, exact in its bytes, and the rest is what invert leaves', () => {
    fc.assert(
      fc.property(anyCalls, fc.integer({ min: 1, max: 3 }), fc.nat(5), (calls, connections, path) => {
        const cassette = cassetteOf(calls, connections)
        const filter = { path: [`/${path}`] }
        const taken = extractInteractions(cassette, filter)
        const rest = extractInteractions(cassette, { ...filter, invert: true })
        const all = wiresOf(cassette)
        expectEqual(
          wiresOf(taken.cassette),
          all.filter((wire) => wire.includes(`GET /${path} `)),
          'what is taken',
        )
        expectEqual(
          wiresOf(rest.cassette),
          all.filter((wire) => !wire.includes(`GET /${path} `)),
          'the rest',
        )
        expectEqual(taken.interactions + rest.interactions, calls.length, 'the number of interactions')
        expectEqual(decodeCassette(encodeCassette(taken.cassette)).tape.length, taken.cassette.tape.length, 'read back')
        const times = new Set(timesOf(cassette))
        expectEqual(
          timesOf(taken.cassette).filter((time) => !times.has(time)),
          [],
          'times that are new',
        )
      }),
      { numRuns: countOf(60, 2_000) },
    )
  })

  const talk = (): Cassette => {
    const tape = new TapeWriter()
    tape
      .open(API)
      .sent(request('GET', '/users?id=1'))
      .received(answer('a'))
      .sent(request('POST', '/users', 'x'))
      .received(answer('', '404 Not Found'))
    tape
      .open('https://other.test')
      .sent(request('GET', '/users'))
      .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
      .closed('server', { code: 'CONNECTION_LOST', phase: 'body', message: 'reset' })
    tape.open('https://other.test').sent(request('GET', '/slow')).closed('client')
    tape.failed('https://down.test', { code: 'CONNECT_FAILED', phase: 'tcp', message: 'refused' })
    return tape.cassette
  }
  const CASES: readonly (readonly [InteractionFilter, readonly string[]])[] = [
    [{ origin: [API] }, ['GET /users?id=1', 'POST /users']],
    [{ origin: ['*.test'], method: ['get'] }, ['GET /users?id=1', 'GET /users', 'GET /slow']],
    [{ path: ['/users'] }, ['GET /users?id=1', 'POST /users', 'GET /users']],
    [{ path: ['/users?id=*'] }, ['GET /users?id=1']],
    [{ number: ['2-3'] }, ['POST /users', 'GET /users']],
    [{ status: ['4xx', 'none'] }, ['POST /users', 'GET /slow']],
    [{ status: ['200-299'], invert: true }, ['POST /users', 'GET /slow']],
    [{ status: ['404-404'] }, ['POST /users']],
    [{ status: ['200-200'] }, ['GET /users?id=1', 'GET /users']],
    [{ status: ['201-403'] }, []],
    [{ status: ['2XX'] }, ['GET /users?id=1', 'GET /users']],
  ]
  for (const [filter, wanted] of CASES)
    test(`takes ${JSON.stringify(filter)}`, () => {
      const { cassette, interactions, of } = extractInteractions(talk(), filter)
      expect([interactions, of]).toEqual([wanted.length, 4])
      expect(interactionsOf(cassette).map(({ request: { method, target } }) => `${method} ${target}`)).toEqual(wanted)
    })

  test('keeps how a connection ended with the interaction that it ended, and only with it', () => {
    const cassette = oneConnection(API, (connection) =>
      connection
        .sent(request('GET', '/1'))
        .received(answer('whole'))
        .sent(request('GET', '/2'))
        .received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')
        .closed('server', { code: 'CONNECTION_LOST', phase: 'body', message: 'reset' }),
    )
    const endingOf = (path: string): string | undefined =>
      readExchanges(extractInteractions(cassette, { path: [path] }).cassette).exchanges[0]?.ending
    expect(endingOf('/1')).toBe('complete')
    expect(endingOf('/2')).toBe('cut off, CONNECTION_LOST')
  })

  test('keeps connections that were not made with their origin', () => {
    expect(extractInteractions(talk(), { origin: ['down.test'] }).cassette.tape).toHaveLength(1)
    for (const more of [{ method: ['GET'] }, { path: ['/users'] }, { number: ['1'] }, { status: ['none'] }])
      expect(extractInteractions(talk(), { origin: ['down.test'], ...more }).cassette.tape).toEqual([])
    const rest = extractInteractions(talk(), { origin: ['down.test'], invert: true }).cassette.tape
    expect(rest.map(({ type }) => type)).not.toContain('failed')
  })

  test('refuses numbers and statuses of another form', () => {
    for (const filter of [{ number: ['x'] }, { status: ['20x'] }, { number: ['5-'] }])
      expect(() => extractInteractions(talk(), filter)).toThrow(/is not like 3 or 5-9/)
  })
})

const JSON_TYPE = 'Content-Type: application/json'
const webToken = (secret: string): string =>
  [{ alg: 'HS256' }, { sub: secret, exp: 1_790_000_000 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(Buffer.from(secret).toString('base64url'))
    .join('.')
const inJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

/** Answers with a secret somewhere in them. */
const FORMS: Readonly<Record<string, (secret: string, index: number) => readonly [type: string, body: Buffer]>> = {
  'a JSON web token': (secret) => [JSON_TYPE, inJson({ access_token: webToken(secret) })],
  'a UUID': (_, index) => [JSON_TYPE, inJson({ session_id: `6731de76-14a6-49ae-97bc-6eba6914391${index}` })],
  'a number': (_, index) => [JSON_TYPE, inJson({ otp: 123_456 + index })],
  gzip: (secret) => [`${JSON_TYPE}\r\nContent-Encoding: gzip`, gzipSync(inJson({ password: secret }))],
  base64: (secret) => [JSON_TYPE, inJson({ data: inJson({ password: secret }).toString('base64') })],
  'hex behind escapes': (secret) => [
    JSON_TYPE,
    inJson({ x: JSON.stringify({ y: Buffer.from(secret).toString('hex') }) }),
  ],
  'a URL in a URL': (secret) => [
    'Content-Type: text/plain',
    Buffer.from(`/?u=${encodeURIComponent(`/?token=${secret}&a=1`)}`),
  ],
}

test.describe('mergeCassettes', () => {
  test('has every interaction of each, equal ones once, exact in their bytes', () => {
    fc.assert(
      fc.property(anyCalls, anyCalls, (one, other) => {
        const { cassette, duplicates } = mergeCassettes([cassetteOf(one), cassetteOf(other, 3)])
        const [first, second, both] = [cassetteOf(one), cassetteOf(other, 3), cassette].map(wiresOf)
        expectEqual(both?.toSorted(), union(first ?? [], second ?? []), 'interactions')
        expectEqual(duplicates >= one.length + other.length - (both?.length ?? 0), true, 'duplicates')
        const numbers = new Set(cassette.tape.map(({ connection }) => connection))
        expectEqual([...numbers], Array.from(numbers.keys()), 'numbers')
        expectEqual(decodeCassette(encodeCassette(cassette)).tape.length, cassette.tape.length, 'read back')
      }),
      { numRuns: countOf(60, 2_000) },
    )
  })

  test('keeps apart what has the same placeholder, mends lengths, and says so', () => {
    const body = '{"access_token":"{{access-token.9}}"}'
    const one = oneConnection(API, (connection) => connection.sent(request('GET', '/a')).received(answer(body)))
    const other = oneConnection(API, (connection) =>
      connection.sent(request('GET', '/b', '', ['Authorization: Bearer {{access-token.9}}'])).received(answer(body)),
    )
    const { cassette, renamed } = mergeCassettes([one, other])
    expect(renamed).toEqual([{ from: 'access-token.9', to: 'access-token.10' }])
    const [, second] = readExchanges(cassette).exchanges
    expect(Buffer.from(second?.response?.body ?? []).toString()).toBe('{"access_token":"{{access-token.10}}"}')
    expect(second?.isWhole).toBe(true)
    expect(wiresOf(cassette)[1]).toContain('Bearer {{access-token.10}}')
    // The same interaction in both shows that it is the same secret.
    const same = mergeCassettes([one, mergeCassettes([one, other], { duplicates: 'keep' }).cassette])
    expect(same.renamed).toEqual([])
  })

  for (const [place, write] of Object.entries(FORMS))
    test(`keeps secrets of two cassettes apart in ${place}`, () => {
      const [one, other] = ['Zq7rT0kLm3XvB9cW', 'a8Kd03LqPzT5wE2y'].map((secret, index) => {
        const [type, body] = write(secret, index)
        const head = `HTTP/1.1 200 OK\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n`
        return redactCassette(
          oneConnection(API, (connection) =>
            connection.sent(request('GET', `/${index}?token=${secret}`)).received(head + body.toString('latin1')),
          ),
        ).cassette
      })
      if (one === undefined || other === undefined) throw new Error('two cassettes')
      const { cassette, renamed, notRenamed } = mergeCassettes([one, other])
      const [, second] = new Set(cassette.tape.map(({ connection }) => connection))
      const theirs = namesIn({ ...cassette, tape: cassette.tape.filter(({ connection }) => connection === second) })
      expect([renamed.length, theirs.size, notRenamed]).toEqual([namesIn(other).size, namesIn(other).size, []])
      expect([...theirs].filter((name) => namesIn(one).has(name))).toEqual([])
      expect(redactCassette(cassette).cassette.tape, 'what stands there is known as placeholders').toEqual(
        cassette.tape,
      )
      expect(readExchanges(cassette).exchanges.map(({ isWhole }) => isWhole)).toEqual([true, true])
    })

  test('dates the result as the oldest part, wherever it stands', () => {
    const parts = ['2020', '2019', '2021'].map((year) => recordedIn(year))
    expect(mergeCassettes(parts).cassette.recorded.at).toBe('2019-01-01T00:00:00.000Z')
    expect(mergeCassettes(parts.toReversed()).cassette.recorded.at).toBe('2019-01-01T00:00:00.000Z')
  })

  test('counts what both have, connections without a request too, and is empty without any', () => {
    const refused = dead('CONNECT_FAILED')
    expect(duplicatesOf(refused, refused)).toEqual([1, 1])
    expect(duplicatesOf(refused, dead('CONNECT_TIMEOUT'))).toEqual([2, 0])
    expect(duplicatesOf(refused, dead('CONNECT_FAILED', 'http://other.test'))).toEqual([2, 0])
    const talk = oneCall().cassette
    expect(duplicatesOf(talk, talk, talk)).toEqual([3, 2])
    expect(mergeCassettes([talk, refused, talk, refused]).duplicates).toBe(2)
    expect(mergeCassettes([]).cassette).toMatchObject({ recorded: { at: '' }, tape: [] })
  })

  test('keeps both if they differ only in an answer that was never whole', () => {
    expect(mergeCassettes([cut('100 Continue'), cut('102 Processing')]).duplicates).toBe(0)
    expect(mergeCassettes([cut('100 Continue'), cut('100 Continue')]).duplicates).toBe(1)
  })
})

test.describe('mergeBranches', () => {
  test('plays what both branches have added, and not what either has removed', async () => {
    const calls: readonly Call[] = [1, 2, 3].map((path) => ({ path, body: 0 }))
    const merged = mergeBranches(
      cassetteOf(calls),
      cassetteOf([...calls.slice(1), { path: 4, body: 0 }]),
      cassetteOf([...calls.slice(0, 2), { path: 5, body: 0 }]),
    )
    expect(merged.conflicts).toEqual([])
    const { connector } = new Replayer(merged.cassette)
    await using connection = new HttpConnection({ host: 'api.test', port: 80, connector })
    for (const path of [2, 4, 5]) {
      await connection.request('GET', `/${path}`)
      expect(await (await connection.getResponse()).text()).toBe('body 0')
    }
    expect(interactionsOf(merged.cassette)).toHaveLength(3)
  })

  test('has an interaction as often as both want it: what both have changed alike happens once', () => {
    for (let base = 0; base < 4; base += 1)
      for (let ours = 0; ours < 4; ours += 1)
        for (let theirs = 0; theirs < 4; theirs += 1) {
          const { cassette, conflicts } = mergeBranches(times(base), times(ours), times(theirs))
          const wanted = ours === theirs ? ours : Math.max(0, base + (ours - base) + (theirs - base))
          expect([base, ours, theirs, wiresOf(cassette).length, conflicts]).toEqual([base, ours, theirs, wanted, []])
        }
  })

  test('has no connection any more that either branch has removed, with or without requests', () => {
    const [plain, both] = [oneCall().cassette, oneCall().failed('http://down.test', REFUSED).cassette]
    expect(mergeBranches(both, plain, both).cassette.tape).toHaveLength(plain.tape.length)
    expect(mergeBranches(both, both, plain).cassette.tape).toHaveLength(plain.tape.length)
    expect(mergeBranches(plain, both, plain).cassette.tape).toHaveLength(both.tape.length)
    expect(mergeBranches(plain, plain, both).cassette.tape).toHaveLength(both.tape.length)
    expect(mergeBranches(plain, both, both).cassette.tape).toHaveLength(both.tape.length)
    expect(mergeBranches(both, both, both).cassette.tape).toHaveLength(both.tape.length)
  })

  test('is what one side has done if the other has done nothing, and the same with the sides swapped', () => {
    fc.assert(
      fc.property(anyCalls, anyCalls, (base, changed) => {
        const [old, fresh] = [cassetteOf(base), cassetteOf(changed)]
        expectEqual(wiresOf(mergeBranches(old, fresh, old).cassette), wiresOf(fresh), 'ours')
        expectEqual(wiresOf(mergeBranches(old, old, fresh).cassette).toSorted(), wiresOf(fresh).toSorted(), 'theirs')
        expectEqual(wiresOf(mergeBranches(old, fresh, fresh).cassette), wiresOf(fresh), 'both')
      }),
      { numRuns: countOf(60, 2_000) },
    )
  })

  test('names a request that both have recorded anew with other answers, and keeps ours', () => {
    const base = cassetteOf([
      { path: 1, body: 0 },
      { path: 2, body: 0 },
    ])
    const ours = cassetteOf([
      { path: 1, body: 2 },
      { path: 2, body: 0 },
    ])
    const theirs = cassetteOf([
      { path: 1, body: 4 },
      { path: 2, body: 0 },
    ])
    const { conflicts, cassette } = mergeBranches(base, ours, theirs)
    expect(conflicts).toEqual([`GET ${API}/1`])
    expect(wiresOf(cassette)).toEqual(wiresOf(ours))
  })

  test('takes a new date for no conflict', () => {
    const { conflicts, cassette } = mergeBranches(dated('00'), dated('01'), dated('02'))
    expect(conflicts).toEqual([])
    expect(wiresOf(cassette)).toEqual(wiresOf(dated('01')))
  })
})

const REFUSED = { code: 'CONNECT_FAILED', phase: 'tcp', message: 'no' } as const

/** A connection that could not be made. */
const dead = (code: 'CONNECT_FAILED' | 'CONNECT_TIMEOUT', to = 'http://down.test'): Cassette =>
  new TapeWriter().failed(to, { ...REFUSED, code }).cassette

/** The events of a merge, and what was in more than one of its parts. */
function duplicatesOf(...cassettes: readonly Cassette[]): readonly number[] {
  const { cassette, duplicates } = mergeCassettes(cassettes)
  return [cassette.tape.length, duplicates]
}

function recordedIn(year: string): Cassette {
  const { cassette } = oneCall()
  return { ...cassette, recorded: { ...cassette.recorded, at: `${year}-01-01T00:00:00.000Z` } }
}

function oneCall(): TapeWriter {
  const tape = new TapeWriter()
  tape.open(API).sent(request('GET', '/a')).received(answer('a'))
  return tape
}

const cut = (status: string): Cassette =>
  oneConnection(API, (connection) =>
    connection
      .sent(request('POST', '/a'))
      .received(`HTTP/1.1 ${status}\r\n\r\n`)
      .closed('server', { code: 'CONNECTION_LOST', phase: 'body', message: 'reset' }),
  )

const times = (count: number): Cassette => cassetteOf(Array.from({ length: count }, () => ({ path: 1, body: 1 })))

const dated = (second: string): Cassette =>
  oneConnection(API, (connection) =>
    connection
      .sent(request('GET', '/'))
      .received(answer('x').replace('\r\n', `\r\nDate: Sun, 22 Nov 2026 12:00:${second} GMT\r\n`)),
  )

/** Each interaction as bytes, in the order of the requests. */
const wiresOf = (cassette: Cassette): readonly string[] => readExchanges(cassette).exchanges.map(wireOf)

function wireOf({ connection, request: asked, response }: Exchange): string {
  const sent = connection.sent.bytes.subarray(asked.start, asked.end)
  const received = connection.received.bytes.subarray(response?.start ?? 0, response?.end ?? 0)
  return Buffer.concat([sent, received]).toString('latin1')
}

const timesOf = ({ tape }: Cassette): number[] => tape.map(({ at }) => at)

/** Each as often as in the list that has it more often. */
function union(one: readonly string[], other: readonly string[]): readonly string[] {
  const rest = [...other]
  for (const wire of one) {
    const index = rest.indexOf(wire)
    if (index !== -1) rest.splice(index, 1)
  }
  return [...one, ...rest].toSorted()
}
