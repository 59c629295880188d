import type { TlsInfo } from '../transport.ts'
import type { Failure, TapeEvent } from './cassette.ts'
import { lengthOf } from './late-bytes.ts'
import { textOfError } from './socket-error.ts'

/**
 * The records of a tape: events of one connection that belong together, listed by connection.
 *
 * A record ends where the client sends again after it has received a response. The recorder may know better
 * (docs/decisions/009-append-only-cassettes.md); this uses the events alone.
 */
export function recordsOf(tape: readonly TapeEvent[]): readonly (readonly TapeEvent[])[] {
  return byConnection(tape).flatMap(cutIntoRecords)
}

/** The events of each connection, by the number of the connection. */
export function byConnection(tape: readonly TapeEvent[]): readonly (readonly TapeEvent[])[] {
  const connections = new Map<number, TapeEvent[]>()
  for (const event of tape) {
    const events = connections.get(event.connection)
    if (events === undefined) connections.set(event.connection, [event])
    else events.push(event)
  }
  return [...connections].toSorted(([one], [other]) => one - other).map(([, events]) => events)
}

/**
 * A tape sorted by time; events with equal times keep their order.
 *
 * Events of one connection keep their order: an earlier time after a later one counts as the later one.
 */
export function inOrder(tape: readonly TapeEvent[]): readonly TapeEvent[] {
  if (tape.every(({ at }, index) => at >= (tape[index - 1]?.at ?? 0))) return tape
  const latest = new Map<number, number>()
  const timed = tape.map((event) => {
    const time = Math.max(event.at, latest.get(event.connection) ?? 0)
    latest.set(event.connection, time)
    return { event, time }
  })
  return timed.toSorted((one, other) => one.time - other.time).map(({ event }) => event)
}

/**
 * The checksum of a record in eight hexadecimal digits: CRC-32 of its events without their times.
 *
 * `docs/cassette-format.md` describes the text it is computed from.
 */
export function checksumOf(events: readonly TapeEvent[]): string {
  // Loaded with the first checksum: a replay looks at none.
  const { crc32 } = process.getBuiltinModule('node:zlib')
  let sum = 0
  for (const event of events) {
    sum = crc32(describe(event), sum)
    // For no bytes, zlib may return 0 instead of the sum so far.
    if ('bytes' in event && lengthOf(event) > 0) sum = crc32(event.bytes, sum)
  }
  return sum.toString(16).padStart(8, '0')
}

function cutIntoRecords(events: readonly TapeEvent[]): readonly (readonly TapeEvent[])[] {
  const records: TapeEvent[][] = []
  let current: TapeEvent[] = []
  let isAnswered = false
  for (const event of events) {
    if (event.type === 'sent' && isAnswered) {
      records.push(current)
      current = []
      isAnswered = false
    }
    current.push(event)
    if (event.type === 'received') isAnswered ||= !isInterim(event.bytes)
  }
  return current.length === 0 ? records : [...records, current]
}

/** Whether these bytes are only interim responses, such as `100 Continue`. */
export function isInterim(bytes: Uint8Array): boolean {
  if (bytes[INTERIM_DIGIT] !== 0x31 || bytes.length > LONGEST_INTERIM) return false
  return INTERIM.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
}

/** Offset of the first digit of the status. */
const INTERIM_DIGIT = 'HTTP/1.1 '.length
const LONGEST_INTERIM = 8192
const INTERIM = /^(?:HTTP\/1\.[01] 1(?!01)\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)+$/

/** An event as text, without its time and bytes. */
function describe(event: TapeEvent): string {
  const { connection } = event
  switch (event.type) {
    case 'open': {
      const { tls, lenient, protocol } = event
      return [
        `open ${connection} ${event.to}\n`,
        tls === undefined ? '' : describeTls(tls),
        lenient === undefined ? '' : `lenient ${lenient.join(' ')}\n`,
        protocol === undefined ? '' : `speaks ${protocol}\n`,
      ].join('')
    }
    case 'failed':
      return `open ${connection} ${event.to}\n${describeFailure(event.failure)}`
    case 'sent':
    case 'received': {
      const ends = event.ends === undefined ? '' : `ends ${event.ends.join(' ')}\n`
      return `${ends}${event.type} ${connection} ${lengthOf(event)}\n`
    }
    case 'end':
      return `end ${connection} ${event.by}\n`
    case 'close':
      return `close ${connection} ${event.by}\n${event.failure === undefined ? '' : describeFailure(event.failure)}`
  }
}

function describeTls({ version, alpn, offered, authorized, problem, subject = {} }: TlsInfo): string {
  return [
    `tls ${version} ${alpn ?? '-'} ${authorized ? 'verified' : 'unverified'}\n`,
    offered === undefined ? '' : `offered ${offered.join(' ')}\n`,
    problem === undefined ? '' : `problem ${problem}\n`,
    ...Object.keys(subject)
      .toSorted()
      .map((name) => `subject ${name}=${subject[name]}\n`),
  ].join('')
}

function describeFailure({ code, phase, systemCode, message, error }: Failure): string {
  const shown = error === undefined ? '' : error === 'end' ? 'error end\n' : textOfError(error)
  return `failed ${code} ${phase} ${systemCode ?? '-'} ${Buffer.byteLength(message)}\n${message}${shown}`
}
