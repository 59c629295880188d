import type { Conversations, Interaction, ServerAction, WireRequest } from '../cassette/interactions.ts'
import { isRedacted, matchesRedacted } from '../cassette/redaction/redacted-match.ts'
import { LocalProtocolError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { firstDifference, maskSecrets } from './differences.ts'

/** What two requests must have in common to be the same one. `url` is all of `scheme`, `host`, `path` and `query`. */
export type MatchName = 'method' | 'url' | 'scheme' | 'host' | 'path' | 'query' | 'headers' | 'body'

/** `true`, or the reason why the request is not the recorded one; it ends up in the report of a miss. */
export type CustomMatcher = (request: WireRequest, interaction: Interaction) => true | string

/**
 * How a request finds its recorded answer.
 *
 * `'bytes'`: each connection must write exactly what was recorded. A list: the request must agree in everything listed,
 * on whatever connection it comes. Bodies that are both JSON are compared as JSON, others byte by byte.
 */
export type MatchOn = 'bytes' | readonly (MatchName | CustomMatcher)[]

/** Why a recorded interaction is not the answer to a request. */
export interface Reason {
  readonly what: MatchName | 'bytes' | 'custom' | 'played' | 'order' | 'incomplete'
  /** For people: what was recorded and what was asked. */
  readonly detail: string
}

/**
 * The recorded interactions that can be played, found by what a request looks like.
 *
 * Everything that can be compared as a string is one key of a Map, so the cost of a request does not grow with the
 * cassette; only headers and custom functions are tried one by one, on those that agree in all the rest.
 */
export class InteractionPool {
  readonly #matchOn: readonly (MatchName | CustomMatcher)[]
  readonly #keyParts: readonly ((request: WireRequest) => string)[]
  readonly #allowsRepeats: boolean
  readonly #byConnection: ReadonlyMap<number, readonly Interaction[]>
  /** Complete requests by key and body. */
  readonly #complete = new Map<string, Queue>()
  /** Requests that never came to their end, by key. */
  readonly #incomplete = new Map<string, Queue>()
  /** All that agree in their key, where one of them was answered before it was complete. */
  readonly #early = new Map<string, Queue>()
  /** Complete requests with placeholders in them: no key finds these. */
  readonly #redacted: readonly Interaction[]
  readonly #played = new Set<Interaction>()
  #playCount = 0

  constructor(
    { connections, interactions }: Conversations,
    matchOn: readonly (MatchName | CustomMatcher)[],
    allowPlaybackRepeats: boolean,
  ) {
    this.#matchOn = matchOn
    this.#keyParts = matchOn.filter((name) => isKeyName(name)).map((name) => KEY_PARTS[name])
    this.#allowsRepeats = allowPlaybackRepeats
    this.#byConnection = new Map(connections.map(({ number, interactions: own }) => [number, own]))
    const free = interactions.filter(({ isPipelined }) => !isPipelined)
    this.#index(free)
    this.#redacted = free.filter(({ request }) => request.isComplete && isRequestRedacted(request))
  }

  /** How often an interaction was played, repeats included. */
  get playCount(): number {
    return this.#playCount
  }

  isPlayed(interaction: Interaction): boolean {
    return this.#played.has(interaction)
  }

  play(interaction: Interaction): void {
    this.#played.add(interaction)
    this.#playCount += 1
  }

  /** What was recorded right behind `interaction` on the same connection. */
  following(interaction: Interaction | undefined): Interaction | undefined {
    return interaction && this.#byConnection.get(interaction.connection)?.[interaction.place + 1]
  }

  /**
   * The interaction that answers a complete request, or `undefined`.
   *
   * First choice is what was recorded next on the connection that is being played (`last` was played before), then the
   * first one not yet played, in recorded order. `told` is what the client has already been given of the answer.
   */
  find(asked: WireRequest, last: Interaction | undefined, told: readonly ServerAction[] = []): Interaction | undefined {
    const accepts = (interaction: Interaction): boolean =>
      beginsWith(interaction, told) && this.#agreesBeyondKey(asked, interaction)
    const key = this.#key(asked)
    const next = this.#next(last)
    const isNext = next !== undefined && this.#key(next.request) === key && this.#hasBody(next, asked) && accepts(next)
    if (isNext || (next !== undefined && this.#agreesButForSecrets(asked, next, told))) return next
    if (this.#isBound(last)) return undefined

    const complete = this.#complete.get(key + this.#bodyKey(asked))
    const incomplete = this.#incomplete.get(key)
    const stands = (interaction: Interaction): boolean => this.#canStandFor(interaction, asked) && accepts(interaction)
    return (
      complete?.first(this.#played, accepts) ??
      incomplete?.first(this.#played, stands) ??
      this.#redacted.find((one) => !this.#played.has(one) && this.#agreesButForSecrets(asked, one, told)) ??
      (this.#allowsRepeats
        ? (complete?.last(accepts) ??
          incomplete?.last(stands) ??
          this.#redacted.findLast((one) => this.#agreesButForSecrets(asked, one, told)))
        : undefined)
    )
  }

  /**
   * The interaction that a request under way is about to become, where it matters before the request is complete:
   * the client may wait for `100 Continue`, or be refused while it is still sending.
   */
  lead(asked: WireRequest, last: Interaction | undefined): Interaction | undefined {
    const next = this.#next(last)
    if (next !== undefined && this.#mayBecome(asked, next)) return next
    if (this.#isBound(last)) return undefined
    const early = this.#early.get(this.#key(asked))
    const mayBecome = (interaction: Interaction): boolean => this.#mayBecome(asked, interaction)
    return early?.first(this.#played, mayBecome) ?? (this.#allowsRepeats ? early?.last(mayBecome) : undefined)
  }

  /** Why `interaction` does not answer `asked` on a connection where `last` was played before; never empty for a miss. */
  reasonsAgainst(asked: WireRequest, interaction: Interaction, last: Interaction | undefined): Reason[] {
    const reasons: Reason[] = []
    for (const matcher of this.#matchOn) {
      const isCustom = typeof matcher === 'function'
      const verdict = isCustom ? matcher(asked, interaction) : COMPARISONS[matcher](asked, interaction)
      if (verdict !== true)
        reasons.push({ what: isCustom ? 'custom' : matcher, detail: isCustom ? maskSecrets(verdict) : verdict })
    }
    if (asked.isComplete && !interaction.request.isComplete && !isAnsweredEarly(interaction))
      reasons.push({
        what: 'incomplete',
        detail: 'the recorded request was given up before its end and never answered',
      })
    if (!this.#allowsRepeats && this.#played.has(interaction))
      reasons.push({ what: 'played', detail: 'already played' })
    const next = this.following(last)
    if (next !== undefined && this.#isBound(last) && interaction !== next)
      reasons.push({ what: 'order', detail: `the connection goes on with recorded interaction ${next.index + 1} only` })
    else if (interaction.isPipelined && interaction !== next)
      reasons.push({
        what: 'order',
        detail: `it was pipelined: it is played only right behind recorded interaction ${interaction.index}, on one connection`,
      })
    if (reasons.length === 0)
      reasons.push({ what: 'order', detail: 'the answer of another interaction had begun before the body was known' })
    return reasons
  }

  /** Pipelined interactions are not among these: `following` alone finds them. */
  #index(interactions: readonly Interaction[]): void {
    for (const interaction of interactions) {
      const key = this.#key(interaction.request)
      if (interaction.request.isComplete) addTo(this.#complete, key + this.#bodyKey(interaction.request), interaction)
      else addTo(this.#incomplete, key, interaction)
      if (isAnsweredEarly(interaction) && !this.#early.has(key)) this.#early.set(key, new Queue())
    }
    if (this.#early.size === 0) return
    for (const interaction of interactions) this.#early.get(this.#key(interaction.request))?.add(interaction)
  }

  /** What the connection goes on with, where that may be played. */
  #next(last: Interaction | undefined): Interaction | undefined {
    const next = this.following(last)
    if (next === undefined || !this.#played.has(next)) return next
    return this.#allowsRepeats && next.isPipelined ? next : undefined
  }

  /** Whether a connection that has played `last` can go on with nothing but the pipelined request behind it. */
  #isBound(last: Interaction | undefined): boolean {
    return this.following(last)?.isPipelined === true
  }

  #key(request: WireRequest): string {
    let key = ''
    for (const part of this.#keyParts) key += `${part(request)}\n`
    return key
  }

  #bodyKey(request: WireRequest): string {
    return this.#matchOn.includes('body') ? bodyKey(request.body) : ''
  }

  #hasBody(interaction: Interaction, asked: WireRequest): boolean {
    if (!this.#matchOn.includes('body')) return interaction.request.isComplete || isAnsweredEarly(interaction)
    return interaction.request.isComplete
      ? COMPARISONS.body(asked, interaction) === true
      : this.#canStandFor(interaction, asked)
  }

  /** Whether a recorded request that never came to its end can answer one that agrees with it as far as it went. */
  #canStandFor(interaction: Interaction, asked: WireRequest): boolean {
    if (asked.isComplete && !isAnsweredEarly(interaction)) return false
    return !this.#matchOn.includes('body') || sharePrefix(asked.body, interaction.request.body)
  }

  #mayBecome(asked: WireRequest, interaction: Interaction): boolean {
    const recorded = interaction.request
    return (
      this.#key(asked) === this.#key(recorded) &&
      expectsContinue(asked) === expectsContinue(recorded) &&
      (!this.#matchOn.includes('headers') || COMPARISONS.headers(asked, interaction) === true) &&
      (!this.#matchOn.includes('body') || sharePrefix(asked.body, recorded.body))
    )
  }

  /** Whether a recorded request with placeholders is the one that is asked, with values in their places. */
  #agreesButForSecrets(asked: WireRequest, interaction: Interaction, told: readonly ServerAction[]): boolean {
    const { request } = interaction
    return (
      asked.isComplete &&
      request.isComplete &&
      isRequestRedacted(request) &&
      beginsWith(interaction, told) &&
      this.#matchOn.every((matcher) => {
        const compare = typeof matcher === 'function' ? matcher : COMPARISONS[matcher]
        return compare(asked, interaction) === true
      })
    )
  }

  /** What neither the key nor the body says: headers and custom functions. */
  #agreesBeyondKey(asked: WireRequest, interaction: Interaction): boolean {
    return this.#matchOn.every((matcher) => {
      if (typeof matcher === 'function') return matcher(asked, interaction) === true
      return matcher !== 'headers' || COMPARISONS.headers(asked, interaction) === true
    })
  }
}

/**
 * Checks the option `matchOn`.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for an unknown name, or for a list that any request would match.
 */
export function checkMatchOn(matchOn: MatchOn): void {
  if (matchOn === 'bytes') return
  if (matchOn.length === 0)
    throw new LocalProtocolError('INVALID_OPTION', 'matchOn is empty: every request would match')
  const unknown = matchOn.find((matcher) => typeof matcher !== 'function' && !Object.hasOwn(COMPARISONS, matcher))
  if (unknown !== undefined)
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `matchOn names ${JSON.stringify(unknown)}; known are ${Object.keys(COMPARISONS).join(', ')}, functions, or 'bytes'`,
    )
}

/** The parts of an absolute URL as they are written; of a target that is no URL, all of it is the path. */
export function urlParts(url: string): Readonly<Record<'scheme' | 'host' | 'path' | 'query', string>> {
  const [, scheme = '', host = '', path = '', query = ''] = URL_PARTS.exec(url) ?? [url, '', '', url, '']
  return { scheme, host, path, query }
}

const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)([^?]*)(.*)$/i

type KeyName = Exclude<MatchName, 'headers' | 'body'>

/** What can be compared as a string. None of them can hold a line end. */
const KEY_PARTS: Readonly<Record<KeyName, (request: WireRequest) => string>> = {
  method: ({ method }) => method,
  url: ({ url }) => url,
  scheme: ({ url }) => urlParts(url).scheme,
  host: ({ url }) => urlParts(url).host,
  path: ({ url }) => urlParts(url).path,
  query: ({ url }) => urlParts(url).query,
}

const isKeyName = (matcher: MatchName | CustomMatcher): matcher is KeyName =>
  typeof matcher === 'string' && Object.hasOwn(KEY_PARTS, matcher)

const COMPARISONS: Readonly<Record<MatchName, CustomMatcher>> = {
  method: compareKey('method'),
  url: compareUrl,
  scheme: compareKey('scheme'),
  host: compareKey('host'),
  path: compareKey('path'),
  query: compareKey('query'),
  headers: compareHeaders,
  body: compareBody,
}

function compareKey(name: KeyName): CustomMatcher {
  const part = KEY_PARTS[name]
  return (asked, { request }) => {
    const [ours, theirs] = [part(asked), part(request)]
    return (
      matchesRedacted(theirs, ours) || `recorded ${maskSecrets(theirs) || 'none'}, asked ${maskSecrets(ours) || 'none'}`
    )
  }
}

function compareUrl(asked: WireRequest, interaction: Interaction): true | string {
  if (asked.url === interaction.request.url) return true
  const verdicts = (['scheme', 'host', 'path', 'query'] as const).map((name) => {
    const verdict = COMPARISONS[name](asked, interaction)
    return verdict === true ? '' : `${name} differs: ${verdict}`
  })
  // The parts may agree where the whole does not: some of it may have been a secret.
  return verdicts.filter((verdict) => verdict !== '').join('; ') || true
}

/** Names without case, values as they are, several of one name in their order; the order of names does not matter. */
function compareHeaders(asked: WireRequest, { request }: Interaction): true | string {
  const [ours, theirs] = [valuesByName(asked.fields), valuesByName(request.fields)]
  const names = [...new Set([...theirs.keys(), ...ours.keys()])]
  const differing = names.filter((name) => !isSameField(name, theirs.get(name), ours.get(name), request))
  return differing.length === 0 || `different: ${differing.join(', ')}`
}

function isSameField(name: string, recorded = NO_FIELD, asked = NO_FIELD, request: WireRequest): boolean {
  // With another value in the body, another length.
  if (name === 'content-length' && recorded !== asked && isRedacted(latin1(request.body))) return true
  return matchesRedacted(recorded, asked)
}

/** No field value holds this. */
const NO_FIELD = '\0'

function valuesByName(fields: readonly FieldLine[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, value } of fields) {
    const key = name.toLowerCase()
    const before = values.get(key)
    values.set(key, before === undefined ? value : `${before}\n${value}`)
  }
  return values
}

function compareBody(asked: WireRequest, { request }: Interaction): true | string {
  if (!request.isComplete)
    return sharePrefix(asked.body, request.body) || `not the ${request.bodyLength} bytes that were recorded`
  if (asked.bodyLength === request.bodyLength && Buffer.compare(asked.body, request.body) === 0) return true
  if (matchesRedacted(bodyKey(request.body), bodyKey(asked.body))) return true
  const offset = firstDifference(request.body, asked.body) ?? asked.bodyLength
  return `recorded ${request.bodyLength} bytes, asked ${asked.bodyLength}, different from body byte ${offset} on`
}

function sharePrefix(left: Uint8Array, right: Uint8Array): boolean {
  const length = Math.min(left.length, right.length)
  return Buffer.compare(left.subarray(0, length), right.subarray(0, length)) === 0
}

/** Equal for equal bodies: JSON whatever its spelling and order of members, else the bytes. */
function bodyKey(body: Uint8Array): string {
  if (body.length === 0) return ''
  const json = canonicalJson(body)
  return json === undefined ? `bytes:${latin1(body)}` : `json:${json}`
}

const latin1 = (body: Uint8Array): string =>
  Buffer.from(body.buffer, body.byteOffset, body.length).latin1Slice(0, body.length)

const redactedRequests = new WeakMap<WireRequest, boolean>()

/** Whether there are placeholders in a recorded request; worked out once. */
function isRequestRedacted(request: WireRequest): boolean {
  const known = redactedRequests.get(request)
  if (known !== undefined) return known
  const isIt =
    isRedacted(request.url) || isRedacted(latin1(request.body)) || request.fields.some(({ value }) => isRedacted(value))
  redactedRequests.set(request, isIt)
  return isIt
}

/** JSON in one spelling, with members sorted; `undefined` for a body that is not JSON. */
export function canonicalJson(body: Uint8Array): string | undefined {
  if (!JSON_STARTS.has(body[0] ?? 0)) return undefined
  try {
    const text = UTF8.decode(body)
    const value: unknown = JSON.parse(text)
    return JSON.stringify(LONG_NUMBER.test(text) ? JSON.parse(quoteLongNumbers(text)) : value, sortMembers)
  } catch {
    // Not JSON, not UTF-8, or nested deeper than the stack: compared as bytes.
    return undefined
  }
}

/** `{ [ "`, blanks, a digit or minus, and the first letters of `true`, `false`, `null`. */
const JSON_STARTS: ReadonlySet<number> = new Set(Buffer.from('{["\t\n\r -0123456789tfn'))
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A double holds 15 digits and exponents to 308; two numbers beyond that must not become equal by being rounded. */
const LONG_NUMBER = /\d[\d.]{15}|[eE][+-]?\d{3}/
const quoteLongNumbers = (text: string): string =>
  text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || !LONG_NUMBER.test(token) ? token : JSON.stringify(`number ${token}`),
  )

function sortMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

const expectsContinue = ({ fields }: WireRequest): boolean =>
  fields.some(({ name, value }) => name.toLowerCase() === 'expect' && value.toLowerCase() === '100-continue')

/** Whether the server said something before the request was complete. */
const isAnsweredEarly = ({ answer }: Interaction): boolean => answer.some(({ after }) => !after.isComplete)

function beginsWith({ answer }: Interaction, told: readonly ServerAction[]): boolean {
  return told.every((action, index) => {
    const step = answer[index]
    if (step === undefined || step.action.type !== action.type) return false
    return (
      action.type !== 'segment' ||
      (step.action.type === 'segment' && Buffer.compare(step.action.bytes, action.bytes) === 0)
    )
  })
}

/** Interactions in recorded order; those played from the front cost nothing any more. */
class Queue {
  readonly #interactions: Interaction[] = []
  #front = 0

  add(interaction: Interaction): void {
    this.#interactions.push(interaction)
  }

  first(played: ReadonlySet<Interaction>, accepts: (interaction: Interaction) => boolean): Interaction | undefined {
    const interactions = this.#interactions
    for (let index = this.#front; index < interactions.length; index += 1) {
      const interaction = interactions[index]
      if (interaction === undefined) break
      if (!played.has(interaction)) {
        if (accepts(interaction)) return interaction
      } else if (index === this.#front) this.#front += 1
    }
    return undefined
  }

  last(accepts: (interaction: Interaction) => boolean): Interaction | undefined {
    return this.#interactions.findLast(accepts)
  }
}

function addTo(queues: Map<string, Queue>, key: string, interaction: Interaction): void {
  let queue = queues.get(key)
  if (queue === undefined) queues.set(key, (queue = new Queue()))
  queue.add(interaction)
}
