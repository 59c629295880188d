import { test } from '../helpers/test.ts'
import { expectKeptLines, shown } from '../helpers/outcomes.ts'
import { richCassettes } from '../helpers/rich-cassettes.ts'
import { type Direction, type InspectedMessage, readExchanges, segmentAt } from '../../src/messages/exchanges.ts'
import { socketTalks } from '../../src/messages/socket-talks.ts'
import { leaveOut } from '../../src/messages/leave-out.ts'

const messageLine = ({ fields, trailers, body, chunks, ...facts }: InspectedMessage): string =>
  `${shown(facts)} ${fields.map(({ name, value }) => `${name}=${value}`).join('; ')} body ${shown(body)} chunks ${shown(chunks)} trailers ${shown(trailers)}`

const directionLine = (direction: Direction): string => {
  const { bytes, messages, restStart, failure, segments } = direction
  const at = [0, 1, 30, bytes.length - 1].map((offset) => segmentAt(direction, offset)?.index)
  return `${bytes.length} bytes, ${messages.length} messages, rest at ${restStart}, ${shown(failure)}, segments ${segments.map(({ index, start }) => `${index}@${start}`).join(' ')}, at ${at.join(' ')}`
}

test('cassettes taken apart into connections, exchanges and messages', () => {
  const lines: string[] = []
  for (const [name, cassette] of richCassettes()) {
    const inspected = readExchanges(cassette)
    lines.push(`== ${name}`)
    for (const { number, opened, sent, received, disguised, exchanges, isOver } of inspected.connections)
      lines.push(
        `connection ${number} to ${opened.to}: ${exchanges.length} exchanges, over ${isOver}, disguised ${shown(disguised)}`,
        `  sent ${directionLine(sent)}`,
        `  received ${directionLine(received)}`,
      )
    for (const { connection, url, request, interim, response, isWhole, ending } of inspected.exchanges)
      lines.push(
        `exchange ${connection.number} ${url}: whole ${isWhole}, ${ending}`,
        ...[request, ...interim, response].map((message) =>
          message === undefined ? '  none' : `  ${messageLine(message)}`,
        ),
      )
    for (const [number, said] of socketTalks(cassette.tape))
      for (const one of said) lines.push(`said on ${number}: ${shown(one)}`)
    for (const out of inspected.exchanges) {
      const left = leaveOut(cassette, inspected, (exchange) => exchange === out)
      lines.push(
        `without ${out.url}: ${left.tape.map((event) => `${event.type} ${event.connection}${'bytes' in event ? ` ${event.bytes.length}` : ''}`).join(', ')}`,
      )
    }
  }
  expectKeptLines(
    new URL('whole-exchanges.txt', import.meta.url),
    lines.map((line) => (line.length > 1500 ? `${line.slice(0, 1400)}+${line.length}` : line)),
  )
})
