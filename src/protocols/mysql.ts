import { type Dialogue, type Field, NotSpoken, type Protocol, type Question, type Told } from './dialogue.ts'
import { readHandshakeResponse, readChangeUser, type Login } from './mysql-login.ts'
import { readParameters, type PreparedStatement } from './mysql-parameters.ts'
import { readable, SETS_UP, shortened, Transaction } from './words.ts'

/** The protocol of MySQL and MariaDB, version 10. */
export const mysql: Protocol = { name: 'mysql', begin: () => new MysqlDialogue() }

const CLIENT_COMPRESS = 0x20
const CLIENT_SSL = 0x800
const CLIENT_QUERY_ATTRIBUTES = 1 << 27

/** A packet as long as this is gone on with in the next one. */
const LONGEST = 0xff_ff_ff

const OK = Buffer.from('0700000100000002000000', 'hex')

type Phase = 'greeting' | 'login' | 'commands'

class MysqlDialogue implements Dialogue {
  #phase: Phase = 'greeting'
  /** What the server answers now: clients wait for it. */
  #asked: Question | undefined
  /** Whether nothing of an answer has come yet. */
  #isWaiting = false
  #login: Question | undefined
  #capabilities = 0
  readonly #statements = new Map<number, PreparedStatement>()
  #prepared = 0
  readonly #transaction = new Transaction()
  #database = ''

  sentLength(bytes: Buffer): number {
    return lengthOf(bytes)
  }

  receivedLength(bytes: Buffer): number {
    return lengthOf(bytes)
  }

