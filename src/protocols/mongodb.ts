import { BINARY, DOCUMENT, LIST, membersOf, shownDocument, shownValue, withoutMembers } from './bson.ts'
import { type Dialogue, type Field, NotSpoken, type Protocol, type Question, type Span, type Told } from './dialogue.ts'
import { shortened } from './words.ts'

/** MongoDB's wire protocol: OP_MSG, and OP_QUERY as far as drivers begin with it. */
export const mongodb: Protocol = { name: 'mongodb', begin: () => new MongoDialogue() }

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_COMPRESSED = 2012
const OP_MSG = 2013

const MORE_TO_COME = 2
const HEADER = 16

/** What is another one in each run: sessions, times of the cluster, numbers of transactions. */
const FRESH = new Set(['lsid', '$clusterTime', 'txnNumber', '$readPreference', 'maxTimeMS'])

/** Greetings and heartbeats: what they carry differs between versions of drivers and from beat to beat. */
const GREETS = new Set(['hello', 'ismaster', 'isMaster'])
const SETS_UP = new Set([
  'ping',
  'buildInfo',
  'endSessions',
  'killCursors',
  'saslStart',
  'saslContinue',
  'getParameter',
])

class MongoDialogue implements Dialogue {
  readonly #byId = new Map<number, Question>()

  sentLength(bytes: Buffer): number {
    return messageLength(bytes)
  }

  receivedLength(bytes: Buffer): number {
    return messageLength(bytes)
  }

  sent(message: Buffer): Question {
    const question = questionOf(message)
    if (question.role !== 'silent' && question.isUnanswered !== true) this.#byId.set(message.readInt32LE(4), question)
    return question
  }

  received(message: Buffer): Told {
    const id = message.readInt32LE(8)
    const to = this.#byId.get(id)
    const secrets = secretsIn(message, documentsOf(message))
    // A server may go on answering a greeting; each of these answers is for the one before it.
    const goesOn = opcodeOf(message) === OP_MSG && (message.readUInt32LE(HEADER) & MORE_TO_COME) !== 0
    this.#byId.delete(id)
    if (goesOn && to !== undefined) this.#byId.set(message.readInt32LE(4), { ...to, text: `${to.text} (goes on)` })
    const isBeat = to !== undefined && to.text.endsWith('(goes on)')
    return { to: isBeat ? undefined : to, isLeftOut: isBeat, secrets }
  }

  answer(asked: Question, answer: readonly Buffer[]): readonly Buffer[] {
    if (asked.id === undefined) return answer
    const { id } = asked
    this.#byId.delete(id)
    return answer.map((message) => answerTo(id, GREETS.has(asked.kind) ? polled(message) : message))
  }
}

function answerTo(id: number, message: Buffer): Buffer {
  const copy = Buffer.from(message)
  copy.writeInt32LE(id, 8)
  return copy
}

/** Without a version of the topology a driver asks now and then, instead of waiting for changes that a recording does not have. */
function polled(message: Buffer): Buffer {
  const [at] = documentsOf(message)
  if (at === undefined) return message
  const document = withoutMembers(message, at, (name) => name === 'topologyVersion')
  const whole = Buffer.concat([message.subarray(0, at), document])
  whole.writeInt32LE(whole.length, 0)
  if (opcodeOf(message) === OP_MSG) whole.writeUInt32LE(message.readUInt32LE(HEADER) & ~(MORE_TO_COME | 1), HEADER)
  return whole
}

function messageLength(bytes: Buffer): number {
  if (bytes.length < HEADER) return HEADER
  const length = bytes.readInt32LE(0)
  if (length < HEADER || length > 48_000_000 + 16_384) throw new NotSpoken('no message of MongoDB')
  return length
}

const opcodeOf = (message: Buffer): number => message.readInt32LE(12)

