import { isDeepStrictEqual } from 'node:util'
import type { Cassette, Failure, SocketError, TapeEvent } from '../tape/cassette.ts'
import type { ContentContext, OpaqueContent } from './content.ts'
import { type Direction, readDirections, unansweredIn, withEdits } from '../messages/directions.ts'
import { applyEdits, type Edit, type LongText, ofSameLength, shiftEdits } from '../content/edits.ts'
import { hasBraces } from '../content/placeholders.ts'
import { messageEdits } from './message-edits.ts'
import { checkSecrets, type RedactionOptions } from './redaction-options.ts'
import { Scrubber } from './scrubber.ts'
import { sharedNamesIn } from './shared-names.ts'
import { TextMemory } from './text-memory.ts'
import { SocketPlaces, type SocketRecord } from './sockets.ts'
import { JoinedText } from '../messages/segment-text.ts'
import type { Speech } from '../messages/speech.ts'
import { isSecretName, labelOf } from '../secrets/secret-names.ts'
import { Vault } from './vault.ts'
import { editsInWindows, WINDOW_SIZES, type WindowSizes } from './windows.ts'

/** A cassette without its secrets, and what is known of them. */
export interface Redaction {
  readonly cassette: Cassette
  readonly report: RedactionReport
}

/** What redaction replaced, and what it could not search. */
export interface RedactionReport {
  /** What stands in the cassette for secrets, in the order in which they were found. */
  readonly placeholders: readonly string[]
  /** What could not be taken apart: searched for known values as it stands, or withheld. */
  readonly opaque: readonly OpaqueBytes[]
}

/** Bytes that a person should look at. */
export interface OpaqueBytes {
  readonly connection: number
  readonly direction: 'sent' | 'received'
  /** Where they begin, counted in the redacted bytes of that direction. */
  readonly offset: number
  readonly reason: string
  /** Whether it is not in the redacted bytes any more. */
  readonly isWithheld: boolean
}

/**
 * The cassette with placeholders such as `{{token.1}}` where secrets stood; equal secrets have equal placeholders.
 *
 * What stands under a secret name, has the form of a known kind of secret, or is registered, goes wherever it stands.
 * Framing fields and chunk sizes are mended; a direction in which nothing is secret keeps its bytes and segments.
 * Redacting twice changes nothing more.
 *
 * @throws LocalProtocolError `SECRET_TOO_SHORT` for a registered value under eight characters: it would be found everywhere.
 */
export function redactCassette(cassette: Cassette, options: RedactionOptions = {}): Redaction {
  const redactor = new Redactor(options)
  const tape = redactor.redact(cassette.tape)
  return { cassette: { ...cassette, tape }, report: redactor.report }
}

/**
 * Redacts a tape record by record, for a recording that is written as it happens.
 *
 * Equal secrets have equal placeholders in all records; what is found in one goes from all that come after it.
 */
export class Redactor {
  readonly #vault: Vault
  readonly #scrubber: Scrubber
  readonly #opaque: OpaqueBytes[] = []
  readonly #opaqueKeys = new Set<string>()
  readonly #context: ContentContext
  /** Registered values as they are in host names, whose case does not count. */
  readonly #inHosts: readonly string[]
  /** Methods of requests whose answers come in a later record, by connection: pipelined ones. */
  readonly #unanswered = new Map<number, readonly string[]>()
  readonly #sockets = new SocketPlaces()
  /** What was said in directions that may come again, and in which of them nothing is secret as long as no more is known. */
  readonly #speeches = new TextMemory<Speech>(LONGEST_REMEMBERED, MOST_REMEMBERED)
  #harmless = new WeakSet<Speech>()
  #harmlessSize = 0
  #hasBegun = false
  /** Values of the vault that are not in any record that was redacted before. */
  #lookedBackFor = 0
  #hasFoundLate = false

