import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import type { Cassette } from '../../src/tape/cassette.ts'
import type { HookInteraction } from '../../src/hooks/taped-exchanges.ts'
import { Hook, type InteractionHook } from '../../src/hooks/hook.ts'
import { hookedCassette } from '../../src/hooks/hooked-cassette.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { responseEvents } from '../../src/messages/answers.ts'
import { noteHandles } from '../helpers/handles.ts'
import { answer, oneConnection, request } from '../helpers/tape.ts'
import { countOf } from '../helpers/share.ts'

const WITHHELD = '{{withheld-by-hook.1}}'

const exchange = (sent: string, ...received: string[]): Cassette =>
  oneConnection('http://api.test', (connection) => connection.sent(sent).received(...received))

const textOf = ({ tape }: Cassette, type: 'sent' | 'received'): string =>
  tape.map((event) => (event.type === type ? Buffer.from(event.bytes).toString('latin1') : '')).join('')

const bytesOf = (tape: Cassette['tape']): string[] =>
  tape.map((event) => ('bytes' in event ? Buffer.from(event.bytes).toString() : ''))

async function hooked(cassette: Cassette, call: InteractionHook, limit?: number) {
  const hook = new Hook('beforeRecord', call, limit)
  const result = await hookedCassette(cassette, hook)
  return {
    cassette: result,
    failures: hook.failures,
    sent: textOf(result, 'sent'),
    received: textOf(result, 'received'),
  }
}

const same: InteractionHook = (interaction) => interaction

const POST = request('POST', '/a', '{"name":"Ada"}', ['Content-Type: application/json'])
const OK = answer('{"id":42}')
const one = exchange(POST, OK)

