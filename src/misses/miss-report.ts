import { inBraces } from '../content/placeholders.ts'
import type { Interaction } from '../interactions/interaction.ts'
import { RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import type { RecordedScript } from '../matching/script-shelf.ts'
import type { InteractionPool } from '../matching/interaction-pool.ts'
import type { OutgoingPlaceholder } from '../outgoing/guard.ts'
import { maskFields, maskSecrets } from '../redaction/masks.ts'
import { firstDifference } from '../matching/first-difference.ts'
import { canonicalJson } from './canonical-json.ts'
import type { MatchOn, Reason } from '../matching/match-on.ts'
import { isOneList } from '../matching/match-check.ts'
import { isRaw } from '../transport.ts'
import { type AdviceContext, adviceFor } from './advice.ts'
import { type ByteDifference, byteDifference, type Compared, headerDifferences } from './differences.ts'
import { type JsonDifference, jsonDifferences } from './json-differences.ts'
import { closest, distance } from './nearest.ts'
import type { AskedRequest, MissReport, NearMiss } from './report.ts'
import { type Face, type Words, WORDS } from './words.ts'

/** What a report is made from. */
export interface MissContext {
  readonly origin: string
  /** What had to agree, by name. */
  readonly matchOn: readonly string[]
  /** The option itself. */
  readonly option: MatchOn
  readonly face: Face
  /** Whether what is missing is recorded already, where it can be. */
  readonly records: boolean
  readonly origins: readonly string[]
  readonly interactions: readonly Interaction[]
  readonly pool: InteractionPool
  /** Whether the request is what `normalizeRequest` returned. */
  readonly isNormalized: boolean
  /** Whether a hook may have changed the recorded requests. */
  readonly changedRequests: boolean
  /** Hides secrets in a request, in their places. */
  readonly mask: (request: Uint8Array) => Uint8Array
}

/** The report on a request; `last` was played before it on its connection. */
export function reportOnRequest(asked: WireRequest, last: Interaction | undefined, context: MissContext): MissReport {
  const { interactions, pool } = context
  const nearest = closest(interactions, (interaction) => distance(asked, interaction, pool)).map((interaction) =>
    nearMiss(asked, interaction, pool.reasonsAgainst(asked, interaction, last, maskSecrets), context),
  )
  const repeat = pool.repeatFor(asked, last)
  return missReport(askedRequest(asked), nearest, context, {
    asked,
    matchOn: pool.listFor(asked),
    repeat,
    canBeAdded: !context.records,
  })
}

/** The report on a request that got no answer, since `playing` continues only when the client has sent `due`, too. */
export function reportOnWait(
  asked: WireRequest,
  playing: Interaction,
  due: Interaction,
  context: MissContext,
): MissReport {
  const { index, isPipelined } = due
  const detail = isPipelined
    ? `the answer comes with that of recorded interaction ${index + 1}, which was pipelined with it and has not been sent`
    : `the answer waits for recorded interaction ${index + 1}, a ${due.request.method} that has not been sent`
  const what = isPipelined ? 'order' : 'barrier'
  return missReport(askedRequest(asked), [nearMiss(asked, playing, [{ what, detail }], context)], context)
}

/** The report on a request that was answered up to where the recorded client left, in `told` segments. */
export function reportOnEnd(asked: WireRequest, playing: Interaction, told: number, context: MissContext): MissReport {
  const nearest = [nearMiss(asked, playing, [LEFT], context)]
  return { ...missReport(askedRequest(asked), nearest, context), told }
}

/** The same of bytes that were written to the last one. */
export function reportOnScriptEnd(recorded: RecordedScript, told: number, context: MissContext): MissReport {
  const { bytes } = recorded.script
  const near = nearScript(recorded, bytes, context)
  const asked = parseRequest(context.origin, partOf(recorded, bytes))
  return { ...missReport(asked, [{ ...near, reasons: [LEFT] }], context), told }
}

const LEFT: Reason = {
  what: 'left',
  detail: 'the recording ends here: the recorded client had left before the answer was whole',
}

/** The report on bytes that no script goes on with; the nearest script is the one that agrees longest. */
export function reportOnBytes(bytes: Uint8Array, scripts: readonly RecordedScript[], context: MissContext): MissReport {
  const agreement = ({ script }: RecordedScript): number => firstDifference(script.bytes, bytes) ?? bytes.length
  const nearest = closest(scripts, (recorded) => -agreement(recorded))
  const part = partOf(nearest[0], bytes)
  const { request } = readRequest(context.origin, part)
  // Of a protocol that is not HTTP the bytes are compared whatever the option says.
  const matchOn = context.option === 'bytes' && !isRaw(context.origin) ? 'bytes' : undefined
  return missReport(
    parseRequest(context.origin, part),
    nearest.map((recorded) => nearScript(recorded, bytes, context)),
    context,
    { asked: request, matchOn },
  )
}

/** The report on a request that was on its way to a live server with a placeholder in it. */
export function reportOnPlaceholder(
  asked: WireRequest | undefined,
  { name, where, from }: OutgoingPlaceholder,
  context: MissContext,
): MissReport {
  const text = inBraces(name)
  const request = asked === undefined ? { ...NO_REQUEST, length: text.length } : askedRequest(asked)
  return {
    ...missReport(request, [], { ...context, isNormalized: false }),
    placeholder: { text, where, interaction: from === undefined ? undefined : from + 1 },
    advice: placeholderAdvice(WORDS[context.face]),
  }
}

const placeholderAdvice = ({ passes, recordsAll }: Words): string[] => [
  ...(passes === undefined ? [] : [`${passes} lets the request that the value comes from go to the server, too`]),
  ...(recordsAll === undefined ? [] : [recordsAll]),
]

/** What is known of a request whose head nobody has read. */
export const NO_REQUEST: AskedRequest = {
  method: undefined,
  url: undefined,
  headers: [],
  bodyLength: 0,
  length: 0,
  problem: undefined,
  problemCode: undefined,
}

export function missReport(
  asked: AskedRequest,
  nearest: readonly NearMiss[],
  context: MissContext,
  known: Partial<Pick<AdviceContext, 'asked' | 'matchOn' | 'repeat' | 'canBeAdded'>> = {},
): MissReport {
  const { interactions, matchOn, origin, origins, pool, isNormalized, changedRequests, face, option } = context
  return {
    origin,
    asked,
    matchOn,
    ...(isNormalized && { isNormalized }),
    nearest,
    origins,
    recorded: interactions.length,
    unplayed: interactions.filter((interaction) => !pool.isPlayed(interaction)).length,
    advice: adviceFor({
      asked: known.asked,
      nearest,
      near: nearest.map(({ number }) => (number === undefined ? undefined : interactions[number - 1])),
      matchOn: known.matchOn,
      isOneOfSeveral: !isOneList(option),
      repeat: known.repeat,
      canBeAdded: known.canBeAdded ?? false,
      face,
      origin,
      origins,
      changedRequests,
    }),
  }
}

export function askedRequest({ method, url, fields, bodyLength, raw, isComplete }: WireRequest): AskedRequest {
  const length = raw.length
  // What ends in the middle may have ended there because it is not HTTP from there on.
  const failure = isComplete ? undefined : readRequest(url, raw).failure
  return {
    method,
    url: maskSecrets(url),
    headers: maskFields(fields),
    bodyLength,
    length,
    problem: failure?.message,
    problemCode: failure?.code,
  }
}

export function nearMiss(
  asked: WireRequest,
  interaction: Interaction,
  reasons: readonly Reason[],
  { mask }: MissContext,
): NearMiss {
  const { request } = interaction
  return {
    number: interaction.index + 1,
    connection: interaction.connection,
    method: request.method,
    url: maskSecrets(request.url),
    reasons,
    firstDifference: whereTheyPart(request, asked, reasons, mask),
    headers: headerDifferences(request.fields, asked.fields),
    json: jsonDifferencesOf(request.body, asked.body),
  }
}

/** The first byte that differs of what was compared: a header that is different may not matter. */
function whereTheyPart(
  recorded: WireRequest,
  asked: WireRequest,
  reasons: readonly Reason[],
  mask: MissContext['mask'],
): ByteDifference | undefined {
  const differing = reasons.map(({ what }) => what).filter((what) => !OF_ORDER.has(what))
  if (differing.length === 0) return undefined
  const [theirs, ours] = [shownBy(mask, recorded.raw), shownBy(mask, asked.raw)]
  const isOfBody = differing.every((what) => what === 'body') && endsWithBody(recorded) && endsWithBody(asked)
  return isOfBody
    ? byteDifference('body', tailOf(theirs, recorded.body.length), tailOf(ours, asked.body.length))
    : byteDifference('request', theirs, ours)
}

/** Reasons that say nothing of what the request is. */
const OF_ORDER: ReadonlySet<Reason['what']> = new Set([
  'played',
  'order',
  'barrier',
  'incomplete',
  'left',
  'message',
  'agreement',
])

const shownBy = (mask: MissContext['mask'], bytes: Uint8Array): Compared => ({ bytes, shown: mask(bytes) })

const tailOf = ({ bytes, shown }: Compared, length: number): Compared => ({
  bytes: bytes.subarray(bytes.length - length),
  shown: shown.subarray(shown.length - length),
})

/** Whether the body stands in the request as it is, and not in chunks. */
const endsWithBody = ({ raw, body }: WireRequest): boolean =>
  Buffer.compare(raw.subarray(raw.length - body.length), body) === 0

function jsonDifferencesOf(recorded: Uint8Array, asked: Uint8Array): readonly JsonDifference[] {
  const [theirs, ours] = [canonicalJson(recorded), canonicalJson(asked)]
  return theirs === undefined || ours === undefined ? [] : jsonDifferences(theirs, ours)
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

function nearScript(recorded: RecordedScript, bytes: Uint8Array, context: MissContext): NearMiss {
  const { origin, pool, mask } = context
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
  if (interaction !== undefined && asked !== undefined) return nearMiss(asked, interaction, reasons, context)
  return {
    number: interaction && interaction.index + 1,
    connection: recorded.connection,
    method: interaction?.request.method,
    url: interaction && maskSecrets(interaction.request.url),
    reasons,
    firstDifference: byteDifference('request', shownBy(mask, raw), shownBy(mask, part)),
    headers: [],
    json: [],
  }
}

function parseRequest(origin: string, bytes: Uint8Array): AskedRequest {
  const { request, failure } = readRequest(origin, bytes)
  const rest = { length: bytes.length, problem: failure?.message, problemCode: failure?.code }
  if (request !== undefined) return { ...askedRequest(request), ...rest }
  return { method: undefined, url: undefined, headers: [], bodyLength: 0, ...rest }
}

/** Reads up to the end of the first request. */
function readRequest(origin: string, bytes: Uint8Array): RequestReader {
  const reader = new RequestReader(origin)
  reader.push(bytes)
  let event = reader.next()
  while (event !== undefined && event.type !== 'end-of-message') event = reader.next()
  return reader
}
