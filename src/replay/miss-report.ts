import { type Interaction, RequestReader, type WireRequest } from '../cassette/interactions.ts'
import { WiretapeError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import type { RecordedScript } from './conversation.ts'
import {
  type ByteDifference,
  byteDifference,
  firstDifference,
  type HeaderDifference,
  headerDifferences,
  type JsonDifference,
  jsonDifferences,
  maskFields,
  maskSecrets,
  printable,
} from './differences.ts'
import { canonicalJson, type InteractionPool, type MatchOn, type Reason, urlParts } from './matcher.ts'

/** The client asked for something that is not on the cassette, or not any more. The message is the report as text. */
export class CassetteMiss extends WiretapeError {
  override readonly name = 'CassetteMiss'
  readonly report: MissReport

  constructor(report: MissReport) {
    super('NO_MATCH', formatMissReport(report))
    this.report = report
  }
}

/** Why there is no recorded answer, and what can be done about it. Values of secret-looking fields are masked. */
export interface MissReport {
  /** The origin that was connected to: `https://api.example.com`. */
  readonly origin: string
  readonly asked: AskedRequest
  /** What had to agree: the names of the option `matchOn`, `function` for a custom one. */
  readonly matchOn: readonly string[]
  /** The recorded interactions that come closest, at most three, the nearest first. */
  readonly nearest: readonly NearMiss[]
  /** The origins that the recorded client connected to. */
  readonly origins: readonly string[]
  /** Interactions on the cassette. */
  readonly recorded: number
  /** Those of them that were not played. */
  readonly unplayed: number
  /** What would accept the request, or record it; one sentence each. */
  readonly advice: readonly string[]
}

/** What the client sent. */
export interface AskedRequest {
  /** `undefined` where the bytes are not an HTTP request. */
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: readonly FieldLine[]
  /** Bytes of content, without the transfer coding. */
  readonly bodyLength: number
  /** Bytes of the request as it was written. */
  readonly length: number
  /** Why the bytes are not an HTTP request, where they are not. */
  readonly problem: string | undefined
}

/** A recorded interaction, and why it is not the answer. */
export interface NearMiss {
  /** Its place on the cassette, from 1; `undefined` for bytes that are not HTTP. */
  readonly number: number | undefined
  readonly connection: number
  readonly method: string | undefined
  readonly url: string | undefined
  readonly reasons: readonly Reason[]
  /** `undefined` where both requests are the same bytes. */
  readonly firstDifference: ByteDifference | undefined
  readonly headers: readonly HeaderDifference[]
  /** Where both bodies are JSON. */
  readonly json: readonly JsonDifference[]
}

/** What a report is made from. */
export interface MissContext {
  readonly origin: string
  readonly matchOn: MatchOn
  readonly origins: readonly string[]
  readonly interactions: readonly Interaction[]
  readonly pool: InteractionPool
}

/** The report on a request; `last` was played before it on its connection. */
export function reportOnRequest(asked: WireRequest, last: Interaction | undefined, context: MissContext): MissReport {
  const { interactions, pool } = context
  const nearest = closest(interactions, (interaction) => distance(asked, interaction, pool)).map((interaction) =>
    nearMiss(asked, interaction, pool.reasonsAgainst(asked, interaction, last)),
  )
  return missReport(askedRequest(asked), nearest, context)
}

/** The report on bytes that no script goes on with; the nearest script is the one that agrees longest. */
export function reportOnBytes(bytes: Uint8Array, scripts: readonly RecordedScript[], context: MissContext): MissReport {
  const agreement = ({ script }: RecordedScript): number => firstDifference(script.bytes, bytes) ?? bytes.length
  const nearest = closest(scripts, (recorded) => -agreement(recorded))
  const asked = parseRequest(context.origin, partOf(nearest[0], bytes))
  return missReport(
    asked,
    nearest.map((recorded) => nearScript(recorded, bytes, context)),
    context,
  )
}

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

const MOST_NEAREST = 3

function missReport(asked: AskedRequest, nearest: readonly NearMiss[], context: MissContext): MissReport {
  const { interactions, matchOn, origin, origins, pool } = context
  const names =
    matchOn === 'bytes' ? ['bytes'] : matchOn.map((matcher) => (typeof matcher === 'string' ? matcher : 'function'))
  return {
    origin,
    asked,
    matchOn: names,
    nearest,
    origins,
    recorded: interactions.length,
    unplayed: interactions.filter((interaction) => !pool.isPlayed(interaction)).length,
    advice: adviceFor(asked, nearest[0], names),
  }
}

/** The three with the smallest distance; among equals, in recorded order. */
function closest<Candidate>(
  candidates: readonly Candidate[],
  distanceOf: (candidate: Candidate) => number,
): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, distance: distanceOf(candidate) }))
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, MOST_NEAREST)
    .map(({ candidate }) => candidate)
}

/** Another server is further away than another method, that further than another path, query or body. */
function distance(asked: WireRequest, interaction: Interaction, pool: InteractionPool): number {
  const recorded = interaction.request
  const [ours, theirs] = [urlParts(asked.url), urlParts(recorded.url)]
  let sum = pool.isPlayed(interaction) ? 0.5 : 0
  if (ours.host !== theirs.host) sum += 16
  if (ours.scheme !== theirs.scheme) sum += 8
  if (asked.method !== recorded.method) sum += 4
  if (ours.path !== theirs.path) sum += 3 + 4 * (1 - similarity(Buffer.from(ours.path), Buffer.from(theirs.path)))
  if (ours.query !== theirs.query) sum += 1 + (1 - similarity(Buffer.from(ours.query), Buffer.from(theirs.query)))
  const alike = similarity(asked.body, recorded.body)
  return alike === 1 ? sum : sum + 1 + (1 - alike)
}

