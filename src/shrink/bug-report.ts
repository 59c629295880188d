import type { Shrunk } from './shrink.ts'
import { count, escapeBytes, escapeText, milliseconds } from '../content/printable.ts'
import { type Direction, type InspectedConnection, readExchanges } from '../messages/exchanges.ts'
import type { NeededPart } from './shrink.ts'

/** What a bug report says besides what is in the cassette. */
export interface BugReportOptions {
  /** Path of the cassette, as its reader will have it. */
  readonly file: string
  /** What fails, such as `npm test`. Default: a function. */
  readonly command?: string | undefined
  /** Commands that make the requests, to a server on port 8080 of this machine. Default: none. */
  readonly requests?: string | undefined
}

/**
 * A bug report in Markdown: how it fails, what is needed for that, what was sent and what came, hex at the place, and how to play it again.
 *
 * Recorded bytes stand in code blocks only, with everything that is not printable escaped.
 */
export function bugReport(shrunk: Shrunk, { file, command, requests }: BugReportOptions): string {
  const { cassette, failure, needed } = shrunk
  const { connections } = readExchanges(cassette)
  const blocks = [
    `# ${inline(typeof failure === 'string' ? failure : 'It fails')}`,
    `${command === undefined ? 'A function' : code(command)} fails with the recording ${code(file)}. ${sizes(shrunk)}`,
    ...(needed.length === 0 ? [] : ['## What the failure needs', needed.map(neededLine).join('\n')]),
    '## What was sent, and what came',
    ...connections.flatMap(conversation),
    ...(needed.some(({ place }) => place !== undefined)
      ? ['## The bytes there', ...hexBlocks(needed, connections)]
      : []),
    '## Play it again',
    replayText(file, requests),
  ]
  return `${blocks.join('\n\n')}\n`
}

function sizes({ before, after, runs, ended }: Shrunk): string {
  const made = `It was cut from ${sizeText(before)} to ${sizeText(after)} in ${count(runs, 'run')}`
  return `${made}${ended === 'minimal' ? '; nothing that was tried can go.' : `; it was ended before all was tried (${ended}).`}`
}

const sizeText = ({ interactions, bytes }: Shrunk['before']): string =>
  `${count(interactions, 'interaction')} and ${count(bytes, 'byte')}`

function neededLine({ what, place }: NeededPart): string {
  const where =
    place === undefined ? '' : `, at byte ${place.start} of what was ${place.type} on connection ${place.connection}`
  return `- ${inline(what)}${where}`
}

/** Everything that passed on a connection, in its order. */
function conversation({ number, opened, sent, received }: InspectedConnection): readonly string[] {
  if (opened.type === 'failed') {
    const { code: failed, systemCode, message } = opened.failure
    return [
      `Connection ${number} to ${code(opened.to)} was not made: ${code([failed, systemCode ?? '', message].join(' '))}.`,
    ]
  }
  const segments = [...sent.segments, ...received.segments].toSorted((one, other) => one.index - other.index)
  const shown = segments.map(({ event, start }) => {
    const verb = event.type === 'sent' ? 'Sent' : 'Received'
    const title = `${verb} on connection ${number} at ${milliseconds(event.at)}, ${count(event.bytes.length, 'byte')} from byte ${start} on:`
    return `${title}\n\n${fence(textOf(event.bytes))}`
  })
  return [`Connection ${number} to ${code(opened.to)}:`, ...shown]
}

/** Lines as they are; what is not printable is escaped. */
function textOf(bytes: Uint8Array): string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const shown = all.subarray(0, MOST_SHOWN)
  const rows = shown.toString('latin1').split('\r\n')
  const lines = rows.map((row) => escapeBytes(Buffer.from(row, 'latin1')).replaceAll(String.raw`\x0a`, '\n'))
  const more = all.length - shown.length
  return [...lines, ...(more > 0 ? [`... ${count(more, 'more byte')}`] : [])].join('\n')
}

const MOST_SHOWN = 4096

function hexBlocks(needed: readonly NeededPart[], connections: readonly InspectedConnection[]): readonly string[] {
  return needed.flatMap(({ what, place }) => {
    const direction = connections.find(({ number }) => number === place?.connection)?.[place?.type ?? 'received']
    if (place === undefined || direction === undefined || direction.bytes.length === 0) return []
    return [`${inline(what)}:\n\n${fence(hexAround(direction, place.start, place.end))}`]
  })
}

/** The rows of 16 bytes from the one before the place to the one after it. */
function hexAround({ bytes }: Direction, start: number, end: number): string {
  const first = Math.max(0, (start >> 4) - 1)
  const last = Math.min((Math.max(end, start + 1) >> 4) + 1, first + MOST_ROWS - 1, Math.max(0, bytes.length - 1) >> 4)
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const at = (first + index) * 16
    const row = Buffer.from(bytes.subarray(at, at + 16))
    const hex = Array.from(row, (byte, column) => {
      const offset = at + column
      // The byte before which a border or an ending is, too.
      const isMarked = offset >= start && offset < Math.max(end, start + 1)
      return `${isMarked ? '>' : ' '}${byte.toString(16).padStart(2, '0')}`
    }).join('')
    return `${at.toString(16).padStart(6, '0')} ${hex.padEnd(48)}  ${row.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')}`
  }).join('\n')
}

const MOST_ROWS = 32

function replayText(file: string, requests: string | undefined): string {
  const serve = `npx wiretape serve ${shellWord(file)} --port 8080`
  const server = `The cassette plays as a server, byte for byte, with the same segments and endings:\n\n${fence(serve, 'sh')}`
  return requests === undefined || requests === ''
    ? server
    : `${server}\n\nThe recorded requests, from another terminal:\n\n${fence(requests.trimEnd(), 'sh')}`
}

const shellWord = (text: string): string =>
  /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

/** A code block that nothing in it can end. */
function fence(text: string, language = ''): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const marks = '`'.repeat(longest + 1)
  return `${marks}${language}\n${text}\n${marks}`
}

/** Text that a reader of Markdown takes for text. */
const inline = (text: string): string => escapeText(text).replaceAll(/[\\`*_{}[\]()#+!|<>~&]/g, String.raw`\$&`)

/** A code span that nothing in it can end. */
function code(text: string): string {
  const shown = escapeText(text)
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length))
  const marks = '`'.repeat(longest + 1)
  return longest > 0 ? `${marks} ${shown} ${marks}` : `${marks}${shown}${marks}`
}