test.describe('a hook', () => {
  test('gets the interaction, decoded, and what it gives back unchanged leaves every byte and segment', async () => {
    const body = gzipSync('{"a":"b"}').toString('latin1')
    const head = `HTTP/1.1 200  Very  well\r\nx-A:  b \r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n`
    const cassette = exchange(
      POST,
      head,
      `5\r\n${body.slice(0, 5)}\r\n`,
      `${(body.length - 5).toString(16)};a=b\r\n${body.slice(5)}\r\n0\r\nT: u\r\n\r\n`,
    )
    const seen: HookInteraction[] = []
    const { cassette: after, failures } = await hooked(cassette, (interaction) => {
      seen.push(interaction)
      return interaction
    })
    expect(failures).toEqual([])
    expect(after).toEqual(cassette)
    expect(seen).toEqual([
      {
        origin: 'http://api.test',
        request: {
          method: 'POST',
          target: '/a',
          headers: [
            ['Host', 'api.test'],
            ['Content-Type', 'application/json'],
            ['Content-Length', '14'],
          ],
          body: Buffer.from('{"name":"Ada"}'),
        },
        response: {
          status: 200,
          reason: ' Very  well',
          headers: [
            ['x-A', 'b'],
            ['Content-Encoding', 'gzip'],
            ['Transfer-Encoding', 'chunked'],
          ],
          body: Buffer.from('{"a":"b"}'),
        },
      },
    ])
  })

  test('changes target, headers, status, reason and bodies; lengths fit, other lines stay as they were', async () => {
    const { sent, received, failures } = await hooked(one, ({ origin, request: asked, response }) => ({
      origin,
      request: { ...asked, target: '/b?c=d', headers: [['X-New', 'e'], ...asked.headers], body: '{"name":"Zoë"}' },
      response: response && { ...response, status: 201, reason: 'Made', body: Buffer.from('') },
    }))
    expect(failures).toEqual([])
    expect(sent).toBe(
      `POST /b?c=d HTTP/1.1\r\nX-New: e\r\nHost: api.test\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"name":"Zo\xc3\xab"}`,
    )
    expect(received).toBe('HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n')
  })

  test('may give a digest of the body that it writes: only one that was there before goes', async () => {
    const fields = 'Content-MD5: old\r\nDigest: same'
    const cassette = exchange(POST, `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: 2\r\n\r\nok`)
    const { received } = await hooked(cassette, (interaction) => ({
      ...interaction,
      response: interaction.response && {
        ...interaction.response,
        headers: [
          ['Content-MD5', 'new'],
          ['Digest', 'same'],
          ['Repr-Digest', 'same'],
        ],
        body: Buffer.from('other'),
      },
    }))
    expect(received).toContain('Content-MD5: new\r\n')
    expect(received).toContain('Repr-Digest: same\r\n')
    expect(received).not.toMatch(/^Digest/m)
  })

  test('writes into the codings and chunks that there were, and digests of what is gone go', async () => {
    const body = gzipSync('{"email":"ada@example.com"}').toString('latin1')
    const cassette = exchange(
      request('GET', '/'),
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-MD5: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n${body.slice(0, 9)}\r\n${(body.length - 9).toString(16)}\r\n${body.slice(9)}\r\n0\r\n\r\n`,
    )
    const { received } = await hooked(cassette, (interaction) => ({
      ...interaction,
      response: interaction.response && { ...interaction.response, body: '{"email":"x"}' },
    }))
    expect(received).not.toContain('Content-MD5')
    const content = [...responseEvents(Buffer.from(received, 'latin1'), ['GET'])].flatMap((event) =>
      event.type === 'data' ? [event.bytes] : [],
    )
    expect(content).toHaveLength(2)
    expect(gunzipSync(Buffer.concat(content)).toString()).toBe('{"email":"x"}')
  })

  test('may take a coding away with its field', async () => {
    const body = gzipSync('abc').toString('latin1')
    const cassette = exchange(
      request('GET', '/'),
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    const { received } = await hooked(cassette, (interaction) => ({
      ...interaction,
      response: interaction.response && {
        ...interaction.response,
        headers: interaction.response.headers.filter(([name]) => name !== 'Content-Encoding'),
      },
    }))
    expect(received).toBe('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
  })

  test('fills an empty chunked body, and cannot change what frames messages', async () => {
    const cassette = exchange(request('GET', '/'), 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    const { received, failures } = await hooked(cassette, (interaction) => ({
      ...interaction,
      response: interaction.response && {
        ...interaction.response,
        headers: [
          ['Content-Length', '99'],
          ['Connection', 'close'],
          ['A', 'b'],
        ],
        body: 'hello',
      },
    }))
    expect(failures).toEqual([])
    expect(received).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
  })

  test('gets each of several pipelined interactions, and an interim answer is none', async () => {
    const cassette = exchange(
      request('GET', '/1') + request('GET', '/2'),
      `HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${answer('one')}${answer('two')}`,
    )
    const { received } = await hooked(cassette, ({ request: asked, response, origin }) => ({
      origin,
      request: asked,
      response: response && { ...response, body: `${asked.target} ${String(Buffer.from(response.body))}` },
    }))
    expect(received).toBe(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${answer('/1 one')}${answer('/2 two')}`)
  })

  test('gets nothing of what is no HTTP', async () => {
    const cassette = exchange('*1\r\n$4\r\nPING\r\n', '+PONG\r\n')
    const { cassette: after, failures } = await hooked(cassette, () => {
      throw new Error('it was called')
    })
    expect(failures).toEqual([])
    expect(after).toEqual(cassette)
  })

  test('cannot change the interaction by writing to it', async () => {
    const { cassette, failures } = await hooked(
      one,
      given(({ request: asked, response }) => {
        Object.assign(asked, { method: 'PUT', target: '/other' })
        Object.assign(response, { status: 500 })
      }),
    )
    expect(failures).toMatchObject([{ code: 'HOOK_FAILED', request: 'POST /a' }])
    expect(interactionsOf(cassette)[0]?.request).toMatchObject({ method: 'POST', target: '/a' })
  })
})

/** A hook that may give anything. */
const given =
  (change: (interaction: { readonly request: object; readonly response: object }) => unknown): InteractionHook =>
  (interaction) =>
    Reflect.apply(change, undefined, [interaction])

// oxlint-disable-next-line unicorn/no-thenable
const thenable = (then: () => void): object => Object.fromEntries([['then', then]])

