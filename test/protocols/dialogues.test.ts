/**
 * What each protocol makes of messages, in full: `dialogues.txt` is what it said when this was last read by people.
 *
 * `UPDATE_TEXTS=1 npx playwright test test/protocols/dialogues` writes it anew.
 */
import { join } from 'node:path'
import { expectKept, inLine } from '../helpers/kept-text.ts'
import { expect, test } from '../helpers/test.ts'
import { type Dialogue, Messages, type Question, type Span, type Told } from '../../src/protocols/dialogue.ts'
import { loadProtocol } from '../../src/protocols/load.ts'
import { type ProtocolName, PROTOCOLS } from '../../src/protocols/names.ts'
import { MONGODB } from './dialogues/mongodb.ts'
import { MQTT } from './dialogues/mqtt.ts'
import { MYSQL } from './dialogues/mysql.ts'
import { POSTGRES } from './dialogues/postgres.ts'
import { REDIS } from './dialogues/redis.ts'
import { SMTP } from './dialogues/smtp.ts'
import type { Step } from './dialogues/step.ts'

type Scripts = Readonly<Record<string, readonly Step[]>>
const ALL: Readonly<Record<ProtocolName, Scripts>> = {
  postgres: POSTGRES,
  mysql: MYSQL,
  redis: REDIS,
  smtp: SMTP,
  mqtt: MQTT,
  mongodb: MONGODB,
}

const FILE = join(import.meta.dirname, 'dialogues.txt')

const shown = (bytes: Buffer): string => `"${inLine(bytes.toString('latin1'))}"`

const spans = (message: Buffer, secrets: readonly Span[] | undefined): readonly string[] =>
  (secrets ?? []).map(({ start, end }) => `secret ${start}-${end} ${shown(message.subarray(start, end))}`)

function questionLine(message: Buffer, question: Question): string {
  const { kind, text, fields, role, own, secrets, memo: _, ...rest } = question
  const more = Object.entries(rest).filter(([, value]) => value !== undefined)
  return [
    `> ${role} ${kind}${text === kind ? '' : `: ${text}`}`,
    ...fields.map(({ name, value }) => `${name}=${value}`),
    ...more.map(([name, value]) => `${name} ${String(value)}`),
    ...(own === undefined ? [] : [`own ${shown(own)}`]),
    ...spans(message, secrets),
  ].join(' | ')
}

function toldLine(message: Buffer, { to, isLeftOut, voids = [], startsTls, secrets }: Told): string {
  return [
    `< ${shown(message.subarray(0, 12))} to ${to?.text ?? 'nobody'}`,
    ...(isLeftOut === true ? ['left out'] : []),
    ...(voids.length === 0 ? [] : [`voids ${voids.map(({ kind }) => kind).join(', ')}`]),
    ...(startsTls === true ? ['starts TLS'] : []),
    ...spans(message, secrets),
  ].join(' | ')
}

function linesOf(dialogue: Dialogue, steps: readonly Step[]): readonly string[] {
  const [client, server] = [
    new Messages((bytes) => dialogue.sentLength(bytes)),
    new Messages((bytes) => dialogue.receivedLength(bytes)),
  ]
  const asked: Question[] = []
  const lineOf = (step: Step): readonly string[] => {
    if ('answer' in step) {
      const question = asked.at(-1)
      const recorded = asked[step.recorded ?? asked.length - 1]
      if (question === undefined || recorded === undefined) throw new Error('nothing was asked')
      return dialogue.answer(question, step.answer, recorded).map((message) => `= ${shown(message)}`)
    }
    const lines: string[] = []
    if ('sent' in step)
      for (const message of client.push(step.sent)) {
        const question = dialogue.sent(message)
        asked.push(question)
        lines.push(questionLine(message, question))
      }
    else for (const message of server.push(step.received)) lines.push(toldLine(message, dialogue.received(message)))
    const { pending } = 'sent' in step ? client : server
    return pending === 0 ? lines : [...lines, `${pending} bytes wait`]
  }
  return steps.flatMap((step) => {
    try {
      return lineOf(step).map(inLine)
    } catch (error) {
      return [`! ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`]
    }
  })
}

async function report(): Promise<string> {
  const parts: string[] = []
  for (const name of PROTOCOLS) {
    const protocol = await loadProtocol(name)
    parts.push(`# ${protocol.name}\n`)
    for (const [title, steps] of Object.entries(ALL[name]))
      parts.push(`## ${title}\n\n${linesOf(protocol.begin(), steps).join('\n')}\n`)
  }
  return parts.join('\n')
}

test('what each protocol makes of messages is what it was', async () => {
  expectKept(FILE, await report())
})

test('messages are the same, however their bytes are cut', async () => {
  for (const name of PROTOCOLS) {
    const protocol = await loadProtocol(name)
    for (const [title, steps] of Object.entries(ALL[name])) {
      const whole = linesOf(protocol.begin(), steps)
      // An error stands at the byte that shows it, and that is another one then.
      if (whole.some((line) => line.startsWith('!'))) continue
      const cut = steps.flatMap((step): readonly Step[] => {
        if ('answer' in step) return [step]
        const bytes = 'sent' in step ? step.sent : step.received
        const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
        return pieces.map((piece) => ('sent' in step ? { sent: piece } : { received: piece }))
      })
      const lines = linesOf(protocol.begin(), cut).filter((line) => !line.endsWith(' bytes wait'))
      expect([title, lines]).toEqual([title, whole.filter((line) => !line.endsWith(' bytes wait'))])
    }
  }
})
