import { expect, test } from '../helpers/test.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { VirtualClock } from '../../src/clock.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import { Replayer } from '../../src/replay/replayer.ts'
import { isCleanError } from '../../src/torture/clean-error.ts'
import type { Scenario, TortureWorld } from '../../src/torture/run.ts'
import { torture, type TortureVerdict } from '../../src/torture/torture.ts'
import { answer, oneConnection, request, TapeWriter } from '../helpers/tape.ts'
import { countOf, every, isWhole, ONLY_WHOLE } from '../helpers/share.ts'

test.describe.configure({ mode: 'parallel' })

const API = 'http://api.test'
const TITLE = 'Zoë, 漢字'
const LINES = '{"name":"Zoë"}\n{"name":"漢字"}\n'

const chunk = (part: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n')])

const feed = (): Cassette => {
  const tape = new TapeWriter()
  addFeed(tape)
  return tape.cassette
}

/** Chunks that cut no character and no line. */
function addFeed(tape: TapeWriter): void {
  const chunks = LINES.split(/(?<=\n)/).map((line) => chunk(Buffer.from(line)))
  tape
    .open(API)
    .sent(request('GET', '/feed'))
    .received('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', ...chunks, '0\r\n\r\n')
}

/** A title, the feed, and something that nobody waits for, each on a connection of its own. */
function threeAnswers(): Cassette {
  const tape = new TapeWriter()
  const title = Buffer.from(TITLE)
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${title.length}\r\n\r\n`
  tape.open(API).sent(request('GET', '/title')).received(head, title)
  addFeed(tape)
  tape.open(API).sent(request('GET', '/ping')).received(answer('pong'))
  return tape.cassette
}

const get = async ({ connect }: TortureWorld, target: string): Promise<HttpResponse> => {
  const connection = connect(API)
  await connection.request('GET', target)
  return connection.getResponse()
}

/** Takes every piece for whole lines. */
const readsPieces: Scenario<string[]> = async (world) => {
  const { body } = await get(world, '/feed')
  const names: string[] = []
  const decoder = new TextDecoder()
  for await (const piece of body)
    for (const line of decoder.decode(piece, { stream: true }).split('\n'))
      if (line !== '') names.push(String(JSON.parse(line).name))
  return names
}

/** Goes on without waiting for the body, and hears nothing of its failure. */
const forgetful: Scenario<number> = async (world) => {
  const response = await get(world, '/feed')
  void response.bytes()
  return response.status
}

/** Takes pieces for whole characters, then pieces for whole lines, and leaves a job behind that nobody looks after. */
const naive: Scenario<unknown> = async (world) => {
  let title = ''
  for await (const piece of (await get(world, '/title')).body) title += Buffer.from(piece).toString('utf8')
  const names = await readsPieces(world)
  void (await get(world, '/ping')).bytes()
  return { title, names }
}

/** Has no limits, so that a silent server holds it for ever. */
const patient: Scenario<number> = async ({ connect }) => {
  const connection = connect(API, { timeouts: null })
  await connection.request('GET', '/feed')
  return (await (await connection.getResponse()).bytes()).length
}

/** Reads the feed to its end before it looks at lines. */
const careful: Scenario<string[]> = async (world) => {
  const text = await (await get(world, '/feed')).text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => nameIn(line))
}

/** Does what the naive one does, and none of its mistakes. */
const carefulInAll: Scenario<unknown> = async (world) => {
  const title = await (await get(world, '/title')).text()
  const names = await careful(world)
  const ping = get(world, '/ping').then((response) => response.bytes())
  // It does not matter whether this one comes.
  await ping.catch(() => {})
  return { title, names }
}

/** Its own error, with a code, where the line is not what it should be. */
function nameIn(line: string): string {
  try {
    return String(Object(JSON.parse(line)).name)
  } catch (cause) {
    throw new LocalProtocolError('WRONG_STATE', 'no JSON', { cause })
  }
}

const verdictsOf = async (
  scenario: Scenario<unknown>,
  kinds?: Parameters<typeof torture>[2],
): Promise<TortureVerdict[]> => {
  const { findings } = await torture(feed(), scenario, { maxRuns: countOf(60, 400), ...kinds })
  return [...new Set(findings.map(({ verdict }) => verdict))].toSorted()
}

/** What is found, to the byte. */
const findingsOf = async (seed: number): Promise<string[]> => {
  const { findings } = await torture(feed(), readsPieces, { seed, maxRuns: countOf(30, 60) })
  return findings.map(({ summary, count }) => `${summary}, ${count} times`)
}

const nothing = (): void => {}

const throwLate = (): never => {
  throw new Error('late')
}

const ping: Scenario<string> = async ({ connector }) => {
  const transport = await connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  void transport.write(Buffer.from('PING\r\n'))
  let heard = ''
  while (!heard.endsWith('\r\n')) {
    const segment = await transport.read()
    if (segment === null) throw new LocalProtocolError('WRONG_STATE', 'the end')
    heard += Buffer.from(segment).toString()
  }
  return heard
}

/** Lets an event be thrown by nobody in particular. */
const deaf: Scenario<number> = async ({ connector }) => {
  const transport = await connector({ protocol: 'http', host: 'api.test', port: 80 }, {})
  void transport.write(Buffer.from(request('GET', '/feed')))
  transport.read().catch((error: unknown) => {
    setImmediate(() => {
      throw error
    })
  })
  return 1
}

/** Tries three times. */
const persistent: Scenario<string> = async (world) => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (await get(world, '/')).text()
    } catch (error) {
      if (attempt === 2) throw error
    }
  }
}

test.describe('torture', () => {
  test('finds in a naive client the split character, the split line and the reset that nobody handles', async () => {
    const report = await torture(threeAnswers(), naive, { maxRuns: countOf(300, 600) })
    const summaries = report.findings.map(({ summary }) => summary)
    expect(summaries).toContainEqual(
      expect.stringMatching(/^wrong-result with \{ .*segmentation|split.*\uFFFD.* instead of/),
    )
    expect(summaries).toContainEqual(expect.stringMatching(/^error with \{ .*: SyntaxError/))
    expect(summaries).toContainEqual(expect.stringMatching(/^unhandled-rejection with .*reset.*on: 2.*ConnectionError/))
    expect(report.failed).toBeGreaterThan(report.findings.length)
  })

  test('finds nothing in a careful client of the same answers', async () => {
    const few = countOf(20, 100)
    const { findings, right, clean, runs } = await torture(threeAnswers(), carefulInAll, { maxRuns: countOf(150, 600) })
    expect(findings).toEqual([])
    expect([right + clean, right > few, clean > few]).toEqual([runs, true, true])
  })

  test('finds nothing in a careful one, in every run there can be', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const segmentations = every(2, ['coalesced', 'bytewise'] as const)
    const report = await torture(feed(), careful, { maxRuns: countOf(400, Infinity), segmentations })
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ failed: 0, runs: countOf(400, report.possible) })
    expect(report.right + report.clean).toBe(report.runs)
    const many = countOf(50, 300)
    expect([report.right > many, report.clean > many]).toEqual([true, true])
  })

  test('finds the reset that nobody handles', async () => {
    expect(await verdictsOf(forgetful)).toEqual(['unhandled-rejection'])
  })

  test('finds the silence that nobody limits, without waiting for it', async () => {
    const began = performance.now()
    expect(await verdictsOf(patient, { kinds: ['stall'], maxRuns: countOf(20, 60) })).toEqual(['hang'])
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('finds an event that nobody listens to', async () => {
    expect(await verdictsOf(deaf, { kinds: ['reset'] })).toEqual(['uncaught-exception'])
  })

  test('gives for each finding options that bring it back', async () => {
    const { findings, expected } = await torture(feed(), readsPieces, { maxRuns: countOf(60, 200) })
    expect(findings.length).toBeGreaterThan(0)
    for (const { options, verdict, reproduce } of findings) {
      const { connector } = new Replayer(feed(), options)
      expect(JSON.parse(JSON.stringify(options))).toEqual(options)
      expect(reproduce).not.toContain('\n')
      if (verdict === 'unhandled-rejection') continue
      await using connection = HttpConnection.to(API, { connector })
      const world = {
        connector,
        clock: new VirtualClock(),
        signal: AbortSignal.timeout(1_000),
        connect: () => connection,
      }
      const again = await (async () => readsPieces(world))().then(
        (result) => JSON.stringify(result),
        (error: unknown) => String(error),
      )
      expect(again).not.toBe(JSON.stringify(expected))
    }
  })

  test('makes the same runs for the same seed, and others for another', async () => {
    const seven = await findingsOf(7)
    expect(await findingsOf(7)).toEqual(seven)
    expect(await findingsOf(8)).not.toEqual(seven)
  })

  test('keeps calls that run side by side apart', async () => {
    const [one, two, three] = await Promise.all([
      verdictsOf(forgetful),
      torture(feed(), careful, { maxRuns: 100 }),
      verdictsOf(forgetful),
    ])
    expect([one, two.findings, three]).toEqual([['unhandled-rejection'], [], ['unhandled-rejection']])
  })

  test('leaves the listeners of the process as they were', async () => {
    process.once('unhandledRejection', nothing)
    const before = process.rawListeners('unhandledRejection')
    await torture(feed(), careful, { maxRuns: 3 })
    expect(process.rawListeners('unhandledRejection')).toEqual(before)
    process.off('unhandledRejection', nothing)
    expect(process.rawListeners('unhandledRejection')).toHaveLength(before.length - 1)
  })

  test('lets a client try again, as one fault spoils one answer', async () => {
    const cassette = oneConnection(API, (it) => it.sent(request('GET', '/')).received(answer('hello')))
    const { findings, clean } = await torture(cassette, persistent, {
      kinds: ['cut', 'reset', 'stall'],
      maxRuns: countOf(60, 1000),
    })
    expect(findings).toEqual([])
    expect(clean).toBeGreaterThan(0)
  })

  test("tortures connections where matchOn is 'bytes'", async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const cassette = oneConnection(API, (it) => it.sent('PING\r\n').received('+PO', 'NG\r\n'))
    const replay = { matchOn: 'bytes' } as const
    const { findings } = await torture(cassette, ping, { replay, kinds: ['segmentation', 'split', 'cut', 'reset'] })
    expect(findings).toEqual([])
    const stalled = await torture(cassette, ping, { replay, kinds: ['stall'] })
    expect(stalled.findings.map(({ verdict }) => verdict)).toEqual(['hang'])
  })

  test('aborts the signal of a run that is over, and waits a moment for what that throws', async () => {
    const signals = new Set<AbortSignal>()
    const { findings } = await torture(
      feed(),
      ({ signal }) => {
        signals.add(signal)
        signal.addEventListener('abort', () => setImmediate(() => setImmediate(throwLate)))
        return 1
      },
      { maxRuns: 5 },
    )
    expect(findings).toEqual([])
    expect([...signals].map(({ aborted }) => aborted)).toEqual([...signals].map(() => true))
    expect(signals.size).toBeGreaterThan(4)
  })

  const baselines: readonly (readonly [what: string, scenario: Scenario<unknown>])[] = [
    ['it fails', () => Promise.reject(new Error('no'))],
    ['it hangs', () => new Promise(() => {})],
    [
      'it gives another result each time',
      (() => {
        let count = 0
        return () => (count += 1)
      })(),
    ],
    ['an error gets away', () => void Promise.reject(new Error('no'))],
  ]
  for (const [what, scenario] of baselines) {
    test(`refuses a scenario where nothing is wrong but ${what}`, async () => {
      await expect(torture(feed(), scenario)).rejects.toMatchObject({ code: 'TORTURE_BASELINE' })
    })
  }

  for (const options of [{ kinds: ['fire'] }, { maxRuns: 0 }, { seed: 1.5 }]) {
    test(`refuses ${JSON.stringify(options)}`, async () => {
      const unchecked: object = options
      await expect(torture(feed(), careful, unchecked)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    })
  }
})

const errors: readonly (readonly [error: unknown, isClean: boolean])[] = [
  [new LocalProtocolError('WRONG_STATE', ''), true],
  [new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'UND_ERR_SOCKET' }) }), true],
  [new AggregateError([Object.assign(new Error('x'), { code: 'ECONNREFUSED' })]), true],
  [AbortSignal.abort().reason, true],
  [new SyntaxError('Unexpected end of JSON input'), false],
  [new TypeError('x is undefined'), false],
  [Object.assign(new TypeError('x'), { code: 'ERR_INVALID_ARG_TYPE' }), false],
  ['text', false],
  [undefined, false],
]
for (const [error, isClean] of errors) {
  test(`${error instanceof Error ? error : JSON.stringify(error)} is ${isClean ? 'a' : 'no'} clean error`, () => {
    expect(isCleanError(error)).toBe(isClean)
  })
}
