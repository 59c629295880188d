import { expect, test } from '../helpers/test.ts'
import { ConnectionError } from '../../src/errors.ts'
import { LineTransport } from '../../src/intercept/line-transport.ts'
import type { Scope } from '../../src/intercept/scopes.ts'
import type { SegmentReader, Transport } from '../../src/transport.ts'
import { nextTurn, ScriptedTransport } from '../helpers/scripted-transport.ts'

/** A client's connection that two tests share, and the connections that were made for it. */
class Shared {
  readonly line: LineTransport
  readonly made: (readonly [title: string, peer: ScriptedTransport])[] = []
  readonly #said: string[] = []
  #end: unknown
  #offset = 0

  constructor() {
    this.line = new LineTransport(async ({ title }) => this.#connect(title))
    this.line.begin(A, this.#connect('a'))
    void this.#listen()
  }

  /** Writes the head of a request. Resolves when all that follows has happened. */
  async ask(scope: Scope, head: string): Promise<void> {
    this.line.mark(this.#offset, scope)
    this.#offset += head.length
    void this.line.write(Buffer.from(head))
    await nextTurn()
  }

  /** The server of a connection answers, and the client reads. */
  async answer(connection: number, text: string): Promise<void> {
    this.peer(connection).say(text)
    await nextTurn()
  }

  peer(connection: number): ScriptedTransport {
    const [, peer] = this.made[connection] ?? []
    if (peer === undefined) throw new Error(`${this.made.length} connections were made`)
    return peer
  }

  /** What the client has read. */
  get said(): readonly string[] {
    return this.#said
  }

  /** Why it reads no more: `null` is an ordinary end; `undefined`: it still reads. */
  get end(): unknown {
    return this.#end
  }

  #connect(title: string): ScriptedTransport {
    const peer = new ScriptedTransport()
    this.made.push([title, peer])
    return peer
  }

  async #listen(): Promise<void> {
    try {
      for (let part = await this.line.read(); part !== null; part = await this.line.read())
        this.#said.push(Buffer.from(part).toString())
      this.#end = null
    } catch (error) {
      this.#end = error
    }
  }
}

const scope = (title: string, isEnded = false): Scope => ({
  title,
  isOfFile: false,
  isEnded,
  decide: () => 'take',
  connector: () => Promise.reject(new Error('the line connects')),
  noteLate: () => {},
  noteEscape: () => {},
})

const A = scope('a')
const B = scope('b')

test.describe('a connection of a client that several tests share', () => {
  test('asks nothing on a connection that waited while another test had its turn: its server may have ended it', async () => {
    const shared = new Shared()
    await shared.ask(A, 'A1')
    await shared.answer(0, 'a1')
    await shared.ask(B, 'B1')
    // Its time was over; the end is on its way while the next request is written.
    shared.peer(0).hangUp()
    await shared.answer(1, 'b1')
    await shared.ask(A, 'A2')
    await shared.answer(2, 'a2')
    expect(shared.made.map(([title, { sent }]) => `${title}: ${sent}`)).toEqual(['a: A1', 'b: B1', 'a: A2'])
    expect(shared.made.map(([, { isDestroyed }]) => isDestroyed)).toEqual([true, true, false])
    expect(shared.said).toEqual(['a1', 'b1', 'a2'])
    expect(shared.end).toBeUndefined()
  })

  test('goes on with the next test when the cassette of the one before is closed in another process', async () => {
    const shared = new Shared()
    await shared.ask(A, 'A1')
    await shared.answer(0, 'a1')
    shared.peer(0).fail(new ConnectionError('SCOPE_ENDED', 'open', 'its cassette is closed'))
    await nextTurn()
    await shared.ask(B, 'B1')
    await shared.answer(1, 'b1')
    expect(shared.said).toEqual(['a1', 'b1'])
    expect(shared.end).toBeUndefined()
  })

  test('ends when the server of the test whose turn it is ends it', async () => {
    const shared = new Shared()
    await shared.ask(A, 'A1')
    await shared.answer(0, 'a1')
    shared.peer(0).hangUp()
    await nextTurn()
    expect(shared.end).toBeNull()
    const other = new Shared()
    await other.ask(A, 'A1')
    const reset = new ConnectionError('CONNECTION_LOST', 'open', 'http://api.test', { systemCode: 'ECONNRESET' })
    other.peer(0).fail(reset)
    await nextTurn()
    expect(other.end).toBe(reset)
  })
})

/** What a client's connection over several does with their bytes, in order. */
async function written(
  marks: readonly (readonly [offset: number, meant: Scope | Error])[],
  ...writes: readonly string[]
): Promise<readonly string[]> {
  const made: (readonly [title: string, peer: ScriptedTransport])[] = []
  const line = new LineTransport(async ({ title }) => {
    const peer = new ScriptedTransport()
    made.push([title, peer])
    return peer
  })
  const first = new ScriptedTransport()
  made.push(['first', first])
  line.begin(A, first)
  for (const [offset, meant] of marks) line.mark(offset, meant)
  const failed: string[] = []
  for (const text of writes) {
    line.write(Buffer.from(text))?.catch((error: unknown) => failed.push(String(error)))
    await nextTurn()
  }
  return [...made.map(([title, { sent }]) => `${title}: ${sent}`), ...failed]
}

test('bytes go to the test whose they are, wherever the marks are in what the client writes', async () => {
  const refused = new Error('refused')
  // oxfmt-ignore
  const CASES: readonly (readonly [marks: readonly (readonly [number, Scope | Error])[], writes: readonly string[], sent: readonly string[]])[] = [
    [[],                           ['abc', 'def'],     ['first: abcdef']],
    [[[0, A]],                     ['abc', 'def'],     ['first: abcdef']],
    [[[0, B]],                     ['abc', 'def'],     ['first: ', 'b: abcdef']],
    [[[2, B]],                     ['abc', 'def'],     ['first: ab', 'b: cdef']],
    [[[3, B]],                     ['abc', 'def'],     ['first: abc', 'b: def']],
    [[[3, B]],                     ['abc'],            ['first: abc']],
    [[[2, B], [4, A]],             ['abcdef'],         ['first: ab', 'b: cd', 'a: ef']],
    [[[0, A], [2, B], [4, B]],     ['abcdef', 'gh'],   ['first: ab', 'b: cdefgh']],
    [[[2, B], [4, A]],             ['abc', 'def'],     ['first: ab', 'b: cd', 'a: ef']],
    [[[2, refused]],               ['abc'],            ['first: ab', 'Error: refused']],
    [[[0, refused], [2, B]],       ['abc'],            ['first: ', 'Error: refused']],
  ]
  for (const [marks, writes, sent] of CASES) expect([writes, await written(marks, ...writes)]).toEqual([writes, sent])
})

test('a connection is that of the test whose turn it is, in all that is said of it', async () => {
  const calls: unknown[] = []
  const made: ScriptedTransport[] = []
  const connect = (name: string): ScriptedTransport => {
    const peer = Object.assign(new ScriptedTransport(), {
      info: { localAddress: name },
      isQuiet: name === 'a',
      keepAlive: (value: boolean) => void calls.push([name, value]),
      startTls: async (origin: unknown, options: unknown) => void calls.push([name, origin, options]),
    })
    made.push(peer)
    return peer
  }
  const line = new LineTransport(async ({ title }) => connect(title))
  expect([line.info, line.isQuiet]).toEqual([{}, undefined])
  line.keepAlive(false)
  line.begin(A, connect('a'))
  expect([line.info, line.isQuiet]).toEqual([{ localAddress: 'a' }, true])
  const origin = { protocol: 'tls', host: 'x', port: 1 } as const
  await line.startTls(origin, { verify: false })
  line.end()
  expect(made[0]?.isEnded).toBe(true)
  line.mark(0, B)
  void line.write(Buffer.from('B1'))
  await nextTurn()
  line.keepAlive(true)
  expect(calls).toEqual([
    ['a', false],
    ['a', origin, { verify: false }],
    ['b', false],
    ['b', true],
  ])
  line.leave(A)
  expect(made.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false])
  line.leave(B)
  expect(made.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true])
  await expect(line.write(Buffer.from('more'))).rejects.toThrow('the test of this request has ended')
  await expect(line.read()).rejects.toThrow('the test of this request has ended')
})

