import { isUtf8 } from 'node:buffer'
import type { Cassette, FailedEvent } from '../tape/cassette.ts'
import { decodedContent, fieldValue } from '../content/decoded-content.ts'
import {
  type Direction,
  type Exchange,
  type InspectedConnection,
  type InspectedMessage,
  readExchanges,
  segmentAt,
} from '../messages/exchanges.ts'
import { STYLES } from './conversation-styles.ts'
import { html, LINE_END, lines, type Markup, page } from './page.ts'
import { count, milliseconds } from '../content/printable.ts'

/** Text around a conversation. */
export interface ConversationOptions {
  /** Default: `Conversation`. */
  readonly title?: string | undefined
  /** What went wrong, such as the report of a miss: shown first. */
  readonly problems?: readonly string[] | undefined
  /** More lines under the title. */
  readonly remarks?: readonly string[] | undefined
}

/** Longer texts, hex views and conversations are cut here, and say so. */
const MOST_TEXT = 64 << 10
const MOST_HEX = 4 << 10
const MOST_EXCHANGES = 500

/**
 * Formats a cassette as a page for people: a time line, then each request beside its answer, as text and as hex.
 *
 * The page needs no other file. Recorded bytes cannot run in it: all are escaped, and a policy forbids scripts, frames,
 * forms, images and addresses of any kind.
 */
export function conversationHtml(cassette: Cassette, options: ConversationOptions = {}): string {
  const { title = 'Conversation', problems = [], remarks = [] } = options
  const { connections, exchanges } = readExchanges(cassette)
  const shown = exchanges.slice(0, MOST_EXCHANGES)
  const failed = connections.filter(({ opened }) => opened.type === 'failed').length
  const counts = [
    `${count(exchanges.length, 'interaction')} on ${count(connections.length - failed, 'connection')}`,
    ...(failed === 0 ? [] : [`${failed} not made`]),
  ]
  const { at, by, node } = cassette.recorded
  const body = html` <header>
      <h1>${title}</h1>
      <p>${counts.join(', ')}, recorded ${at} by ${by} on node ${node}</p>
      ${remarks.map((remark) => html`<p>${remark}</p>`)}
    </header>
    ${problems.map((problem) => html`<section class="problem"><pre>${lines(problem)}</pre></section>`)}
    ${timeline(connections, shown)}
    <main>
      ${shown.map(exchangeArticle)}
      ${exchanges.length > shown.length ? html`<p>${count(exchanges.length - shown.length, 'more interaction')}</p>` : undefined}
      ${connections.map(restArticle)}
    </main>`
  return page(title, STYLES, body)
}

// --- the time line ----------------------------------------------------------------------------------------------------------

const WIDTH = 1000
const LANE = 36

/** A lane for each connection: marks above its middle for what was sent, below for what was received; each links to its exchange. */
function timeline(connections: readonly InspectedConnection[], exchanges: readonly Exchange[]): Markup | undefined {
  const lanes = connections.slice(0, MOST_LANES)
  if (lanes.length === 0) return undefined
  const end = lanes.reduce((latest, lane) => Math.max(latest, lastMoment(lane)), 0.001)
  const height = lanes.length * LANE
  const place = (at: number): string => ((at / end) * WIDTH).toFixed(2)
  return html` <section class="timeline">
    <svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="time line">
      ${lanes.map((lane, index) => laneMarks(lane, exchanges, index * LANE, place))}
    </svg>
    <p><span>0 ms</span><span>${milliseconds(end)}</span></p>
  </section>`
}

const MOST_LANES = 50

