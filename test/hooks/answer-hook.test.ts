import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from '../helpers/test.ts'
import * as fc from 'fast-check'
import { LocalProtocolError } from '../../src/errors.ts'
import { countOf } from '../helpers/share.ts'
import type { AnswerHook, HookAnswer } from '../../src/hooks/answer-hook.ts'
import type { HookResponse } from '../../src/hooks/taped-exchanges.ts'
import { readResponses } from '../../src/messages/speech.ts'
import { Replayer, type ReplayerOptions } from '../../src/replay/replayer.ts'
import { serveCassette } from '../../src/serve/serve-cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { useCassette } from '../../src/use/use-cassette.ts'
import { temporaryFolder } from '../cli/run-cli.ts'
import { Dialogue } from '../helpers/dialogue.ts'
import { answer, type ConnectionWriter, oneConnection, request } from '../helpers/tape.ts'

const API = 'http://api.test'

const recorded = (write: (connection: ConnectionWriter) => void): Cassette => oneConnection(API, write)

const one = (...received: readonly string[]): Cassette =>
  recorded((connection) => connection.sent(request('GET', '/')).received(...received))

/** What a client hears after each thing that it says on one connection. */
async function heard(cassette: Cassette, options: ReplayerOptions, ...said: readonly string[]): Promise<string[][]> {
  const dialogue = await Dialogue.with(new Replayer(cassette, options))
  const all: string[][] = []
  for (const text of said) {
    try {
      dialogue.say(text)
    } catch (error) {
      // The read fails, too.
      if (!(error instanceof LocalProtocolError)) throw error
    }
    all.push(await dialogue.hearAll())
  }
  return all
}

const giving =
  (change: Partial<HookResponse>): AnswerHook =>
  ({ response }) => ({ ...response, ...change })

const call = (id: number | string): string =>
  request('POST', '/rpc', JSON.stringify({ jsonrpc: '2.0', id, method: 'sum' }), [`X-Nonce: n${id}`])

const repeatingTarget: AnswerHook = ({ asked, response }) => ({ ...response, body: asked.target })
const repeatingBody: AnswerHook = ({ asked, response }) => ({ ...response, body: `got ${String(asked.body)}` })

/** Fails but for one target. */
function failing<Result>(target: string, result: Result): Result {
  if (target !== '/3') throw new Error(`no ${target}`)
  return result
}

