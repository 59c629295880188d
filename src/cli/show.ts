import { type BytesEvent, type Cassette, type Failure, loadCassette, type TapeEvent } from '../entries/cassette.ts'
import { summarize } from '../report/cassette-summary.ts'
import { type SocketLines, socketLines } from '../report/socket-lines.ts'
import type { AddCommand } from './command.ts'
import {
  count,
  escapeBytes,
  escapeText,
  milliseconds,
  type Output,
  type Style,
  toPrintableJson,
} from '../console/terminal.ts'

export const addShow: AddCommand = (program, { out }) => {
  program
    .command('show')
    .description('Print a cassette as the conversation it holds: direction, time, size and content of every segment.')
    .argument('<file>', 'cassette')
    .option('--full', 'print all bytes of binary bodies')
    .option('--json', 'print the events as JSON')
    .addHelpText('after', SHOW_HELP)
    .action((file: string, options: ShowOptions) => show(file, options, out))
}

/** Options of `wiretape show`. */
export interface ShowOptions {
  /** Print the events as JSON. Default: `false`. */
  readonly json?: boolean
  /** Print every byte of binary bodies instead of their beginning. Default: `false`. */
  readonly full?: boolean
}

/** Prints a cassette as the conversation it holds, event by event, in the order things happened. */
export async function show(file: string, options: ShowOptions, out: Output): Promise<void> {
  const cassette = await loadCassette(file)
  if (options.json === true) {
    out.line(toPrintableJson(toPlainData(file, cassette)))
    return
  }
  const { at, by, node } = cassette.recorded
  out.line(out.paint('title', escapeText(file)))
  out.line(out.paint('aside', escapeText(`recorded ${at} by ${by} on node ${node}`)))
  showTape(cassette.tape, options, out)
  out.line()
  out.line(summarize(cassette))
}

function isSegment(event: TapeEvent): event is BytesEvent {
  return event.type === 'sent' || event.type === 'received'
}

function showTape(tape: readonly TapeEvent[], options: ShowOptions, out: Output): void {
  let before: TapeEvent | undefined
  let endedInBinary = false
  const sockets = socketLines(tape)
  for (const event of tape) {
    const { lines, binary } = isSegment(event) ? contentOf(event, sockets.get(event)) : NO_CONTENT
    // A long binary body comes in many segments; one beginning is enough.
    const goesOn = endedInBinary && before?.type === event.type && before.connection === event.connection
    if (goesOn && lines.length === 0 && options.full !== true) {
      showEvent(event, out, 'more binary')
    } else {
      out.line()
      showEvent(event, out)
      for (const line of lines) out.line(line === '' ? '' : `    ${line}`)
      for (const line of dump(binary, options)) out.line(out.paint('aside', `    ${line}`))
    }
    before = event
    endedInBinary = binary.length > 0
  }
}

/** One line for what happened. */
function showEvent(event: TapeEvent, out: Output, ...remarks: readonly string[]): void {
  const { mark, style } = EVENTS[event.type]
  const facts = [`#${event.connection}`, milliseconds(event.at), ...factsOf(event), ...remarks]
  out.line(out.paint(hasFailed(event) ? 'failed' : style, `${mark} ${facts.map(escapeText).join('  ')}`))
}

const EVENTS: Readonly<Record<TapeEvent['type'], { readonly mark: string; readonly style: Style }>> = {
  open: { mark: '***', style: 'title' },
  failed: { mark: '!!!', style: 'failed' },
  sent: { mark: '-->', style: 'sent' },
  received: { mark: '<--', style: 'received' },
  end: { mark: '---', style: 'aside' },
  close: { mark: '***', style: 'title' },
}

function factsOf(event: TapeEvent): string[] {
  switch (event.type) {
    case 'open':
      return [`open to ${event.to}`, `took ${milliseconds(event.took)}`, ...tlsFacts(event.tls), ...lenientFacts(event)]
    case 'failed':
      return [`no connection to ${event.to}`, `took ${milliseconds(event.took)}`, describeFailure(event.failure)]
    case 'sent':
    case 'received':
      return [count(event.bytes.length, 'byte')]
    case 'end':
      return [`the ${event.by} says no more`]
    case 'close':
      return [`closed by the ${event.by}`, ...(event.failure === undefined ? [] : [describeFailure(event.failure)])]
  }
}

function tlsFacts(tls: Extract<TapeEvent, { type: 'open' }>['tls']): string[] {
  if (tls === undefined) return []
  const alpn = tls.alpn === undefined ? [] : [`ALPN ${tls.alpn}`]
  const offered = tls.offered === undefined ? [] : [`offered: ${tls.offered.join(', ')}`]
  const problem = tls.problem === undefined ? '' : ` (${tls.problem})`
  return [
    tls.version,
    ...alpn,
    ...offered,
    tls.authorized ? 'certificate verified' : `CERTIFICATE NOT VERIFIED${problem}`,
  ]
}

const lenientFacts = ({ lenient = [] }: Extract<TapeEvent, { type: 'open' }>): string[] =>
  lenient.length === 0 ? [] : [`read with ${lenient.join(', ')}`]