function laneMarks(
  connection: InspectedConnection,
  exchanges: readonly Exchange[],
  top: number,
  place: (at: number) => string,
): Markup {
  const { number, opened, sent, received } = connection
  const middle = top + 22
  const last = lastMoment(connection)
  const own = exchanges
    .map((exchange, index) => ({ exchange, index }))
    .filter(({ exchange }) => exchange.connection === connection)
  const mark = (direction: Direction, kind: 'sent' | 'received', y: number): readonly Markup[] =>
    direction.segments.slice(0, MOST_MARKS).map(({ event, start }) => {
      const owner = own.find(({ exchange }) => covers(exchange, kind, start))?.index
      const bar = html`<rect class="${kind}" x="${place(event.at)}" y="${y}" width="3" height="9"
        ><title>${kind} ${count(event.bytes.length, 'byte')} at ${milliseconds(event.at)}</title></rect
      >`
      return owner === undefined ? bar : html`<a href="#x${owner + 1}">${bar}</a>`
    })
  return html`<text x="0" y="${top + 9}">connection ${number} to ${opened.to}</text>
    <line x1="${place(opened.at)}" x2="${place(last)}" y1="${middle}" y2="${middle}" />
    ${mark(sent, 'sent', middle - 9)}${mark(received, 'received', middle)} `
}

const MOST_MARKS = 500

function lastMoment({ opened, sent, received }: InspectedConnection): number {
  return Math.max(opened.at + opened.took, sent.segments.at(-1)?.event.at ?? 0, received.segments.at(-1)?.event.at ?? 0)
}

/** Whether a byte of a direction belongs to an exchange. */
function covers({ request, interim, response }: Exchange, kind: 'sent' | 'received', offset: number): boolean {
  const messages = kind === 'sent' ? [request] : [...interim, ...(response === undefined ? [] : [response])]
  return messages.some(({ start, end }) => offset >= start && offset < Math.max(end, start + 1))
}

// --- requests beside answers ------------------------------------------------------------------------------------------------

function exchangeArticle(exchange: Exchange, index: number): Markup {
  const { connection, request, interim, response, url, ending } = exchange
  const status = response === undefined ? 'no answer' : `${response.status} ${response.reason}`
  const took = duration(exchange)
  return html` <article id="x${index + 1}">
    <h2><b>${index + 1}</b> ${request.method} ${url} <span class="${statusClass(response)}">${status}</span></h2>
    <p>connection ${connection.number}, ${ending}${took === undefined ? '' : `, answered in ${milliseconds(took)}`}</p>
    <div class="sides">
      <section>${messageView('Request', request, connection.sent)}</section>
      <section>
        ${interim.map((message) => messageView('Interim response', message, connection.received))}
        ${response === undefined ? undefined : messageView('Response', response, connection.received)}
      </section>
    </div>
  </article>`
}

const statusClass = (response: InspectedMessage | undefined): string =>
  response === undefined ? 'none' : `s${String(response.status).slice(0, 1)}`

/** From the last segment of a request to the first of its answer. */
function duration({ connection, request, response }: Exchange): number | undefined {
  if (response === undefined) return undefined
  const asked = segmentAt(connection.sent, Math.max(request.start, request.end - 1))
  const answered = segmentAt(connection.received, response.start)
  return asked === undefined || answered === undefined ? undefined : answered.event.at - asked.event.at
}

function messageView(title: string, message: InspectedMessage, direction: Direction): Markup {
  const raw = direction.bytes.subarray(message.start, message.end)
  const head = Buffer.from(direction.bytes.subarray(message.start, message.headEnd)).toString('latin1')
  return html` <h3>${title}</h3>
    <pre class="head">${headLines(head)}</pre>
    ${bodyView(message)} ${trailersView(message)}
    <details>
      <summary>${count(raw.length, 'byte')} as they passed</summary>
      <pre>${lines(hexDump(raw))}</pre>
    </details>
    <details>
      <summary>${count(segmentsOf(message, direction).length, 'segment')}</summary>
      <pre>${lines(segmentLines(message, direction))}</pre>
    </details>`
}

/** The start line and fields as they are, each line end but CRLF visible. */
function headLines(head: string): Markup {
  const [start = '', ...fields] = head.replace(/(?:\r\n){1,2}$/, '').split('\r\n')
  const named = fields.map((field) => {
    const colon = Math.max(field.indexOf(':'), 0)
    return html`${LINE_END}<i>${field.slice(0, colon)}</i>${field.slice(colon)}`
  })
  return html`<b>${start}</b>${named}`
}