test.describe('beforeAnswer', () => {
  test('sees what is asked and what was recorded, and what it returns is what the client gets', async () => {
    const cassette = recorded((it) => it.sent(call(1)).received(answer('{"jsonrpc":"2.0","id":1,"result":3}')))
    const seen: HookAnswer[] = []
    const said = await heard(
      cassette,
      {
        matchOn: ['method', 'url', { body: { ignore: ['$.id'] } }],
        beforeAnswer: (it) => {
          seen.push(it)
          const { id } = Object(JSON.parse(String(it.asked.body)))
          const nonce = it.asked.headers.find(([name]) => name === 'X-Nonce')?.[1] ?? ''
          return {
            ...it.response,
            headers: [...it.response.headers, ['X-Nonce', nonce]],
            body: JSON.stringify({ ...JSON.parse(String(it.response.body)), id }),
          }
        },
      },
      call('a-much-longer-id'),
    )
    expect(said.flat().join('')).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 52\r\nX-Nonce: na-much-longer-id\r\n\r\n{"jsonrpc":"2.0","id":"a-much-longer-id","result":3}',
    )
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ origin: API, asked: { method: 'POST', target: '/rpc' } })
    expect(String(seen[0]?.request.body)).toContain('"id":1')
    expect(String(seen[0]?.asked.body)).toContain('"id":"a-much-longer-id"')
  })

  test('that returns undefined, or the response, leaves every segment as it was', async () => {
    const segments = ['HTTP/1.1 200 OK\r\nTransfer-', 'Encoding: chunked\r\n\r\n3\r\nabc', '\r\n0\r\n\r\n']
    for (const beforeAnswer of [() => undefined, giving({})])
      expect(await heard(one(...segments), { beforeAnswer }, request('GET', '/'))).toEqual([segments])
  })

  test('changes the segments that it changes something in, and leaves the others', async () => {
    const [head, first, second] = ['HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n', 'one', 'two']
    const changed = await heard(
      one(head, first, second),
      { beforeAnswer: giving({ body: 'six666' }) },
      request('GET', '/'),
    )
    expect(changed.flat()[0]).toBe(head)
    expect(changed.flat().join('')).toBe(`${head}six666`)
    const reason = await heard(
      one(head, first, second),
      { beforeAnswer: giving({ reason: 'Fine' }) },
      request('GET', '/'),
    )
    expect(reason).toEqual([[head.replace('OK', 'Fine'), first, second]])
  })

  test('is called for each answer, repeats included', async () => {
    let count = 0
    const beforeAnswer: AnswerHook = ({ response }) => ({ ...response, body: `${(count += 1)}` })
    const said = await heard(
      one(answer('0')),
      { beforeAnswer, allowPlaybackRepeats: true },
      request('GET', '/'),
      request('GET', '/'),
    )
    expect(said).toEqual([[answer('1')], [answer('2')]])
  })

  test('keeps chunks, codings, segments, interim responses and the ending', async () => {
    const body = gzipSync('{"state":"old"}').toString('latin1')
    const cassette = recorded((it) =>
      it
        .sent(request('GET', '/'))
        .received(
          'HTTP/1.1 103 Early Hints\r\n\r\n',
          'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-MD5: x\r\nTransfer-Encoding: chunked\r\n\r\n',
          `9\r\n${body.slice(0, 9)}\r\n`,
          `${(body.length - 9).toString(16)}\r\n${body.slice(9)}\r\n0\r\n\r\n`,
        )
        .ended('server'),
    )
    const [said = []] = await heard(
      cassette,
      { beforeAnswer: giving({ body: '{"state":"new"}' }) },
      request('GET', '/'),
    )
    expect(said).toHaveLength(5)
    expect(said[0]).toBe('HTTP/1.1 103 Early Hints\r\n\r\n')
    expect(said.at(-1)).toBe('(end)')
    expect(said.join('')).not.toContain('Content-MD5')
    const received = Buffer.from(said.slice(0, -1).join(''), 'latin1')
    const content = contentOf(received)
    expect(gunzipSync(content).toString()).toBe('{"state":"new"}')
  })

  /** Responses whose framing has no room for what a hook returns. */
  const REFRAMED: readonly (readonly [what: string, received: string, change: Partial<HookResponse>, heard: string])[] =
    [
      [
        'a body after 204',
        'HTTP/1.1 204 No Content\r\nA: b\r\n\r\n',
        { status: 200, reason: 'OK', body: 'now' },
        'HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n\r\nnow',
      ],
      [
        'no body where there was one',
        answer('gone'),
        { status: 204, reason: 'No Content', body: '' },
        'HTTP/1.1 204 No Content\r\n\r\n',
      ],
      [
        'no body where there were chunks',
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n1\r\nx\r\n0\r\n\r\n',
        { status: 304, reason: 'Not Modified', body: '' },
        'HTTP/1.1 304 Not Modified\r\nA: b\r\n\r\n',
      ],
      [
        'another status, reason and header',
        answer('fine'),
        { status: 503, reason: 'Wait', headers: [['Retry-After', '1']], body: 'later' },
        'HTTP/1.1 503 Wait\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater',
      ],
    ]
  for (const [what, received, change, expected] of REFRAMED)
    test(`may return ${what}`, async () => {
      expect(await heard(one(received), { beforeAnswer: giving(change) }, request('GET', '/'))).toEqual([[expected]])
    })

  test('is given the response of a HEAD, which has no body', async () => {
    const cassette = recorded((it) =>
      it.sent(request('HEAD', '/')).received('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
    )
    const said = await heard(cassette, { beforeAnswer: giving({ headers: [['A', 'b']] }) }, request('HEAD', '/'))
    expect(said).toEqual([['HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 9\r\n\r\n']])
    expect(await heard(cassette, { beforeAnswer: giving({ body: 'x' }) }, request('HEAD', '/'))).toEqual([
      ['(PLAYBACK_HOOK_FAILED)'],
    ])
  })

  test('is called for pipelined requests if the recording distinguishes their answers, and else not', async () => {
    const requests = request('GET', '/1') + request('GET', '/2')
    const beforeAnswer = repeatingTarget
    const apart = recorded((it) => it.sent(requests).received(answer('x'), answer('y')))
    expect((await heard(apart, { beforeAnswer }, requests)).flat().join('')).toBe(answer('/1') + answer('/2'))
    const mixed = recorded((it) => it.sent(requests).received(answer('x') + answer('y')))
    expect((await heard(mixed, { beforeAnswer }, requests)).flat().join('')).toBe(answer('x') + answer('y'))
  })

  test('comes before faults', async () => {
    const options: ReplayerOptions = {
      beforeAnswer: giving({ body: 'longer than before' }),
      faults: [{ type: 'cut', at: 45 }],
    }
    const [said = []] = await heard(one(answer('x')), options, request('GET', '/'))
    expect(said.join('')).toBe(`${answer('longer than before').slice(0, 45)}(end)`)
  })

  test('is called once the request is complete, and keeps what the client has already', async () => {
    const head = request('POST', '/', '', ['Expect: 100-continue', 'Content-Length: 4'])
    const cassette = recorded((it) =>
      it.sent(head).received('HTTP/1.1 100 Continue\r\n\r\n').sent('body').received(answer('x')),
    )
    const beforeAnswer = repeatingBody
    expect(await heard(cassette, { beforeAnswer }, head, 'body')).toEqual([
      ['HTTP/1.1 100 Continue\r\n\r\n'],
      [answer('got body')],
    ])
    const early = recorded((it) => it.sent(head).received(answer('x')).sent('body'))
    expect(await heard(early, { beforeAnswer: () => undefined }, head, 'body')).toEqual([[answer('x')], []])
    const [, said] = await heard(early, { beforeAnswer }, head, 'body')
    expect(said).toEqual(['(PLAYBACK_HOOK_FAILED)'])
  })

  for (const [what, hook, why] of [
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'Error: no',
    ],
    [
      'throws later',
      async () => {
        await Promise.resolve()
        throw new Error('no, later')
      },
      'Error: no, later',
    ],
    ['promises a text', async () => 'no', 'its response is'],
    ['returns a text', () => 'no', 'its response is'],
    ['returns null', () => null, 'its response is null'],
    ['returns an interim status', () => ({ status: 100, reason: '', headers: [], body: '' }), 'its status is 100'],
    [
      'returns a header in two lines',
      () => ({ status: 200, reason: '', headers: [['a', 'b\r\nc: d']], body: '' }),
      'headers',
    ],
  ] as const)
    test(`that ${what} is an error with its name and place, for the client and for eject`, async () => {
      await using folder = await temporaryFolder()
      await saveCassette(`${folder.path}/a.yaml`, one(answer('x')))
      const beforeAnswer: AnswerHook = Object(hook)
      const cassette = await useCassette('a', { dir: folder.path, mode: 'none', env: {}, beforeAnswer })
      const connection = cassette.connect(API)
      const failure = {
        code: 'PLAYBACK_HOOK_FAILED',
        detail: expect.stringMatching(new RegExp(`^beforeAnswer, at GET /: .*${why}.*; it must return a response`)),
      }
      const asking = connection.request('GET', '/').then(() => connection.getResponse())
      await expect(asking).rejects.toMatchObject(failure)
      await expect(cassette.eject()).rejects.toMatchObject(failure)
    })

  test('may promise what it returns: answers keep their order, and what the client sends meanwhile waits', async () => {
    const cassette = recorded((it) =>
      it.sent(request('GET', '/1')).received(answer('a')).sent(request('GET', '/2')).received(answer('b')),
    )
    const waiting: (() => void)[] = []
    const beforeAnswer: AnswerHook = async ({ asked, response }) => {
      await new Promise<void>((resolve) => void waiting.push(resolve))
      return { ...response, body: asked.target }
    }
    const dialogue = await Dialogue.with(new Replayer(cassette, { beforeAnswer }))
    dialogue.say(request('GET', '/1'), request('GET', '/2'))
    expect(await dialogue.hearAll()).toEqual([])
    expect(waiting).toHaveLength(1)
    waiting[0]?.()
    expect(await dialogue.hearAll()).toEqual([answer('/1')])
    expect(waiting).toHaveLength(2)
    waiting[1]?.()
    expect(await dialogue.hearAll()).toEqual([answer('/2')])
  })

  test('of which two promise at once answers each connection', async () => {
    const replayer = new Replayer(one(answer('x')), {
      allowPlaybackRepeats: true,
      beforeAnswer: async ({ response }) => response,
    })
    const [first, second] = [await Dialogue.with(replayer), await Dialogue.with(replayer)]
    first.say(request('GET', '/'))
    second.say(request('GET', '/'))
    expect([await first.hear(), await second.hear()]).toEqual([answer('x'), answer('x')])
  })

  test('whose promise is kept after the client has gone does no harm', async () => {
    const kept: (() => void)[] = []
    const replayer = new Replayer(one(answer('x')), {
      beforeAnswer: ({ response }) => new Promise((resolve) => void kept.push(() => resolve(response))),
    })
    const dialogue = await Dialogue.with(replayer)
    dialogue.say(request('GET', '/'))
    dialogue.transport.destroy()
    for (const keep of kept) keep()
    expect(await dialogue.hear()).toBe('(CONNECTION_CLOSED)')
    expect(replayer.hookError).toBeUndefined()
  })

  test('whose promise is never kept fails when its time is over', async () => {
    const replayer = new Replayer(one(answer('x')), { beforeAnswer: () => new Promise(() => {}), hookTimeout: 20 })
    const dialogue = await Dialogue.with(replayer)
    dialogue.say(request('GET', '/'))
    await expect(dialogue.transport.read()).rejects.toMatchObject({ code: 'PLAYBACK_HOOK_FAILED' })
    expect(replayer.hookError?.message).toContain('it took more than 20 ms')
  })

  test('that fails again and again is reported as it failed first, and goes on with what it does not fail at', async () => {
    const cassette = recorded((it) => {
      for (const name of ['/1', '/2', '/3']) it.sent(request('GET', name)).received(answer(name))
    })
    const hooks: readonly ReplayerOptions[] = [
      { beforeAnswer: ({ asked }) => failing(asked.target, undefined) },
      {
        normalizeRequest: ({ request: asked }) => failing(asked.target, asked),
      },
    ]
    for (const options of hooks) {
      const replayer = new Replayer(cassette, options)
      const said: string[] = []
      for (const name of ['/1', '/2', '/3']) {
        const dialogue = await Dialogue.with(replayer)
        try {
          dialogue.say(request('GET', name))
        } catch (error) {
          if (!(error instanceof LocalProtocolError)) throw error
        }
        said.push(await dialogue.hear())
      }
      expect(said).toEqual(['(PLAYBACK_HOOK_FAILED)', '(PLAYBACK_HOOK_FAILED)', answer('/3')])
      expect(replayer.hookError?.message).toContain('no /1')
    }
  })

  test('says nothing secret when it fails', async () => {
    const secret = ['aB3dE6gH', '9jK2mN5p'].join('')
    const beforeAnswer: AnswerHook = () => {
      throw new Error(`not with ${secret}`)
    }
    const replayer = new Replayer(one(answer('x')), { beforeAnswer, redact: { secrets: [secret] } })
    await heardOf(replayer)
    expect(replayer.hookError?.message).toMatch(/not with \{\{secret\.1\}\}/)
  })

  test('is refused where nothing is taken for a request, and if it is not a function', () => {
    const refusal = expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('beforeAnswer'),
    })
    for (const options of [{ matchOn: 'bytes', beforeAnswer: giving({}) }, { beforeAnswer: 'no' }]) {
      expect(() => new Replayer(one(), Object(options))).toThrow(refusal)
    }
  })

  test('changes what a served cassette says; a failure is reported as any other', async () => {
    const cassette = recorded((it) =>
      it.sent(request('GET', '/?a=1')).received(answer('x')).sent(request('GET', '/?a=2')).received(answer('x')),
    )
    const refused: Error[] = []
    await using served = await serveCassette(cassette, {
      beforeAnswer: ({ asked, response }) => {
        if (asked.target === '/?a=2') throw new Error('no')
        return { ...response, status: 201, body: `hello ${asked.target}` }
      },
      onRefused: (reason) => void refused.push(reason),
    })
    const first = await fetch(`${served.url}/?a=1`)
    expect([first.status, await first.text()]).toEqual([201, 'hello /?a=1'])
    const second = await fetch(`${served.url}/?a=2`)
    expect([second.status, second.headers.get('wiretape-error')]).toEqual([599, 'PLAYBACK_HOOK_FAILED'])
    expect(refused).toMatchObject([{ code: 'PLAYBACK_HOOK_FAILED' }])
  })
})

