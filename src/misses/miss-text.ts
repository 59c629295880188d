import { escapeText } from '../content/printable.ts'
import type { Reason } from '../matching/match-on.ts'
import type { ByteDifference, HeaderDifference } from './differences.ts'
import type { AskedRequest, MissReport, NearMiss, SentPlaceholder } from './report.ts'

/** What a line of a report is; a terminal may give each a colour. */
export type LineKind = 'asked' | 'nearest' | 'reason' | 'recorded' | 'advice' | 'aside'

/** Gives a line in the colour of its kind. */
export type Painter = (kind: LineKind, text: string) => string

interface Line {
  readonly kind: LineKind
  readonly text: string
}

/** A report as text of several lines, fit for any terminal: control characters are escaped. Default of `paint`: no colours. */
export function formatMissReport(report: MissReport, paint: Painter = (_, text) => text): string {
  const { asked, matchOn, isNormalized, placeholder, nearest, recorded, unplayed, advice, origin, origins } = report
  const left = recorded === 0 ? 'the cassette holds none' : `${unplayed} of ${recorded} are left to play`
  const lines = [
    line('asked', describeAsked(asked, origin)),
    line(
      'aside',
      `interactions: ${left}; compared: ${matchOn.join(', ')}${isNormalized === true ? ', as normalizeRequest returned it' : ''}`,
    ),
  ]
  if (placeholder !== undefined) lines.push(line('reason', describePlaceholder(placeholder)))
  else if (origins.length > 0 && !origins.includes(origin))
    lines.push(line('reason', `nothing was recorded of ${origin}, only of ${origins.join(', ')}`))
  for (const [index, near] of nearest.entries()) lines.push(line('aside', ''), ...formatNearMiss(near, index === 0))
  lines.push(line('aside', ''), ...advice.map((text) => line('advice', text)))
  return lines.map(({ kind, text }) => paint(kind, escapeText(text))).join('\n')
}

const line = (kind: LineKind, text: string): Line => ({ kind, text })

function describeAsked(
  { method, url, bodyLength, length, problem, message, statement }: AskedRequest,
  origin: string,
): string {
  if (statement !== undefined) return `${statement} to ${origin}`
  if (message !== undefined)
    return `${message.kind === 'close' ? 'close' : `${message.kind} message`} ${message.number} of the client on the WebSocket ${url}, ${bodyLength} bytes`
  if (method !== undefined) {
    const content = bodyLength === 0 ? '' : ` with ${bodyLength} bytes of content`
    return `${method} ${url}${content}${problem === undefined ? '' : `, which is not HTTP to its end (${problem})`}`
  }
  if (length === 0) return `one more connection to ${origin}`
  return `${length} bytes to ${origin}${problem === undefined ? '' : ` that are not an HTTP request (${problem})`}`
}

function describePlaceholder({ text, where, interaction }: SentPlaceholder): string {
  const from = interaction === undefined ? '' : `; it came from recorded interaction ${interaction}`
  return `  - ${text} stands in ${where}: the cassette has it instead of a value${from}`
}

function formatNearMiss(near: NearMiss, isNearest: boolean): Line[] {
  const what = near.statement ?? (near.method === undefined ? 'bytes' : `${near.method} ${near.url}`)
  const number = near.number === undefined ? '' : `#${near.number} `
  return [
    line(
      isNearest ? 'nearest' : 'aside',
      `${isNearest ? 'nearest' : 'then'}: ${number}${what} (connection ${near.connection})`,
    ),
    ...near.reasons.map((reason) => line('reason', formatReason(reason))),
    ...(isNearest ? formatDifferences(near) : []),
  ]
}

function formatDifferences({ json, headers, firstDifference: bytes }: NearMiss): Line[] {
  return [
    ...json.map(({ path, recorded, asked }) =>
      line('asked', `    ${path}: recorded ${recorded ?? 'none'}, asked ${asked ?? 'none'}`),
    ),
    ...headers.map((difference) => line('asked', formatHeaderDifference(difference))),
    ...(bytes === undefined ? [] : formatByteDifference(bytes)),
  ]
}

function formatReason({ what, detail }: Reason): string {
  switch (what) {
    case 'url':
    case 'bytes':
    case 'statement':
    case 'custom':
    case 'played':
    case 'order':
    case 'barrier':
    case 'incomplete':
    case 'left':
    case 'message':
    case 'agreement':
      return `  - ${detail}`
    case 'method':
    case 'scheme':
    case 'host':
    case 'port':
    case 'path':
    case 'query':
    case 'headers':
    case 'body':
      return `  - ${what} differs: ${detail}`
  }
}

function formatHeaderDifference({ kind, recorded, asked }: HeaderDifference): string {
  switch (kind) {
    case 'missing':
      return `    header missing: ${recorded}`
    case 'extra':
      return `    header not recorded: ${asked}`
    case 'case':
    case 'order':
    case 'value':
      return `    header ${kind}: recorded ${recorded}, asked ${asked}`
  }
}

function formatByteDifference({ of, offset, recorded, asked }: ByteDifference): Line[] {
  return [
    line('aside', `  first difference at byte ${offset} of the ${of}:`),
    line('recorded', `    recorded  ${recorded.text}`),
    line('asked', `    asked     ${asked.text}`),
    line('recorded', `    recorded  ${recorded.hex}`),
    line('asked', `    asked     ${asked.hex}`),
  ]
}
