import { expect, test } from '../helpers/test.ts'
import { ConnectionError } from '../../src/errors.ts'
import { LineTransport } from '../../src/intercept/line-transport.ts'
import type { Scope } from '../../src/intercept/scopes.ts'
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

const scope = (title: string): Scope => ({
  title,
  isOfFile: false,
  isEnded: false,
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