/** Whatever a hook may do but give an interaction. */
const FAULTS: readonly (readonly [what: string, hook: InteractionHook])[] = [
  [
    'throws',
    given(() => {
      throw new Error('no')
    }),
  ],
  [
    'throws no error',
    given(() => {
      throw undefined
    }),
  ],
  [
    'throws what has no text',
    given(() => {
      throw Object.create(null)
    }),
  ],
  ['rejects', given(() => Promise.reject(new Error('no')))],
  ['never settles', given(() => new Promise(() => {}))],
  [
    'loops for ever',
    given(() => {
      for (;;);
    }),
  ],
  ['backtracks for ever (S53)', given(() => /(a+)+$/.test(`${'a'.repeat(5e4)}b`))],
  [
    'gives a thenable that loops',
    given(() =>
      thenable(() => {
        for (;;);
      }),
    ),
  ],
  ['gives a thenable that never settles', given(() => thenable(() => {}))],
  [
    'gives a getter that loops',
    given((interaction) => ({
      ...interaction,
      get request() {
        for (;;);
      },
    })),
  ],
  [
    'promises a getter that loops',
    given(async (interaction) => ({
      ...interaction,
      get request() {
        for (;;);
      },
    })),
  ],
  ...[undefined, 0, 'text', true, Symbol('s'), [], {}, () => 1, Buffer.from('x'), new Map()].map(
    (junk) =>
      [
        `gives ${typeof junk} ${String(Array.isArray(junk))} ${Object.prototype.toString.call(junk)}`,
        given(() => junk),
      ] as const,
  ),
  ['promises nothing', given(async () => undefined)],
  ['gives no response', given(({ request: asked }) => ({ request: asked }))],
  ['gives another method', given((i) => ({ ...i, request: { ...i.request, method: 'GET' } }))],
  ['gives a target in two lines', given((i) => ({ ...i, request: { ...i.request, target: '/ HTTP/1.1\r\nA: b' } }))],
  ['gives headers that are no list', given((i) => ({ ...i, request: { ...i.request, headers: { a: 'b' } } }))],
  ['gives headers that are no pairs', given((i) => ({ ...i, request: { ...i.request, headers: ['a: b'] } }))],
  ['gives a header in two lines', given((i) => ({ ...i, request: { ...i.request, headers: [['a', 'b\r\nc: d']] } }))],
  [
    'gives a header with a blank in its name',
    given((i) => ({ ...i, request: { ...i.request, headers: [['a b', 'c']] } })),
  ],
  ['gives a body that is none', given((i) => ({ ...i, request: { ...i.request, body: { a: 1 } } }))],
  ['gives a body of numbers', given((i) => ({ ...i, response: { ...i.response, body: [1, 2] } }))],
  ['gives a status that is none', given((i) => ({ ...i, response: { ...i.response, status: '200' } }))],
  ['gives an interim status', given((i) => ({ ...i, response: { ...i.response, status: 100 } }))],
  ['gives a status that has no body', given((i) => ({ ...i, response: { ...i.response, status: 204 } }))],
  ['gives a reason in two lines', given((i) => ({ ...i, response: { ...i.response, reason: 'OK\r\nA: b' } }))],
]