/** Where the documents of a message begin: that of the command first. */
function documentsOf(message: Buffer): readonly number[] {
  switch (opcodeOf(message)) {
    case OP_MSG:
      return sectionsOf(message).flatMap(({ documents }) => documents)
    case OP_QUERY:
      return [message.indexOf(0, HEADER + 4) + 9]
    case OP_REPLY:
      return [HEADER + 20]
    case OP_COMPRESSED:
      throw new NotSpoken('compressed messages are not understood: leave compressors out')
    default:
      throw new NotSpoken(`messages of the kind ${opcodeOf(message)} are not understood`)
  }
}

interface Section {
  /** Empty for that of the command. */
  readonly name: string
  readonly documents: readonly number[]
}

function sectionsOf(message: Buffer): readonly Section[] {
  const end = message.length - ((message.readUInt32LE(HEADER) & 1) === 0 ? 0 : 4)
  const sections: Section[] = []
  for (let at = HEADER + 4; at < end;) {
    const isBody = message[at] === 0
    at += 1
    const length = message.readInt32LE(at)
    if (length < 5) throw new NotSpoken('a section without a length')
    sections.push(isBody ? { name: '', documents: [at] } : sequenceAt(message, at, at + length))
    at += length
  }
  return sections.toSorted((one, other) => Number(one.name !== '') - Number(other.name !== ''))
}

function sequenceAt(message: Buffer, at: number, end: number): Section {
  const nameEnd = message.indexOf(0, at + 4)
  const documents: number[] = []
  for (let start = nameEnd + 1; start < end; start += message.readInt32LE(start)) documents.push(start)
  return { name: message.toString('utf8', at + 4, nameEnd), documents }
}

function questionOf(message: Buffer): Question {
  const opcode = opcodeOf(message)
  const documents = documentsOf(message)
  const [command] = documents
  if (command === undefined) throw new NotSpoken('a message without a command')
  const members = Array.from(membersOf(message, command))
  const kind = members[0]?.name ?? ''
  const id = message.readInt32LE(4)
  const secrets = secretsIn(message, documents)
  if (GREETS.has(kind)) return { kind: 'hello', text: kind, fields: [], role: 'setup', id, secrets }
  if (SETS_UP.has(kind)) {
    const step = kind.startsWith('sasl') ? [] : fieldsOf(message, command)
    return { kind, text: kind, fields: step, role: 'setup', id, secrets }
  }
  const fields = [...fieldsOf(message, command), ...(opcode === OP_MSG ? sequenceFields(message) : [])]
  const isUnanswered = opcode === OP_MSG && (message.readUInt32LE(HEADER) & MORE_TO_COME) !== 0
  const text = shortened(`${kind} ${fields.map(({ value }) => value).join(' ')}`)
  return { kind, text, fields, role: 'once', id, ...(isUnanswered && { isUnanswered }) }
}

const isFresh = (name: string): boolean => FRESH.has(name)

function fieldsOf(message: Buffer, at: number): readonly Field[] {
  return Array.from(membersOf(message, at))
    .filter(({ name }) => !isFresh(name))
    .map((member) => ({ name: member.name, value: shownValue(message, member, isFresh) }))
}

const sequenceFields = (message: Buffer): readonly Field[] =>
  sectionsOf(message).flatMap(({ name, documents }) =>
    name === ''
      ? []
      : documents.map((at, index) => ({ name: `${name}[${index}]`, value: shownDocument(message, at, isFresh) })),
  )

/** Payloads of SASL, wherever they stand: proofs, salts and signatures. */
function secretsIn(message: Buffer, documents: readonly number[]): readonly Span[] {
  return documents.flatMap((at) => payloadsIn(message, at))
}

function payloadsIn(message: Buffer, at: number): readonly Span[] {
  return Array.from(membersOf(message, at)).flatMap((member): readonly Span[] => {
    if (member.type === BINARY && member.name === 'payload') return [{ start: member.valueStart + 5, end: member.end }]
    const isAuthentication = member.name === 'speculativeAuthenticate'
    return isAuthentication && (member.type === DOCUMENT || member.type === LIST)
      ? payloadsIn(message, member.valueStart)
      : []
  })
}
