import { type Dialogue, type Field, NotSpoken, type Protocol, type Question, type Told } from './dialogue.ts'
import { readBind, readStartup, zeroEnded } from './postgres-messages.ts'
import { readable, SETS_UP, shortened, Transaction } from './words.ts'

/** PostgreSQL's frontend and backend protocol, version 3 (chapter 55 of its manual). */
export const postgres: Protocol = { name: 'postgres', begin: () => new PostgresDialogue() }

/** Codes instead of a version, section 55.2. */
const CANCEL = 80_877_102
const SSL = 80_877_103
const GSS = 80_877_104

/** `ReadyForQuery`, outside of a transaction. */
const IDLE = Buffer.from('5a0000000549', 'hex')
const READY_FOR_QUERY = 0x5a
const PARSE_COMPLETE = Buffer.from('3100000004', 'hex')
const CLOSE_COMPLETE = Buffer.from('3300000004', 'hex')

/** Messages of the extended protocol: after an error the server ignores them until Sync. */
const EXTENDED = new Set(['Parse', 'Bind', 'Describe', 'Execute', 'Close'])

/** With which message of the server's the answer to a question is complete. */
const LAST: Readonly<Record<string, string>> = {
  Startup: 'EZ',
  Query: 'ZG',
  FunctionCall: 'Z',
  Sync: 'Z',
  Parse: '1',
  Bind: '2',
  Close: '3',
  Describe: 'Tn',
  Execute: 'CIsG',
  CopyDone: 'C',
  CopyFail: 'C',
}

interface Portal {
  readonly statement: string
  readonly fields: readonly Field[]
}

class PostgresDialogue implements Dialogue {
  /** Sent, and not answered to the end. */
  #open: Question[] = []
  #hasStarted = false
  /** The question whose answer is one byte. */
  #asksForTls: Question | undefined
  readonly #statements = new Map<string, string>()
  readonly #portals = new Map<string, Portal>()
  readonly #transaction = new Transaction()
  /** What COPY FROM was asked with. */
  #copying: Question | undefined
  /** The last `ReadyForQuery` of a connection that is played. */
  #ready: Buffer = IDLE
  /** Since an error of a connection that is played, until Sync. */
  #isSkipping = false

  sentLength(bytes: Buffer): number {
    if (this.#hasStarted) return typedLength(bytes)
    if (bytes.length < 8) return 8
    const length = bytes.readInt32BE(0)
    if (length < 8 || length > 10_000) throw new NotSpoken('no startup message')
    return length
  }

  receivedLength(bytes: Buffer): number {
    return this.#asksForTls === undefined ? typedLength(bytes) : 1
  }

  sent(message: Buffer): Question {
    const question = this.#hasStarted ? this.#typed(message) : this.#startup(message)
    if (question.role !== 'silent' && question.isUnanswered !== true) this.#open.push(question)
    return question
  }

  received(message: Buffer): Told {
    if (this.#asksForTls !== undefined) {
      const to = this.#asksForTls
      this.#asksForTls = undefined
      this.#open = []
      return { to, startsTls: message.toString('latin1') === 'S' }
    }
    const type = message.toString('latin1', 0, 1)
    const to = this.#open[0]
    if (type === 'A' || to === undefined) return { to: undefined }
    if (type === 'R') return authentication(message, to)
    if (type === 'N' || type === 'S') return { to }
    // What cancels a running query of this connection: of no use to anybody, and another one in each run.
    if (type === 'K') return { to, secrets: [{ start: 9, end: message.length }] }
    if (type === 'E') return this.#failed(to)
    if (type === 'G') this.#copying = to
    if (LAST[to.kind]?.includes(type) === true) this.#open.shift()
    return { to }
  }

  answer(asked: Question, answer: readonly Buffer[]): readonly Buffer[] {
    this.#open = []
    const types = new Set(answer.map((message) => message.toString('latin1', 0, 1)))
    if (asked === this.#asksForTls) this.#asksForTls = undefined
    else if (EXTENDED.has(asked.kind) || asked.kind.startsWith('Copy')) this.#isSkipping = types.has('E')
    if (types.has('G')) this.#copying = asked
    this.#ready = answer.findLast((message) => message[0] === READY_FOR_QUERY) ?? this.#ready
    return answer
  }

  /** After an error the server reads on to Sync, or to where a query is over. */
  #failed(to: Question): Told {
    if (to.kind === 'Startup') this.#open.shift()
    // In the simple protocol ReadyForQuery follows.
    if (!EXTENDED.has(to.kind) && !to.kind.startsWith('Copy')) return { to }
    const sync = this.#open.findIndex(({ kind }) => kind === 'Sync')
    const voids = this.#open.slice(1, sync === -1 ? undefined : sync)
    this.#open = sync === -1 ? [] : this.#open.slice(sync)
    return { to, voids }
  }

  #startup(message: Buffer): Question {
    const code = message.readInt32BE(4)
    if (code === CANCEL)
      return { kind: 'CancelRequest', text: 'CancelRequest', fields: [], role: 'silent', isLast: true }
    if (code === SSL || code === GSS) {
      const kind = code === SSL ? 'SSLRequest' : 'GSSENCRequest'
      this.#asksForTls = { kind, text: kind, fields: [], role: 'setup', own: Buffer.from('N') }
      return this.#asksForTls
    }
    this.#hasStarted = true
    const fields = readStartup(message)
    const text = `Startup ${fields.map(({ name, value }) => `${name}=${value}`).join(' ')}`
    return { kind: 'Startup', text, fields, role: 'setup' }
  }