  /** @throws LocalProtocolError as {@link checkSecrets}. */
  constructor(options: RedactionOptions = {}, sizes: WindowSizes = WINDOW_SIZES) {
    const names = sharedNamesIn(options)
    this.#vault = new Vault(names)
    this.#vault.skipNumbersIn(names?.taken ?? '')
    this.#scrubber = new Scrubber(this.#vault)
    this.#context = { scrubber: this.#scrubber, policy: options.opaque ?? 'withhold', sizes }
    registerAll(this.#vault, options)
    this.#inHosts = inHosts(options)
    this.#lookedBackFor = this.#vault.size
  }

  /** What was found so far. */
  get report(): RedactionReport {
    return { placeholders: this.#vault.placeholders, opaque: this.#opaque }
  }

  /** Whether something was found that may stand in what was redacted before: then all of it is to be redacted once more. */
  get hasFoundLate(): boolean {
    return this.#hasFoundLate
  }

  /**
   * Whether something that was found since this was asked last may stand in lines of a cassette that were redacted before.
   *
   * In doubt it is `true`, as where lines hold bytes that are not the text that they code.
   */
  hasFoundWhatMayStandIn(lines: () => string): boolean {
    const known = this.#lookedBackFor
    this.#lookedBackFor = this.#vault.size
    if (known === this.#vault.size) return false
    const text = lines()
    return CODED.test(text) || this.#vault.mayStandIn(text, known)
  }

  /** Keeps the numbers of placeholders in a text, which comes before what will be redacted, out of use. */
  goOnBehind(text: string): void {
    this.#vault.skipNumbersIn(text)
  }

  /** A text, such as a message, without what is known to be secret or looks so. */
  redactText(text: string): string {
    this.#noteHosts(text)
    this.#vault.unseal()
    redactedText(text, this.#scrubber)
    this.#vault.seal()
    return redactedText(text, this.#scrubber)
  }

  /** What a client sends, with asterisks where secrets stand: every byte else is where it was. */
  mask(sent: Uint8Array): Uint8Array {
    const event: TapeEvent = { type: 'sent', connection: 1, at: 0, bytes: sent }
    const directions = readDirections([event])
    const context: ContentContext = { ...this.#context, policy: 'keep' }
    this.#noteHosts(Buffer.from(sent).toString('latin1'))
    this.#vault.unseal()
    for (const direction of directions) scrubDirection(direction, context)
    this.#vault.seal()
    const masked = Buffer.from(sent)
    for (const direction of directions) {
      scrubDirection(direction, context)
      // A length that would change reveals nothing, and hiding it would hide where requests part.
      for (const { start, end } of direction.edits)
        if (!isLength(direction.text, start, end)) masked.fill('*', start, end)
    }
    return masked
  }

  /** The events without their secrets. They begin and end between messages where that can be. */
  redact(tape: readonly TapeEvent[]): readonly TapeEvent[] {
    try {
      return this.#redacted(tape)
    } catch (error) {
      // It may have found secrets before it failed.
      this.#hasFoundLate ||= this.#hasBegun
      throw error
    }
  }

  #redacted(tape: readonly TapeEvent[]): readonly TapeEvent[] {
    const directions = this.#directionsOf(tape)
    for (const event of tape) if ('redacted' in event && event.redacted) this.#vault.keepDisguised(event.redacted)
    for (const event of tape) if ('to' in event) this.#noteHosts(event.to)
    const known = this.#vault.size
    const sockets = this.#sockets.begin(tape)
    this.#vault.unsealIfNeeded()
    const encoded = new Map<Direction, string>()
    const scrub = (): OpaqueBytes[] =>
      directions.flatMap((direction) => {
        const socket = sockets.get(direction.connection)
        if (socket === undefined && this.#isHarmless(direction)) return []
        const opaque = scrubDirection(direction, this.#context, socket)
        encoded.set(direction, this.#scrubber.takeEncoded())
        if (socket === undefined && opaque.length === 0 && !direction.isEdited) this.#noteHarmless(direction)
        return opaque
      })
    const opaque = scrub()
    const events = tape.filter((event) => scrubEvent(event, this.#scrubber) !== event)
    // All that was found was known, and has been replaced.
    const isDone = this.#vault.isSealed
    // Where nothing is to be changed, and all that is known was looked for, a second look finds nothing either.
    const isClean = this.#vault.isCurrent && events.length === 0 && directions.every(({ isEdited }) => !isEdited)
    this.#vault.seal()
    this.#hasFoundLate ||= this.#hasBegun && this.#vault.size > known
    this.#hasBegun = true
    for (const bytes of isClean || isDone ? opaque : scrub()) this.#noteOpaque(bytes)
    this.#sockets.end(sockets)
    if (isClean) return tape
    for (const direction of directions)
      direction.nameDisguised((text) => this.#vault.disguisedIn(`${text}\n${encoded.get(direction) ?? ''}`))
    return withEdits(tape, directions).map((event) => scrubEvent(event, this.#scrubber))
  }

  /** Clients write host names in lower case. */
  #noteHosts(text: string): void {
    for (const value of this.#inHosts) if (text.includes(value)) this.#vault.register('secret', value)
  }

  #directionsOf(tape: readonly TapeEvent[]): readonly Direction[] {
    for (const { type, connection } of tape) if (type === 'open') this.#unanswered.delete(connection)
    const directions = readDirections(tape, this.#context.sizes.long, this.#unanswered, (kind, text, read) =>
      this.#recall(kind, text, read),
    )
    for (const [connection, methods] of unansweredIn(directions, this.#unanswered))
      this.#unanswered.set(connection, methods)
    return directions
  }

  /** An API is asked the same again and again, and what it answers is often the same, too. */
  #recall(kind: string, text: string, read: () => Speech): Speech {
    const known = this.#speeches.get(kind, text)
    if (known !== undefined) return known
    const speech = read()
    this.#speeches.set(kind, text, speech)
    return speech
  }

  #isHarmless({ speech }: Direction): boolean {
    if (this.#harmlessSize !== this.#vault.size) this.#harmless = new WeakSet()
    this.#harmlessSize = this.#vault.size
    return this.#harmless.has(speech)
  }

  /** A placeholder counts each time. */
  #noteHarmless({ speech, text }: Direction): void {
    const isKnown = this.#vault.isCurrent && this.#harmlessSize === this.#vault.size
    if (isKnown && typeof text === 'string' && !hasBraces(text)) this.#harmless.add(speech)
  }

  /** What is redacted twice is reported once. */
  #noteOpaque(opaque: OpaqueBytes): void {
    const key = JSON.stringify(opaque)
    if (this.#opaqueKeys.has(key)) return
    this.#opaqueKeys.add(key)
    this.#opaque.push(opaque)
  }
}

/** Longer directions are read and searched each time; their contents may be known. In characters. */
const LONGEST_REMEMBERED = 1 << 17
const MOST_REMEMBERED = 2 << 20

const inHosts = ({ secrets = [] }: RedactionOptions): readonly string[] =>
  secrets.flatMap((secret) => (secret !== undefined && /[A-Z]/.test(secret) ? [byteString(secret.toLowerCase())] : []))

function registerAll(vault: Vault, options: RedactionOptions): void {
  checkSecrets(options)
  const { secrets = [], env = {} } = options
  for (const secret of secrets) if (secret !== undefined) vault.register('secret', byteString(secret))
  for (const value of secretVariables(env)) vault.note('env', byteString(value))
}

/** The values of the variables whose names say that they are secret, and that look so. */
export function secretVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    const isSecret = isSecretName(name) && labelOf('key', value, 'field') !== undefined
    return isSecret ? [value] : []
  })
}

/** Whether an edit only mends a length: that of a content or of a chunk. */
function isLength(text: LongText, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 40), start)
  const isChunkSize = before.endsWith('\n') && /^[\r;]/.test(text.slice(end, end + 1))
  return /^[\da-f]*$/i.test(text.slice(start, end)) && (isChunkSize || /\ncontent-length:[ \t]*$/i.test(before))
}

/** A coding of HTTP, or a piece of a cassette that is not text. */
const CODED = /content-encoding:|^ +(?:- )?(?:base64|latin1|blob):/im

const byteString = (text: string): string => Buffer.from(text).toString('latin1')

/** What could not be taken apart, and where it begins in the direction. */
type PlacedOpaque = OpaqueContent & { readonly offset: number }

/** Finds what is to change in a direction; gives what could not be taken apart. */
function scrubDirection(direction: Direction, context: ContentContext, socket?: SocketRecord): readonly OpaqueBytes[] {
  const { text, speech, connection, type } = direction
  const edits: Edit[] = []
  const opaque: PlacedOpaque[] = []
  for (const message of speech.messages) {
    const own = messageEdits(text, message, context)
    for (const edit of own.edits) edits.push(edit)
    if (own.opaque !== undefined) opaque.push({ ...own.opaque, offset: message.headEnd })
  }
  const rest = socket === undefined ? editsOfRest(direction, context) : editsOfSocket(direction, context, socket)
  for (const edit of rest.edits) edits.push(edit)
  opaque.push(...rest.opaque.toSorted((one, other) => one.offset - other.offset))
  direction.edit(edits)
  const offsets = direction.offsetsOf(opaque.map(({ offset }) => offset))
  return opaque.map(({ reason, isWithheld }, k) => {
    return { connection, direction: type, offset: offsets[k] ?? 0, reason, isWithheld }
  })
}

interface RestEdits {
  readonly edits: readonly Edit[]
  readonly opaque: readonly PlacedOpaque[]
}

function editsOfSocket(direction: Direction, context: ContentContext, socket: SocketRecord): RestEdits {
  const { edits, opaque, readable } = socket.editsOf(direction.type, direction.text, context)
  direction.readable = readable
  return { edits, opaque }
}

/** Of what is no message. */
function editsOfRest({ text, speech }: Direction, { scrubber, sizes }: ContentContext): RestEdits {
  const { restStart } = speech
  const rest = new JoinedText(text, [{ start: restStart, end: text.length }])
  const isLong = rest.length >= sizes.long
  const whole = isLong ? '' : rest.slice(0, rest.length)
  if (!isLong && !/[^\r\n]/.test(whole)) return { edits: [], opaque: [] }
  const found = isLong ? editsInWindows(rest, sizes, (window) => scrubber.text(window)) : scrubber.text(whole)
  return {
    // What is not understood may have lengths in it, so these stay.
    edits: shiftEdits(found, restStart).map(ofSameLength),
    opaque: [{ reason: 'not a complete HTTP message', isWithheld: false, offset: restStart }],
  }
}

/** What a connection was to, and how it failed: a host name may be one that only its owner should know. */
function scrubEvent(event: TapeEvent, scrubber: Scrubber): TapeEvent {
  const scrubbed = scrubFailure(event, scrubber)
  if (!('to' in scrubbed)) return scrubbed
  const to = redactedText(scrubbed.to, scrubber)
  return to === scrubbed.to ? scrubbed : { ...scrubbed, to }
}

function scrubFailure(event: TapeEvent, scrubber: Scrubber): TapeEvent {
  if (!('failure' in event) || event.failure === undefined) return event
  const { message, error } = event.failure
  const failure: Failure = {
    ...event.failure,
    message: redactedText(message, scrubber),
    ...(typeof error === 'object' && { error: scrubError(error, scrubber) }),
  }
  return isDeepStrictEqual(failure, event.failure) ? event : { ...event, failure }
}

function scrubError({ message, facts = {}, errors, ...rest }: SocketError, scrubber: Scrubber): SocketError {
  const clean = Object.entries(facts).map(
    ([key, fact]) => [key, typeof fact === 'string' ? redactedText(fact, scrubber) : fact] as const,
  )
  return {
    ...rest,
    message: redactedText(message, scrubber),
    ...(clean.length > 0 && { facts: Object.fromEntries(clean) }),
    ...(errors && { errors: errors.map((error) => scrubError(error, scrubber)) }),
  }
}

function redactedText(text: string, scrubber: Scrubber): string {
  const edits = scrubber.text(byteString(text))
  return edits.length === 0 ? text : Buffer.from(applyEdits(byteString(text), edits), 'latin1').toString()
}