test('a connection that was made for a test that has ended is closed, and nothing goes out on it', async () => {
  const peer = new ScriptedTransport()
  const line = new LineTransport(() => Promise.reject(new Error('none')))
  line.begin(scope('over', true), peer)
  expect(peer.isDestroyed).toBe(true)
  const read = line.read()
  await expect(line.write(Buffer.from('more'))).rejects.toThrow('the test of this request has ended')
  await expect(read).rejects.toThrow('the test of this request has ended')
})

test('a client that destroys its connection hears why, and so does the server', async () => {
  for (const error of [new Error('gone'), undefined]) {
    const peer = new ScriptedTransport()
    const line = new LineTransport(() => Promise.reject(new Error('none')))
    line.begin(A, peer)
    const read = line.read()
    line.destroy(error)
    await expect(read).rejects.toThrow(error?.message ?? 'closed by this side')
    line.destroy(new Error('again'))
    await expect(line.read()).rejects.toThrow(error?.message ?? 'closed by this side')
    expect([peer.isDestroyed, peer.destroyedWith]).toEqual([true, error])
  }
})

test('a reader borrows bytes where the connection lends them', async () => {
  const lent = Buffer.from('lent bytes')
  const readers: SegmentReader[] = []
  const line = new LineTransport(() => Promise.reject(new Error('none')))
  line.begin(
    A,
    Object.assign(new ScriptedTransport(), { receive: (reader: SegmentReader) => void readers.push(reader) }),
  )
  const heard: unknown[] = []
  const receive = (): void =>
    line.receive({
      onBytes: (buffer, length) => void heard.push(buffer === lent, length),
      onEnd: () => void heard.push('end'),
      onFailure: (error) => void heard.push(error.message),
    })
  receive()
  readers[0]?.onBytes(lent, 4)
  expect(heard.splice(0)).toEqual([true, 4])
  receive()
  // One that is asked again has not been answered before.
  receive()
  expect(readers).toHaveLength(2)
  readers[1]?.onEnd()
  receive()
  readers[2]?.onFailure(new Error('reset'))
  receive()
  expect(heard).toEqual(['end', 'reset', 'reset'])
  expect(readers).toHaveLength(3)
})

test('what comes late of a test whose turn is over is nobody’s', () => {
  const readers: SegmentReader[] = []
  const lending = (): Transport =>
    Object.assign(new ScriptedTransport(), { receive: (reader: SegmentReader) => void readers.push(reader) })
  const line = new LineTransport(async () => lending())
  line.begin(A, lending())
  const heard: string[] = []
  line.receive({
    onBytes: () => void heard.push('bytes'),
    onEnd: () => void heard.push('end'),
    onFailure: (error) => void heard.push(error.message),
  })
  line.mark(0, B)
  void line.write(Buffer.from('B1'))
  const [late] = readers
  late?.onBytes(Buffer.from('late'), 4)
  late?.onEnd()
  late?.onFailure(new Error('late'))
  expect([heard, late === undefined]).toEqual([[], false])
})