test.describe('the bodies are withheld and nothing else is lost where a hook', () => {
  for (const [what, hook] of FAULTS) {
    test(what, async () => {
      const { sent, received, failures } = await hooked(one, hook, 40)
      expect(failures).toEqual([
        { code: expect.stringMatching(/^HOOK_(?:FAILED|TIMEOUT)$/), request: 'POST /a', reason: expect.any(String) },
      ])
      expect(sent).toBe(request('POST', '/a', WITHHELD, ['Content-Type: application/json']))
      expect(received).toBe(answer(WITHHELD))
    })
  }

  test('gives a body to what can have none', async () => {
    const cassette = exchange(request('HEAD', '/'), 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')
    const { cassette: after, failures } = await hooked(
      cassette,
      given((i) => ({ ...i, response: { ...i.response, body: 'x' } })),
    )
    expect(failures).toMatchObject([{ code: 'HOOK_FAILED' }])
    expect(after).toEqual(cassette)
  })
})

test('of many interactions only the one is withheld at which the hook failed', async () => {
  const cassette = oneConnection('http://api.test', (connection) => {
    for (let k = 1; k <= 100; k += 1) connection.sent(request('GET', `/${k}`)).received(answer(`body ${k}`))
  })
  const { cassette: after, failures } = await hooked(cassette, (interaction) => {
    if (interaction.request.target === '/50') throw new Error('on record 50')
    return interaction
  })
  expect(failures).toEqual([{ code: 'HOOK_FAILED', request: 'GET /50', reason: 'Error: on record 50' }])
  const before = bytesOf(cassette.tape)
  expect(bytesOf(after.tape).filter((bytes, k) => bytes !== before[k])).toEqual([answer(WITHHELD)])
})

test('the time limit of a hook that has settled leaves no timer', async () => {
  const open = noteHandles()
  const calls: readonly InteractionHook[] = [
    async (interaction) => interaction,
    async () => {
      throw new Error('no')
    },
  ]
  for (const call of calls) await hooked(one, call, 600_000)
  expect(await open()).toEqual([])
})

test('a hook that hangs again and again is not called any more', async () => {
  const cassette = oneConnection('http://api.test', (connection) => {
    for (let k = 1; k <= 10; k += 1) connection.sent(request('GET', `/${k}`)).received(answer(`body ${k}`))
  })
  let calls = 0
  const records = cassette.tape.slice(1)
  const hook = new Hook(
    'beforeRecord',
    () => {
      calls += 1
      for (;;);
    },
    20,
  )
  for (let k = 0; k < 20; k += 2) hook.take(records.slice(k, k + 2), () => '').result()
  expect(calls).toBe(3)
  const failure = { code: 'HOOK_TIMEOUT', reason: 'it took more than 20 ms' }
  const refusal = { code: 'HOOK_TIMEOUT', reason: 'it hung 3 times and is not called any more' }
  expect(hook.failures).toEqual(
    Array.from({ length: 10 }, (_, k) => ({ ...(k < 3 ? failure : refusal), request: `GET /${k + 1}` })),
  )
})

test('a hook that failed in another way is called again', () => {
  let calls = 0
  const hook = new Hook('beforeRecord', () => {
    calls += 1
    throw new Error('no')
  })
  for (let k = 0; k < 5; k += 1) hook.take(one.tape, () => '').result()
  expect([calls, hook.failures.length]).toEqual([5, 5])
})

test('a hook is a function, and has a whole number of milliseconds that a timer can wait', () => {
  for (const limit of [1, 2 ** 31 - 1]) expect(new Hook('beforeRecord', same, limit).name).toBe('beforeRecord')
  for (const limit of [0, -1, 0.5, 1.5, 2 ** 31, Number.NaN, Infinity])
    expect(() => new Hook('beforeRecord', same, limit)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`hookTimeout: not a number of milliseconds: ${limit}`),
      }),
    )
  expect(() => new Hook('normalizeRequest', Object('x'))).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('normalizeRequest: not a function'),
    }),
  )
})

const clean = (text: string): string => text.replaceAll('secret', '*')

test('the error of a hook is its first failure, with the number of the others, and cleaned', () => {
  const hook = new Hook('beforePlayback', () => {
    throw new Error('secret')
  })
  const errors: unknown[] = [hook.error(clean)]
  for (let k = 0; k < 3; k += 1) {
    hook.take(one.tape, () => '').result()
    const error = hook.error(clean)
    errors.push([error?.code, error?.message.replace(/^.*?(?=beforePlayback)/, '')])
  }
  const said = 'beforePlayback, at POST /a: Error: *'
  expect(errors).toEqual([
    undefined,
    ['HOOK_FAILED', expect.stringMatching(/^beforePlayback, at POST \/a: Error: \*(?!, and)/)],
    ['HOOK_FAILED', expect.stringContaining(`${said}, and 1 more`)],
    ['HOOK_FAILED', expect.stringContaining(`${said}, and 2 more`)],
  ])
})

const places = (name: 'beforeRecord' | 'beforePlayback', cassette: Cassette): unknown => {
  const hook = new Hook(name, () => null)
  const { places: found } = hook.take(cassette.tape, () => '').result()
  return [
    hook.failures.length,
    ...found.map(({ connection, start, isLeftOut, isCut }) => [connection, start, isLeftOut, isCut]),
  ]
}