  sent(message: Buffer): Question {
    const question = this.#phase === 'commands' ? this.#command(message) : this.#loggingIn(message)
    if (question.role === 'silent' || question.isUnanswered === true) return question
    if (this.#isWaiting && this.#phase === 'commands')
      throw new NotSpoken('commands that do not wait for an answer are not understood: switch pipelining off')
    this.#asked = question
    this.#isWaiting = true
    return question
  }

  received(message: Buffer): Told {
    this.#isWaiting = false
    const to = this.#asked
    if (to !== this.#login || to === undefined) {
      if (to?.kind === 'Prepare') this.#notePrepared(to, message)
      return { to }
    }
    const first = message[4]
    // A switch of the method, or more of its data: parts of a proof that is new in each run.
    if (first === 0xfe || first === 0x01) return { to, isLeftOut: true }
    if (first === 0x00) this.#phase = 'commands'
    return { to }
  }

  answer(asked: Question, answer: readonly Buffer[]): readonly Buffer[] {
    this.#asked = undefined
    this.#isWaiting = false
    if (asked.kind === 'Login' || asked.kind === 'ChangeUser') {
      if (answer.at(-1)?.[4] === 0x00) this.#phase = 'commands'
      // Without the steps of the proof the numbers of packets are other ones.
      return answer.map((message, index) => numbered(message, (asked.id ?? 0) + 1 + index))
    }
    const [first, ...others] = answer
    if (asked.kind !== 'Prepare' || first?.[4] !== 0x00) return answer
    // Statements that were prepared on several connections may have one number.
    this.#prepared += 1
    const own = Buffer.from(first)
    own.writeUInt32LE(this.#prepared, 5)
    this.#notePrepared(asked, own)
    return [own, ...others]
  }

  #notePrepared(asked: Question, message: Buffer): void {
    if (message[3] !== 1 || message[4] !== 0x00 || message.length < 13) return
    const sql = asked.fields[0]?.value ?? ''
    this.#statements.set(message.readUInt32LE(5), { sql, parameters: message.readUInt16LE(11), types: undefined })
  }

  #loggingIn(message: Buffer): Question {
    const body = message.subarray(4)
    if (this.#login !== undefined)
      return { kind: 'Proof', text: 'Proof', fields: [], role: 'silent', secrets: [{ start: 4, end: message.length }] }
    const capabilities = body.readUInt32LE(0)
    if ((capabilities & CLIENT_COMPRESS) !== 0)
      throw new NotSpoken('compressed packets are not understood: switch compression off')
    // The same message breaks off where TLS begins.
    if (body.length === 32 && (capabilities & CLIENT_SSL) !== 0)
      return { kind: 'SSLRequest', text: 'SSLRequest', fields: [], role: 'setup', isUnanswered: true, startsTls: true }
    this.#capabilities = capabilities
    return this.#loggedIn('Login', readHandshakeResponse(body), message)
  }

  #loggedIn(kind: string, { user, database, secret }: Login, message: Buffer): Question {
    this.#phase = 'login'
    this.#database = database
    const fields = [
      { name: 'user', value: user },
      { name: 'database', value: database },
    ]
    this.#login = {
      kind,
      text: `${kind} ${user} ${database}`.trim(),
      fields,
      role: 'setup',
      id: message[3],
      secrets: [{ start: 4 + secret.start, end: 4 + secret.end }],
    }
    return this.#login
  }

  #command(message: Buffer): Question {
    const body = message.subarray(4)
    // What goes on from a command, such as the rows of LOAD DATA LOCAL.
    if (message[3] !== 0)
      return {
        kind: 'Data',
        text: 'Data',
        fields: [{ name: 'data', value: readable(body) }],
        role: 'once',
        isUnanswered: message.length > 4,
      }
    const number = body[0] ?? 0
    switch (number) {
      case 0x01:
        return { kind: 'Quit', text: 'Quit', fields: [], role: 'silent', isLast: true }
      case 0x02:
        this.#database = body.toString('utf8', 1)
        return {
          kind: 'InitDb',
          text: `InitDb ${this.#database}`,
          fields: [{ name: 'database', value: this.#database }],
          role: 'setup',
          own: OK,
        }
      case 0x03:
        return this.#query(body)
      case 0x0e:
        return { kind: 'Ping', text: 'Ping', fields: [], role: 'setup', own: OK }
      case 0x11:
        return this.#loggedIn('ChangeUser', readChangeUser(body), message)
      case 0x16:
        return this.#prepare(body.toString('utf8', 1))
      case 0x17:
        return this.#execute(body)
      case 0x19:
        this.#statements.delete(body.readUInt32LE(1))
        return { kind: 'CloseStatement', text: 'CloseStatement', fields: [], role: 'silent' }
      case 0x18:
        return this.#ofStatement('LongData', body, 'once', true)
      case 0x1a:
        return { ...this.#ofStatement('ResetStatement', body, 'setup', false), own: OK }
      case 0x1c:
        return this.#ofStatement('Fetch', body, 'once', false)
      case 0x1f:
        return { kind: 'ResetConnection', text: 'ResetConnection', fields: [], role: 'setup', own: OK }
      default:
        return {
          kind: `Command ${number}`,
          text: `Command ${number}`,
          fields: [{ name: 'arguments', value: readable(body.subarray(1)) }],
          role: 'once',
        }
    }
  }

  #query(body: Buffer): Question {
    // MySQL 8: a number of attributes and of their sets come before the text, if both sides can.
    const hasAttributes = (this.#capabilities & CLIENT_QUERY_ATTRIBUTES) !== 0 && body[1] === 0 && body[2] === 1
    const sql = body.toString('utf8', hasAttributes ? 3 : 1)
    const context = this.#transaction.add(sql)
    const role = SETS_UP.test(sql) ? 'setup' : 'once'
    return { kind: 'Query', text: `Query ${shortened(sql)}`, fields: this.#fieldsOf(sql), role, context }
  }

  #prepare(sql: string): Question {
    return { kind: 'Prepare', text: `Prepare ${shortened(sql)}`, fields: this.#fieldsOf(sql), role: 'setup' }
  }

  #execute(body: Buffer): Question {
    const statement = this.#statements.get(body.readUInt32LE(1))
    const sql = statement?.sql ?? '(unknown statement)'
    const parameters: readonly Field[] =
      statement === undefined
        ? [{ name: 'arguments', value: readable(body.subarray(5)) }]
        : readParameters(body, statement)
    const context = this.#transaction.add(sql, parameters)
    return {
      kind: 'Execute',
      text: `Execute ${shortened(sql)}`,
      fields: [...this.#fieldsOf(sql), ...parameters],
      role: 'once',
      context,
    }
  }

  #ofStatement(kind: string, body: Buffer, role: Question['role'], isUnanswered: boolean): Question {
    const sql = this.#statements.get(body.readUInt32LE(1))?.sql ?? '(unknown statement)'
    const fields = [...this.#fieldsOf(sql), { name: 'arguments', value: readable(body.subarray(5)) }]
    return { kind, text: `${kind} of ${shortened(sql)}`, fields, role, isUnanswered }
  }

  #fieldsOf(sql: string): readonly Field[] {
    return [
      { name: 'statement', value: sql },
      { name: 'database', value: this.#database },
    ]
  }
}

/** One packet, or several where the first ones are as long as can be. */
function lengthOf(bytes: Buffer): number {
  for (let at = 0; ;) {
    if (bytes.length < at + 4) return at + 4
    const length = bytes.readUIntLE(at, 3)
    at += 4 + length
    if (length < LONGEST) return at
  }
}

function numbered(message: Buffer, number: number): Buffer {
  if (message[3] === number) return message
  const copy = Buffer.from(message)
  copy[3] = number & 0xff
  return copy
}
