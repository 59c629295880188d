import { type Dialogue, NotSpoken, type Protocol, type Question, type Told } from './dialogue.ts'
import { mailFields } from './mail.ts'
import { shortened } from './words.ts'

/** SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH (RFC 4954). */
export const smtp: Protocol = { name: 'smtp', begin: () => new SmtpDialogue() }

const OK = Buffer.from('250 OK\r\n')
const BYE = Buffer.from('221 Bye\r\n')
const END_OF_MAIL = Buffer.from('\r\n.\r\n')

/** What the client sends next. */
type Phase = 'commands' | 'mail' | 'proof'

class SmtpDialogue implements Dialogue {
  readonly #open: Question[] = []
  #phase: Phase = 'commands'
  #isSecure = false
  #method = ''
  #proofs = 0

  sentLength(bytes: Buffer): number {
    if (this.#phase === 'mail') {
      // A mail without a line.
      if (bytes.toString('latin1', 0, 3) === '.\r\n') return 3
      return lengthTo(bytes, END_OF_MAIL)
    }
    return lengthTo(bytes, LINE_END)
  }

  receivedLength(bytes: Buffer): number {
    for (let at = 0; ;) {
      const end = bytes.indexOf(LINE_END, at)
      if (end === -1) return bytes.length + 1
      if (!/^\d{3}/.test(bytes.toString('latin1', at, at + 3))) throw new NotSpoken('no reply of a mail server')
      // RFC 5321 section 4.2.1: a hyphen after the code says that another line follows.
      if (bytes[at + 3] !== HYPHEN) return end + 2
      at = end + 2
    }
  }

  sent(message: Buffer): Question {
    const question = this.#questionOf(message)
    this.#open.push(question)
    return question
  }

  received(message: Buffer): Told {
    const to = this.#open.shift()
    if (to === undefined) return { to }
    const code = message.toString('latin1', 0, 3)
    this.#follow(to, code)
    const isSignature = code === '334' && /^SCRAM/i.test(this.#method)
    return {
      to,
      startsTls: to.kind === 'STARTTLS' && code === '220',
      secrets: isSignature ? [{ start: 4, end: message.length - 2 }] : [],
    }
  }

  answer(asked: Question, answer: readonly Buffer[]): readonly Buffer[] {
    this.#open.shift()
    for (const message of answer) this.#follow(asked, message.toString('latin1', 0, 3))
    return answer
  }

  /** The code says whether a mail or a proof comes next. */
  #follow(asked: Question, code: string): void {
    if (asked.kind === 'DATA' && code === '354') this.#phase = 'mail'
    else if (asked.kind === 'AUTH') this.#phase = code === '334' ? 'proof' : 'commands'
    if (asked.kind === 'STARTTLS' && code === '220') this.#isSecure = true
  }

  #questionOf(message: Buffer): Question {
    if (this.#phase === 'mail') return this.#mail(message)
    const line = message.toString('latin1').trimEnd()
    if (this.#phase === 'proof') return this.#proof(message)
    const [verb = ''] = line.split(' ', 1)
    const kind = verb.toUpperCase()
    const rest = line.slice(verb.length).trim()
    switch (kind) {
      case 'EHLO':
      case 'HELO':
        // The name is that of the machine.
        return setup(kind, line, [{ name: 'over', value: this.#isSecure ? 'TLS' : 'TCP' }])
      case 'AUTH':
        return this.#auth(message, rest)
      case 'STARTTLS':
        return setup(kind, line, [])
      case 'DATA':
        return setup(kind, line, [])
      case 'QUIT':
        return { ...setup(kind, line, []), own: BYE }
      case 'NOOP':
      case 'RSET':
        return { ...setup(kind, line, []), own: OK }
      default:
        return {
          kind,
          text: shortened(line),
          // The size counts what is another one in each run.
          fields: [{ name: 'argument', value: rest.replace(/\s+SIZE=\d+/i, '') }],
          role: 'once',
        }
    }
  }

  #auth(message: Buffer, rest: string): Question {
    const [method = ''] = rest.split(' ', 1)
    this.#method = method
    this.#proofs = 0
    const line = message.toString('latin1').trimEnd()
    const end = line.length
    const start = /^\S+\s+\S+\s+/.exec(line)?.[0].length ?? end
    return {
      ...setup('AUTH', `AUTH ${method}`, [
        { name: 'method', value: method.toUpperCase() },
        { name: 'step', value: '0' },
      ]),
      secrets: start < end ? [{ start, end }] : [],
    }
  }

  #proof(message: Buffer): Question {
    this.#proofs += 1
    const fields = [
      { name: 'method', value: this.#method.toUpperCase() },
      { name: 'step', value: String(this.#proofs) },
    ]
    const end = message.toString('latin1').trimEnd().length
    return { ...setup('AUTH', `AUTH ${this.#method}, step ${this.#proofs}`, fields), secrets: [{ start: 0, end }] }
  }

  #mail(message: Buffer): Question {
    this.#phase = 'commands'
    const fields = mailFields(message.toString('latin1'))
    const subject = fields.find(({ name }) => name === 'Subject')?.value ?? ''
    return { kind: 'Mail', text: shortened(`Mail ${subject}`), fields, role: 'once' }
  }
}

const LINE_END = '\r\n'
const HYPHEN = 0x2d

function lengthTo(bytes: Buffer, mark: string | Buffer): number {
  const at = bytes.indexOf(mark)
  return at === -1 ? bytes.length + 1 : at + mark.length
}

const setup = (kind: string, text: string, fields: Question['fields']): Question => ({
  kind,
  text: shortened(text),
  fields,
  role: 'setup',
})
