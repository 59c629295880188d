import { type Dialogue, type Field, NotSpoken, type Protocol, type Question, type Span, type Told } from './dialogue.ts'
import { readValue, type Value, valueLength } from './resp.ts'
import { digest, readable, shortened } from './words.ts'

/** RESP in versions 2 and 3, as Redis and Valkey speak it. */
export const redis: Protocol = { name: 'redis', begin: () => new RedisDialogue() }

const OK = Buffer.from('+OK\r\n')
const PONG = Buffer.from('+PONG\r\n')

interface Word {
  readonly text: string
  readonly span: Span
}

/** What a connection does for itself, and how many of its words are compared: the rest differs between versions of clients. */
const SETUP: Readonly<Record<string, { readonly compared: number; readonly own?: Buffer }>> = {
  HELLO: { compared: 2 },
  AUTH: { compared: 1, own: OK },
  CLIENT: { compared: 2, own: OK },
  SELECT: { compared: 2, own: OK },
  PING: { compared: 2, own: PONG },
  QUIT: { compared: 1, own: OK },
  RESET: { compared: 1 },
  READONLY: { compared: 1, own: OK },
  INFO: { compared: 2 },
  COMMAND: { compared: 3 },
}

/** Words of CLIENT that only tell the server who is there. The answers to others say something. */
const TOLD_TO_SERVER = new Set(['SETINFO', 'SETNAME', 'NO-EVICT', 'NO-TOUCH'])

