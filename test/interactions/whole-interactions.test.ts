import { test } from '../helpers/test.ts'
import { expectKeptLines, shown } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { Conversations, interactionsOf } from '../../src/interactions/conversations.ts'
import type { ByteScript, Leaving, Step } from '../../src/interactions/interaction.ts'
import { recordedSocket } from '../../src/interactions/recorded-socket.ts'

const stepLine = ({ after, action, at, wait }: Step): string =>
  `after ${shown(after)}: ${shown(action)} at ${at}, wait ${wait}`
const leavingLine = (leaving: Leaving | undefined): string =>
  leaving === undefined ? 'stays' : `leaves after ${leaving.wait}, early ${leaving.isEarly()}`
const scriptLines = (what: string, script: ByteScript | undefined): readonly string[] =>
  script === undefined
    ? []
    : [
        `${what} ${shown(script.bytes)}, ${leavingLine(script.leaving)}`,
        ...script.steps.map((step) => `  ${stepLine(step)}`),
      ]

test('interactions of cassettes, and what the server did about each', () => {
  const lines: string[] = []
  for (const [name, cassette] of richCassettes()) {
    lines.push(`== ${name}`)
    for (const one of interactionsOf(cassette)) {
      const { request, answer, rest, leaving, ...facts } = one
      const { fields, body, raw, ...asked } = request
      lines.push(
        shown(facts),
        `  ${shown(asked)} ${shown(body)} ${raw.length} raw, ${fields.length} fields, ${leavingLine(leaving)}`,
        ...answer.map((step) => `  ${stepLine(step)}`),
        ...scriptLines('  rest', rest),
      )
      const socket = recordedSocket(one)
      if (socket !== undefined) lines.push(`  socket ${shown(socket)}`)
    }
    const { connections } = new Conversations(cassette)
    for (const { number, origin, failure, tls, protocol, took, madeAt, opening, rest, interactions } of connections)
      lines.push(
        shown({ number, origin, failure, tls, protocol, took, madeAt, places: interactions.map(({ index }) => index) }),
        ...scriptLines('opening', opening),
        ...scriptLines('rest', rest),
      )
  }
  expectKeptLines(
    new URL('whole-interactions.txt', import.meta.url),
    lines.map((line) => (line.length > 1200 ? `${line.slice(0, 1100)}+${line.length}` : line)),
  )
})