test('what a hook returns null for is left out before a record, and an error elsewhere', () => {
  const two = exchange(POST + POST, OK + OK)
  expect(places('beforeRecord', two)).toEqual([0, [1, 0, true, false], [1, POST.length, true, false]])
  expect(places('beforePlayback', two)).toEqual([2, [1, 0, false, false], [1, POST.length, false, false]])
  // What follows is not known: a request or an answer that was cut off, another protocol.
  const GET = request('GET', '/')
  for (const [sent, received] of [
    [POST.slice(0, -1), OK],
    [GET, OK.slice(0, -1)],
    [GET, 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['CONNECT a.test:443 HTTP/1.1\r\n\r\n', 'HTTP/1.1 299 OK\r\n\r\n'],
  ] as const)
    expect(places('beforeRecord', exchange(sent, received))).toEqual([0, [1, 0, true, true]])
  expect(places('beforeRecord', exchange('CONNECT a.test:443 HTTP/1.1\r\n\r\n', answer('', '403 No')))).toEqual([
    0,
    [1, 0, true, false],
  ])
  expect(places('beforeRecord', exchange(GET))).toEqual([0, [1, 0, true, false]])
  // Later bytes belong to no exchange.
  expect(places('beforeRecord', exchange(GET + POST, 'HTTP/1.1 101 Switching Protocols\r\n\r\n'))).toEqual([
    0,
    [1, 0, true, true],
  ])
})

test('whatever bodies and headers a hook gives, the messages are those, and doing it again changes nothing', async () => {
  const cassette = oneConnection('http://api.test', (connection) =>
    connection
      .sent(POST, request('GET', '/2'), request('GET', '/3'))
      .received(
        OK,
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
        'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil close',
      )
      .ended('server'),
  )
  const body = fc.uint8Array({ minLength: 1, maxLength: 40 })
  const field = fc.tuple(fc.stringMatching(/^X-[A-Za-z]{1,8}$/), fc.stringMatching(/^[!-~]{0,20}$/))
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(body, body, body, body),
      fc.array(field, { maxLength: 3 }),
      async ([sent, ...answers], fields) => {
        let count = 0
        const change: InteractionHook = (interaction) => ({
          ...interaction,
          request: { ...interaction.request, body: interaction.request.method === 'POST' ? sent : '' },
          response: interaction.response && {
            ...interaction.response,
            headers: fields,
            body: answers[count++ % 3] ?? '',
          },
        })
        const once = await hooked(cassette, change)
        const twice = await hooked(once.cassette, change)
        expect([once.failures, twice.failures]).toEqual([[], []])
        expect(twice.cassette).toEqual(once.cassette)
        const seen: HookInteraction[] = []
        await hooked(once.cassette, (interaction) => {
          seen.push(interaction)
          return interaction
        })
        expect(seen.map(({ response }) => sum(response?.body))).toEqual(answers.map(sum))
        expect(sum(seen[0]?.request.body)).toBe(sum(sent))
      },
    ),
    { numRuns: countOf(25, 100) },
  )
})

const sum = (body: Uint8Array | string | undefined): string =>
  createHash('sha1')
    .update(body ?? 'none')
    .digest('hex')

test('of an exchange that is left out nothing stays, however its answer ended', () => {
  const GET = request('GET', '/')
  const early = 'HTTP/1.1 103 Early Hints\r\n\r\n'
  for (const [sent, received] of [
    [GET, OK],
    [GET, early + OK],
    [GET, OK.slice(0, -1)],
    [GET, early],
    [GET, early + early + OK.slice(0, 20)],
    [POST.slice(0, -3), OK],
    ['CONNECT a.test:443 HTTP/1.1\r\n\r\nTLS', 'HTTP/1.1 200 OK\r\n\r\nTLS'],
  ] as const) {
    const { after } = new Hook('beforeRecord', () => null).take(exchange(sent, received).tape, () => '').result()
    expect(after.map(({ type }) => type)).toEqual(['open'])
  }
  // Of two only the one that is meant, with the interim answers before it.
  const two = exchange(GET + POST, early + answer('one') + early + answer('two'))
  const left = (target: string): readonly string[] =>
    bytesOf(
      new Hook('beforeRecord', (interaction) => (interaction.request.target === target ? null : interaction))
        .take(two.tape, () => '')
        .result().after,
    )
  expect(left('/')).toEqual(['', POST, early + answer('two')])
  expect(left('/a')).toEqual(['', GET, early + answer('one')])
})

test('a body whose coding a hook changes is written as the hook gives it', async () => {
  const cassette = exchange(
    POST,
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${gzipSync('x').length}\r\n\r\n`,
    gzipSync('x').toString('latin1'),
  )
  for (const headers of [
    [['Content-Encoding', 'mine']],
    [
      ['Content-Encoding', 'gzip'],
      ['Content-Encoding', 'mine'],
    ],
  ] as const) {
    const { received, failures } = await hooked(cassette, (interaction) => ({
      ...interaction,
      ...(interaction.response && { response: { ...interaction.response, headers, body: 'plain' } }),
    }))
    expect(failures).toEqual([])
    expect(received.split('\r\n\r\n')[1]).toBe('plain')
  }
})