async function heardOf(replayer: Replayer): Promise<void> {
  const dialogue = await Dialogue.with(replayer)
  expect(() => dialogue.say(request('GET', '/'))).toThrow()
}

function contentOf(received: Buffer): Buffer {
  const { messages } = readResponses([received], ['GET'])
  const chunks = messages.at(-1)?.chunks ?? []
  return Buffer.concat(chunks.map(({ dataStart, dataEnd }) => received.subarray(dataStart, dataEnd)))
}

test('whatever a hook returns, the client gets one whole response that says it, however the recorded one was framed and cut', async () => {
  const text = fc.string({ maxLength: 40 })
  const status = fc.constantFrom(200, 201, 204, 304, 404, 500)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('length', 'chunked', 'none', 'close'),
      status,
      text,
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }),
      async (framing, after, body, sizes) => {
        const cassette = recorded((it) => {
          it.sent(request('GET', '/')).received(...pieces(FRAMED[framing], sizes))
          if (framing === 'close') it.ended('server')
        })
        const content = after === 204 || after === 304 ? '' : body
        const beforeAnswer = giving({ status: after, reason: 'So', body: content })
        const [said = []] = await heard(cassette, { beforeAnswer }, request('GET', '/'))
        const received = Buffer.from(said.filter((segment) => segment !== '(end)').join(''), 'latin1')
        const { messages, restStart } = readResponses([received], ['GET'])
        expect(messages).toHaveLength(1)
        expect(restStart).toBe(received.length)
        expect(received.toString('latin1')).toMatch(new RegExp(`^HTTP/1\\.1 ${after} So\r\n`))
        expect(contentOf(received).toString()).toBe(content)
      },
    ),
    { numRuns: countOf(60, 200) },
  )
})

const FRAMED = {
  length: answer('recorded body'),
  chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;a=b\r\nyou\r\n0\r\n\r\n',
  none: 'HTTP/1.1 204 No Content\r\n\r\n',
  close: 'HTTP/1.1 200 OK\r\n\r\nuntil the end',
}

function pieces(text: string, sizes: readonly number[]): string[] {
  const result: string[] = []
  for (let [at, k] = [0, 0]; at < text.length; k += 1) {
    const size = sizes[k % sizes.length] ?? 1
    result.push(text.slice(at, at + size))
    at += size
  }
  return result
}