const SUBSCRIBES = new Set(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE'])
const UNSUBSCRIBES = new Set(['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE'])
const MESSAGES = new Set(['message', 'pmessage', 'smessage', 'invalidate'])

class RedisDialogue implements Dialogue {
  readonly #open: { readonly question: Question; left: number }[] = []
  #database = '0'
  #version = '2'
  #hasSubscribed = false
  /** What has been queued since MULTI. */
  #queued: string | undefined

  sentLength(bytes: Buffer): number {
    if (bytes[0] === STAR) return valueLength(bytes)
    const end = bytes.indexOf('\n')
    return end === -1 ? bytes.length + 1 : end + 1
  }

  receivedLength(bytes: Buffer): number {
    return valueLength(bytes)
  }

  sent(message: Buffer): Question {
    const words = wordsOf(message)
    const question = this.#questionOf(words)
    if (question.role !== 'silent') this.#open.push({ question, left: answersTo(words) })
    return question
  }

  received(message: Buffer): Told {
    const value = readValue(message)
    const kind = value.items[0]?.text ?? ''
    const isPush = value.type === '>'
    const front = this.#open[0]
    if (front === undefined) return { to: undefined }
    if ((isPush || this.#hasSubscribed) && MESSAGES.has(kind)) return { to: undefined }
    // In RESP3 the answers to subscriptions are pushed as well.
    if (isPush && !kind.endsWith('subscribe')) return { to: undefined }
    front.left -= 1
    if (front.left <= 0) this.#open.shift()
    return { to: front.question }
  }

  answer(_asked: Question, answer: readonly Buffer[]): readonly Buffer[] {
    this.#open.shift()
    return answer
  }

  #questionOf(words: readonly Word[]): Question {
    const name = (words[0]?.text ?? '').toUpperCase()
    if (name === '') return { kind: 'nothing', text: '', fields: [], role: 'silent' }
    const sub = (words[1]?.text ?? '').toUpperCase()
    const secrets = secretsIn(name, words)
    const text = shortened([name, ...words.slice(1).map((word) => shown(word, secrets))].join(' '))
    const known = name === 'CLIENT' && !TOLD_TO_SERVER.has(sub) ? undefined : SETUP[name]
    const before = this.#place()
    this.#follow(name, words)
    if (known !== undefined) {
      const isIn = this.#queued === undefined ? [] : before
      const fields = [...wordFields(words.slice(1, known.compared), secrets), ...isIn]
      return {
        kind: name,
        text,
        fields,
        role: 'setup',
        own: this.#queued === undefined ? known.own : undefined,
        secrets,
      }
    }
    const fields = [...wordFields(words.slice(1), secrets), ...before]
    if (name === 'EXEC' || name === 'DISCARD') {
      const queued = this.#queued ?? ''
      this.#queued = undefined
      return { kind: name, text, fields: [{ name: 'queued commands', value: queued }, ...before], role: 'once' }
    }
    if (this.#queued !== undefined) this.#queued = digest(words.map((word) => word.text).join('\0'), this.#queued)
    if (name === 'MULTI') this.#queued = ''
    return { kind: name, text, fields, role: 'once', secrets }
  }

  /** What else decides about an answer. */
  #place(): readonly Field[] {
    const fields: Field[] = []
    if (this.#database !== '0') fields.push({ name: 'database', value: this.#database })
    if (this.#version !== '2') fields.push({ name: 'RESP', value: this.#version })
    if (this.#queued !== undefined) fields.push({ name: 'in', value: 'MULTI' })
    return fields
  }

  #follow(name: string, words: readonly Word[]): void {
    const first = words[1]?.text ?? ''
    if (name === 'SELECT') this.#database = first
    if (name === 'HELLO' && first !== '') this.#version = first
    if (SUBSCRIBES.has(name)) this.#hasSubscribed = true
  }
}

const STAR = 0x2a

function wordsOf(message: Buffer): readonly Word[] {
  if (message[0] === STAR) {
    const { items } = readValue(message)
    if (items.some((item: Value) => item.type !== '$')) throw new NotSpoken('a command is a list of texts')
    return items
  }
  // A command as it is typed (the "inline" form).
  const text = message.toString('latin1')
  return Array.from(text.matchAll(/\S+/g), ({ index, 0: word }) => ({
    text: word,
    span: { start: index, end: index + word.length },
  }))
}

/** How many values answer a command. */
function answersTo(words: readonly Word[]): number {
  const name = (words[0]?.text ?? '').toUpperCase()
  return SUBSCRIBES.has(name) || UNSUBSCRIBES.has(name) ? Math.max(words.length - 1, 1) : 1
}

/** Passwords; user names stay. */
function secretsIn(name: string, words: readonly Word[]): readonly Span[] {
  const texts = words.map(({ text }) => text.toUpperCase())
  const spans = (places: readonly number[]): readonly Span[] =>
    places.flatMap((place) => {
      const word = words[place]
      return word === undefined ? [] : [word.span]
    })
  if (name === 'AUTH') return spans(words.length < 2 ? [] : [words.length - 1])
  if (name === 'HELLO') return spans(texts.indexOf('AUTH') === -1 ? [] : [texts.indexOf('AUTH') + 2])
  if (name === 'MIGRATE') {
    const [one, two] = [texts.indexOf('AUTH'), texts.indexOf('AUTH2')]
    return spans([...(one === -1 ? [] : [one + 1]), ...(two === -1 ? [] : [two + 2])])
  }
  if (name === 'CONFIG' && texts[1] === 'SET')
    return spans(
      texts.flatMap((text, place) => (/^(?:REQUIREPASS|MASTERAUTH|TLS-.*-PASS)$/.test(text) ? [place + 1] : [])),
    )
  if (name === 'ACL' && texts[1] === 'SETUSER')
    return spans(texts.flatMap((text, place) => (/^[><#!]/.test(text) ? [place] : [])))
  return []
}

const isSecret = ({ span }: Word, secrets: readonly Span[]): boolean =>
  secrets.some(({ start }) => start === span.start)

const shown = (word: Word, secrets: readonly Span[]): string =>
  isSecret(word, secrets) ? '***' : readable(Buffer.from(word.text, 'latin1'))

/** Words but passwords: who replays need not have them. */
const wordFields = (words: readonly Word[], secrets: readonly Span[]): readonly Field[] =>
  words.flatMap((word, index) =>
    isSecret(word, secrets)
      ? []
      : [{ name: `argument ${index + 1}`, value: readable(Buffer.from(word.text, 'latin1')) }],
  )