/** From 0 to 1: the part that is equal at the beginning and at the end. */
function similarity(left: Uint8Array, right: Uint8Array): number {
  const longest = Math.max(left.length, right.length)
  const shortest = Math.min(left.length, right.length)
  if (longest === 0 || Buffer.compare(left, right) === 0) return 1
  let prefix = 0
  while (prefix < shortest && left[prefix] === right[prefix]) prefix += 1
  let suffix = 0
  while (suffix < shortest - prefix && left.at(-1 - suffix) === right.at(-1 - suffix)) suffix += 1
  return Math.min(prefix + suffix, longest - 1) / longest
}

function askedRequest({ method, url, fields, bodyLength, raw }: WireRequest): AskedRequest {
  const length = raw.length
  return { method, url: maskSecrets(url), headers: maskFields(fields), bodyLength, length, problem: undefined }
}

function nearMiss(asked: WireRequest, interaction: Interaction, reasons: readonly Reason[]): NearMiss {
  const { request } = interaction
  return {
    number: interaction.index + 1,
    connection: interaction.connection,
    method: request.method,
    url: maskSecrets(request.url),
    reasons,
    firstDifference: byteDifference(request.raw, asked.raw),
    headers: headerDifferences(request.fields, asked.fields),
    json: jsonDifferencesOf(request.body, asked.body),
  }
}

function jsonDifferencesOf(recorded: Uint8Array, asked: Uint8Array): readonly JsonDifference[] {
  const [theirs, ours] = [canonicalJson(recorded), canonicalJson(asked)]
  return theirs === undefined || ours === undefined ? [] : jsonDifferences(JSON.parse(theirs), JSON.parse(ours))
}

/** The request of the script in which `bytes` leave it, or the last one. */
function interactionAt({ interactions, script }: RecordedScript, bytes: Uint8Array): Interaction | undefined {
  const at = firstDifference(script.bytes, bytes) ?? bytes.length
  return interactions.findLast(({ request }) => request.start <= at)
}

/** What of `bytes` stands where the recording has that request. */
function partOf(recorded: RecordedScript | undefined, bytes: Uint8Array): Uint8Array {
  return bytes.subarray((recorded && interactionAt(recorded, bytes)?.request.start) ?? 0)
}

function nearScript(recorded: RecordedScript, bytes: Uint8Array, { origin, pool }: MissContext): NearMiss {
  const interaction = interactionAt(recorded, bytes)
  const part = partOf(recorded, bytes)
  const raw = recorded.script.bytes.subarray(bytes.length - part.length)
  const reasons: Reason[] = []
  const offset = firstDifference(raw, part)
  if (offset !== undefined)
    reasons.push({
      what: 'bytes',
      detail: offset === raw.length ? 'the recorded client wrote nothing more' : `byte ${offset} differs`,
    })
  if (interaction !== undefined && pool.isPlayed(interaction))
    reasons.push({ what: 'played', detail: 'already played' })
  const asked = readRequest(origin, part).request
  if (interaction !== undefined && asked !== undefined) return nearMiss(asked, interaction, reasons)
  return {
    number: interaction && interaction.index + 1,
    connection: recorded.connection,
    method: interaction?.request.method,
    url: interaction && maskSecrets(interaction.request.url),
    reasons,
    firstDifference: byteDifference(raw, part),
    headers: [],
    json: [],
  }
}

function parseRequest(origin: string, bytes: Uint8Array): AskedRequest {
  const { request, failure } = readRequest(origin, bytes)
  const problem = failure?.message
  if (request !== undefined) return { ...askedRequest(request), length: bytes.length, problem }
  return { method: undefined, url: undefined, headers: [], bodyLength: 0, length: bytes.length, problem }
}

/** Reads up to the end of the first request. */
function readRequest(origin: string, bytes: Uint8Array): RequestReader {
  const reader = new RequestReader(origin)
  reader.push(bytes)
  let event = reader.next()
  while (event !== undefined && event.type !== 'end-of-message') event = reader.next()
  return reader
}

function adviceFor(asked: AskedRequest, nearest: NearMiss | undefined, matchOn: readonly string[]): string[] {
  const differing = new Set<string>(nearest?.reasons.map(({ what }) => what))
  const advice: string[] = []
  if (differing.has('played')) advice.push('allowPlaybackRepeats: true plays an interaction more than once')
  if (matchOn.includes('bytes') && differing.has('bytes') && nearest?.method !== undefined)
    advice.push("matchOn: ['method', 'url', 'body'] accepts other headers, or the same in another case or order")
  const kept = matchOn.flatMap((name) => {
    if (!differing.has(name)) return [name]
    return name === 'url' ? equalUrlParts(asked.url, nearest?.url) : []
  })
  if (kept.length > 0 && matchOn.some((name) => differing.has(name) && name !== 'bytes')) {
    const list = kept.map((name) => (name === 'function' ? name : `'${name}'`)).join(', ')
    advice.push(`matchOn: [${list}] accepts it; a function in the list can say what else must agree`)
  }
  advice.push('WIRETAPE_MODE=all records the conversation anew')
  return advice
}

function equalUrlParts(asked: string | undefined, recorded: string | undefined): string[] {
  if (asked === undefined || recorded === undefined) return []
  const [ours, theirs] = [urlParts(asked), urlParts(recorded)]
  return (['scheme', 'host', 'path', 'query'] as const).filter((part) => ours[part] === theirs[part])
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
    case 'incomplete':
      return `  - ${detail}`
    case 'method':
    case 'scheme':
    case 'host':
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