  #typed(message: Buffer): Question {
    const body = message.subarray(5)
    const type = message.toString('latin1', 0, 1)
    if (this.#isSkipping && type !== 'S' && type !== 'X') return silent('Skipped')
    switch (type) {
      case 'Q':
        return this.#query(zeroEnded(body, 0).text)
      case 'P':
        return this.#parse(body)
      case 'B':
        return this.#bind(body)
      case 'D':
        return this.#describe(body)
      case 'E':
        return this.#execute(body)
      case 'C':
        return { kind: 'Close', text: 'Close', fields: [], role: 'setup', own: CLOSE_COMPLETE }
      case 'S':
        this.#isSkipping = false
        return { kind: 'Sync', text: 'Sync', fields: [], role: 'setup', own: this.#ready, prefersOwn: true }
      case 'd':
        return {
          kind: 'CopyData',
          text: 'CopyData',
          fields: [bytesField('data', body)],
          role: 'once',
          isUnanswered: true,
        }
      case 'c':
        return this.#copied('CopyDone')
      case 'f':
        return this.#copied('CopyFail')
      case 'F':
        return { kind: 'FunctionCall', text: 'FunctionCall', fields: [bytesField('call', body)], role: 'once' }
      case 'p':
        return { ...silent('Password'), secrets: [{ start: 5, end: message.length }] }
      case 'H':
        return silent('Flush')
      case 'X':
        return { ...silent('Terminate'), isLast: true }
    }
    throw new NotSpoken(`no message of a client has the type ${JSON.stringify(type)}`)
  }

  #query(sql: string): Question {
    const context = this.#transaction.add(sql)
    const role = SETS_UP.test(sql) ? 'setup' : 'once'
    return {
      kind: 'Query',
      text: `Query ${shortened(sql)}`,
      fields: [{ name: 'statement', value: sql }],
      role,
      context,
    }
  }

  #parse(body: Buffer): Question {
    const name = zeroEnded(body, 0)
    const { text: sql, end } = zeroEnded(body, name.end)
    this.#statements.set(name.text, sql)
    const fields = [{ name: 'statement', value: sql }, bytesField('types', body.subarray(end))]
    return { kind: 'Parse', text: `Parse ${shortened(sql)}`, fields, role: 'setup', own: PARSE_COMPLETE }
  }

  #bind(body: Buffer): Question {
    const { portal, statement, parameters } = readBind(body)
    const sql = this.#statements.get(statement) ?? `(unknown statement ${statement})`
    const fields = [{ name: 'statement', value: sql }, ...parameters]
    this.#portals.set(portal, { statement: sql, fields })
    return { kind: 'Bind', text: `Bind ${shortened(sql)}`, fields, role: 'setup' }
  }

  #describe(body: Buffer): Question {
    const of = body.toString('latin1', 0, 1)
    const name = zeroEnded(body, 1).text
    const portal = of === 'P' ? this.#portals.get(name) : undefined
    const sql = portal?.statement ?? this.#statements.get(name) ?? name
    const formats = portal?.fields.filter((field) => field.name === 'result formats') ?? []
    const fields = [{ name: 'what', value: of }, { name: 'statement', value: sql }, ...formats]
    return { kind: 'Describe', text: `Describe ${shortened(sql)}`, fields, role: 'setup' }
  }

  #execute(body: Buffer): Question {
    const { text: name, end } = zeroEnded(body, 0)
    const portal = this.#portals.get(name) ?? { statement: `(unknown portal ${name})`, fields: [] }
    const most = body.readInt32BE(end)
    const context = this.#transaction.add(portal.statement, portal.fields)
    const fields = [...portal.fields, { name: 'rows at most', value: String(most) }]
    const role = SETS_UP.test(portal.statement) ? 'setup' : 'once'
    return { kind: 'Execute', text: `Execute ${shortened(portal.statement)}`, fields, role, context }
  }

  #copied(kind: 'CopyDone' | 'CopyFail'): Question {
    const copying = this.#copying
    this.#copying = undefined
    const fields = copying?.fields ?? []
    const question: Question = { kind, text: `${kind} of ${copying?.text ?? 'nothing'}`, fields, role: 'once' }
    // In the simple protocol ReadyForQuery ends it; in the extended one that is for Sync.
    return copying?.kind === 'Query'
      ? {
          ...question,
          kind: 'Query',
          text: `${kind} of ${copying.text}`,
          fields: [...fields, { name: 'copy', value: kind }],
        }
      : question
  }
}

const silent = (kind: string): Question => ({ kind, text: kind, fields: [], role: 'silent' })

const bytesField = (name: string, bytes: Buffer): Field => ({ name, value: readable(bytes) })

/** A type, and a length that counts itself. */
function typedLength(bytes: Buffer): number {
  if (bytes.length < 5) return 5
  const length = bytes.readInt32BE(1)
  if (length < 4 || !/^[\x21-\x7e]/.test(bytes.toString('latin1', 0, 1)))
    throw new NotSpoken('no message of PostgreSQL')
  return length + 1
}

/**
 * Of a login a replay keeps that it succeeded. The password's proofs are new in each run.
 *
 * What the server says in SCRAM (its salt, and a signature at the end) lets somebody try out passwords.
 */
function authentication(message: Buffer, to: Question): Told {
  const kind = message.readInt32BE(5)
  if (kind === 0) return { to }
  return { to, isLeftOut: true, secrets: kind === 11 || kind === 12 ? [{ start: 9, end: message.length }] : [] }
}