function bodyView({ body, fields, isChunked, chunks, isComplete }: InspectedMessage): Markup | undefined {
  if (body.length === 0) return undefined
  const content = decodedContent(body, fields)
  const coding =
    content === body ? '' : ` (${fieldValue(fields, 'content-encoding')}: ${count(body.length, 'byte')} sent)`
  const framing = isChunked ? `, ${count(chunks.filter(({ size }) => size > 0).length, 'chunk')}` : ''
  const state = isComplete ? '' : ', not complete'
  const text = isUtf8(content) ? Buffer.from(content).toString() : undefined
  return html` <p class="aside">body: ${count(content.length, 'byte')}${coding}${framing}${state}</p>
    <pre>${lines(text === undefined ? hexDump(content) : shorten(inReadableForm(text)))}</pre>
    ${
      text === undefined
        ? undefined
        : html`<details>
            <summary>hex</summary>
            <pre>${lines(hexDump(content))}</pre>
          </details>`
    }`
}

function trailersView({ trailers }: InspectedMessage): Markup | undefined {
  if (trailers.length === 0) return undefined
  return html`<p class="aside">trailers</p>
    <pre class="head">${trailers.map(({ name, value }) => html`<i>${name}</i>: ${value}${LINE_END}`)}</pre>`
}

/** JSON indented, anything else as it is. */
function inReadableForm(text: string): string {
  if (!/^\s*[[{]/.test(text) || text.length > MOST_TEXT) return text
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2)
  } catch {
    return text
  }
}

const shorten = (text: string): string =>
  text.length <= MOST_TEXT
    ? text
    : `${text.slice(0, MOST_TEXT)}\n... ${count(text.length - MOST_TEXT, 'more character')}`

function hexDump(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, MOST_HEX))
  const rows = Array.from({ length: Math.ceil(shown.length / 16) }, (_, row) => {
    const part = shown.subarray(row * 16, row * 16 + 16)
    const hex = part.toString('hex').replaceAll(/..(?!$)/g, '$& ')
    const text = part.toString('latin1').replaceAll(/[^\x20-\x7e]/g, '.')
    return `${(row * 16).toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${text}`
  })
  const more = bytes.length - shown.length
  return [...rows, ...(more > 0 ? [`... ${count(more, 'more byte')}`] : [])].join('\n')
}

const segmentsOf = ({ start, end }: InspectedMessage, { segments }: Direction): Direction['segments'] =>
  segments.filter((segment) => segment.start < end && segment.start + segment.event.bytes.length > start)

function segmentLines(message: InspectedMessage, direction: Direction): string {
  const rows = segmentsOf(message, direction).map(
    ({ event }) => `${milliseconds(event.at).padStart(14)}  ${count(event.bytes.length, 'byte')}`,
  )
  const more = rows.length - MOST_MARKS
  return [...rows.slice(0, MOST_MARKS), ...(more > 0 ? [`... ${count(more, 'more segment')}`] : [])].join('\n')
}

// --- what is not an exchange ------------------------------------------------------------------------------------------------

/** Connections that were not made, and bytes that are not HTTP. */
function restArticle({ number, opened, sent, received }: InspectedConnection): Markup | undefined {
  const rests = [
    { title: 'Sent', direction: sent },
    { title: 'Received', direction: received },
  ].filter(({ direction }) => direction.restStart < direction.bytes.length)
  if (opened.type !== 'failed' && rests.length === 0) return undefined
  return html` <article>
    <h2>
      connection ${number} to ${opened.to}
      ${opened.type === 'failed' ? html`<span class="none">not made</span>` : undefined}
    </h2>
    ${opened.type === 'failed' ? html`<p>${failureText(opened)}</p>` : undefined}
    <div class="sides">
      ${rests.map(
        ({ title, direction }) =>
          html`<section>
            <h3>${title}</h3>
            <p class="aside">
              ${direction.failure === undefined ? 'not part of a message' : direction.failure.message}
            </p>
            <pre>${lines(hexDump(direction.bytes.subarray(direction.restStart)))}</pre>
          </section>`,
      )}
    </div>
  </article>`
}

const failureText = ({ failure }: FailedEvent): string =>
  [failure.code, failure.systemCode, failure.message].filter((part) => part !== undefined).join(' ')