function describeFailure({ code, phase, systemCode, message }: Failure): string {
  return `${[code, ...(systemCode === undefined ? [] : [systemCode])].join(' ')} in phase ${phase}: ${message}`
}

function hasFailed(event: TapeEvent): boolean {
  return event.type === 'failed' || (event.type === 'close' && event.failure !== undefined)
}

interface Content {
  /** Escaped. */
  readonly lines: readonly string[]
  readonly binary: Uint8Array
}

/** Messages of a WebSocket stand unmasked and inflated, one in a line. */
function contentOf({ bytes }: BytesEvent, socket: SocketLines | undefined): Content {
  if (socket === undefined) return splitContent(bytes)
  const { lines, binary } = splitContent(bytes.subarray(0, socket.start))
  return { lines: [...lines, ...(lines.length > 0 && socket.lines.length > 0 ? [''] : []), ...socket.lines], binary }
}

/**
 * Splits a segment into the lines a person can read, and the binary rest.
 *
 * Lines are taken from the start as long as they are text and end in CRLF: heads, chunk sizes, parts of a multipart
 * body. What follows is text too, or it is not.
 */
function splitContent(bytes: Uint8Array): Content {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let start = 0
  for (let end = endOfLine(buffer, start); end !== undefined; end = endOfLine(buffer, start)) {
    if (!isText(buffer.subarray(start, end))) break
    start = end
  }
  const rest = buffer.subarray(start)
  if (!isText(rest)) return { lines: linesOf(buffer.subarray(0, start)), binary: rest }
  const lines = linesOf(buffer)
  // A blank line at the end would only set the next event apart, and that is done already.
  return { lines: lines.slice(0, lines.findLastIndex((line) => line !== '') + 1), binary: NOTHING }
}

const NOTHING = new Uint8Array()
const NO_CONTENT: Content = { lines: [], binary: NOTHING }

function endOfLine(buffer: Buffer, start: number): number | undefined {
  const index = buffer.indexOf('\r\n', start)
  return index === -1 ? undefined : index + 2
}

/** Whether the text has so few controls and bytes that are not UTF-8 that it is easier to read with `\xNN` than as hex. */
function isText(bytes: Buffer): boolean {
  const text = bytes.toString()
  const strange = text.match(CONTROL_OR_NOT_UTF8)?.length ?? 0
  return strange * 4 <= text.length
}

// U+FFFD stands for each byte that is not UTF-8. Tabs and line ends are what text is made of.
const CONTROL_OR_NOT_UTF8 = /[^\P{Cc}\t\r\n]|\uFFFD/gu

/** Escaped; LF ends a line as well as CRLF does. */
function linesOf(text: Buffer): string[] {
  const lines: string[] = []
  for (let start = 0; start < text.length;) {
    const lineFeed = text.indexOf('\n', start)
    const end = lineFeed === -1 ? text.length : lineFeed
    const hasReturn = lineFeed > start && text[lineFeed - 1] === CARRIAGE_RETURN
    lines.push(escapeBytes(text.subarray(start, hasReturn ? end - 1 : end)))
    start = end + 1
  }
  return lines
}

const CARRIAGE_RETURN = 0x0d

/** Offset, bytes in hex, and the same bytes as ASCII: only the beginning, and how many more there are. */
function dump(binary: Uint8Array, { full }: ShowOptions): string[] {
  const shown = full === true ? binary : binary.subarray(0, ROWS * ROW)
  const rows = Array.from({ length: Math.ceil(shown.length / ROW) }, (_, row) =>
    dumpRow(row * ROW, shown.subarray(row * ROW, (row + 1) * ROW)),
  )
  const hidden = binary.length - shown.length
  return hidden === 0 ? rows : [...rows, `... ${count(hidden, 'more byte')}`]
}

const ROWS = 4
const ROW = 16

function dumpRow(offset: number, bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  const ascii = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return `${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW * 3 - 1)}  |${ascii}|`
}

/** The cassette for programs: bytes as text where they are UTF-8, as base64 otherwise. */
function toPlainData(file: string, cassette: Cassette): object {
  const tape = cassette.tape.map((event) => {
    if (!isSegment(event)) return event
    const { bytes, ...rest } = event
    return { ...rest, size: bytes.length, ...toText(bytes) }
  })
  return { file, ...cassette, tape }
}

function toText(bytes: Uint8Array): { readonly text: string } | { readonly base64: string } {
  const buffer = Buffer.from(bytes)
  const text = buffer.toString()
  return Buffer.from(text).equals(buffer) ? { text } : { base64: buffer.toString('base64') }
}

const SHOW_HELP = `
Text is shown as text, anything else as the first bytes in hex. Characters that could control a terminal, or are
invisible, appear as \\xNN.

Marks:
  -->  sent by the client      ***  connection opened, closed      !!!  no connection
  <--  sent by the server      ---  one side has said all

Examples:
  $ wiretape show example.com.yaml
  $ wiretape show example.com.yaml --full | less
  $ wiretape show example.com.yaml --json | jq '.tape[].text'

Exit codes:
  0  shown
  1  the file is not a cassette; the error names line and column
  2  the command line is not understood`
