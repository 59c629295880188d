import type { Reason } from '../matching/match-on.ts'
import type { ByteDifference, HeaderDifference } from './differences.ts'
import { printable } from './masks.ts'
import type { AskedRequest, MissReport, NearMiss } from './miss-report.ts'

/** A report as plain text of several lines, fit for any terminal: control characters are escaped. */
export function formatMissReport(report: MissReport): string {
  const { asked, matchOn, nearest, recorded, unplayed, advice, origin, origins } = report
  const left = recorded === 0 ? 'the cassette holds none' : `${unplayed} of ${recorded} are left to play`
  const lines = [describeAsked(asked, origin), `interactions: ${left}; compared: ${matchOn.join(', ')}`]
  if (origins.length > 0 && !origins.includes(origin))
    lines.push(`nothing was recorded of ${origin}, only of ${origins.join(', ')}`)
  for (const [index, near] of nearest.entries()) lines.push('', ...formatNearMiss(near, index === 0))
  lines.push('', ...advice)
  return lines.map(printable).join('\n')
}

function describeAsked({ method, url, bodyLength, length, problem }: AskedRequest, origin: string): string {
  if (method !== undefined) return `${method} ${url}${bodyLength === 0 ? '' : ` with ${bodyLength} bytes of content`}`
  if (length === 0) return `one more connection to ${origin}`
  return `${length} bytes to ${origin}${problem === undefined ? '' : ` that are not an HTTP request (${problem})`}`
}

function formatNearMiss(near: NearMiss, isNearest: boolean): string[] {
  const what = near.method === undefined ? 'bytes' : `${near.method} ${near.url}`
  const number = near.number === undefined ? '' : `#${near.number} `
  return [
    `${isNearest ? 'nearest' : 'then'}: ${number}${what} (connection ${near.connection})`,
    ...near.reasons.map(formatReason),
    ...(isNearest ? formatDifferences(near) : []),
  ]
}

function formatDifferences({ json, headers, firstDifference: bytes }: NearMiss): string[] {
  return [
    ...json.map(({ path, recorded, asked }) => `    ${path}: recorded ${recorded ?? 'none'}, asked ${asked ?? 'none'}`),
    ...headers.map(formatHeaderDifference),
    ...(bytes === undefined ? [] : formatByteDifference(bytes)),
  ]
}

function formatReason({ what, detail }: Reason): string {
  switch (what) {
    case 'url':
    case 'bytes':
    case 'custom':
    case 'played':
    case 'order':
    case 'barrier':
    case 'incomplete':
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

function formatByteDifference({ offset, recorded, asked }: ByteDifference): string[] {
  return [
    `  first difference at byte ${offset} of the request:`,
    `    recorded  ${recorded.text}`,
    `    asked     ${asked.text}`,
    `    recorded  ${recorded.hex}`,
    `    asked     ${asked.hex}`,
  ]
}
