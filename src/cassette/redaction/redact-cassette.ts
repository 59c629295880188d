import { LocalProtocolError } from '../../errors.ts'
import type { Cassette, Failure, TapeEvent } from '../cassette.ts'
import { applyEdits, type Edit, mapOffsets, mergeEdits, shiftEdits } from './edits.ts'
import { messageEdits } from './message-edits.ts'
import { readRequests, readResponses, type Speech } from './messages.ts'
import { SHORTEST_NEEDLE } from './needles.ts'
import { Scrubber } from './scrubber.ts'
import { labelOf } from './secret-names.ts'
import { Vault } from './vault.ts'

/** What is secret beyond what names and forms tell. */
export interface RedactionOptions {
  /** Values that are to go wherever they stand, in whatever encoding. Default: none. */
  readonly secrets?: readonly (string | undefined)[] | undefined
  /** Where variables with secret names are taken from, such as `process.env`. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** A cassette without its secrets, and what is known of them. */
export interface Redaction {
  readonly cassette: Cassette
  readonly report: RedactionReport
}

export interface RedactionReport {
  /** What stands in the cassette for secrets, in the order in which they were found. */
  readonly placeholders: readonly string[]
  /** What could not be taken apart; it was searched for known values as it stands. */
  readonly opaque: readonly OpaqueBytes[]
}

/** Bytes that a person should look at. */
export interface OpaqueBytes {
  readonly connection: number
  readonly direction: 'sent' | 'received'
  /** Where they begin, counted in the redacted bytes of that direction. */
  readonly offset: number
  readonly reason: string
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
  readonly #vault = new Vault()
  readonly #scrubber = new Scrubber(this.#vault)
  readonly #opaque: OpaqueBytes[] = []
  #hasBegun = false
  #hasFoundLate = false

  /** @throws LocalProtocolError `SECRET_TOO_SHORT`. */
  constructor(options: RedactionOptions = {}) {
    registerAll(this.#vault, options)
  }

  /** What was found so far. */
  get report(): RedactionReport {
    return { placeholders: this.#vault.placeholders, opaque: this.#opaque }
  }

  /** Whether something was found that may stand in what was redacted before: then all of it is to be redacted once more. */
  get hasFoundLate(): boolean {
    return this.#hasFoundLate
  }

  /** Keeps the numbers of placeholders in a text, which comes before what will be redacted, out of use. */
  goOnBehind(text: string): void {
    this.#vault.skipNumbersIn(text)
  }

  /** The events without their secrets. They begin and end between messages where that can be. */
  redact(tape: readonly TapeEvent[]): readonly TapeEvent[] {
    const directions = readDirections(tape)
    const known = this.#vault.size
    this.#vault.unseal()
    for (const direction of directions) direction.scrub(this.#scrubber)
    for (const event of tape) scrubFailure(event, this.#scrubber)
    this.#vault.seal()
    this.#hasFoundLate ||= this.#hasBegun && this.#vault.size > known
    this.#hasBegun = true
    for (const direction of directions) direction.scrub(this.#scrubber)
    const byKey = new Map(directions.map((direction) => [direction.key, direction]))
    const redacted = tape.flatMap((event): TapeEvent[] =>
      isBytes(event) ? redactedSegment(event, byKey.get(keyOf(event))) : [scrubFailure(event, this.#scrubber)],
    )
    this.#opaque.push(...directions.flatMap((direction) => direction.opaque))
    return redacted
  }
}

/** Checks before the first request what {@link redactCassette} would refuse. @throws LocalProtocolError `SECRET_TOO_SHORT`. */
export function checkSecrets({ secrets = [] }: RedactionOptions): void {
  const short = secrets.find((secret) => secret !== undefined && secret.length < SHORTEST_NEEDLE)
  if (short !== undefined)
    throw new LocalProtocolError('SECRET_TOO_SHORT', `one of ${short.length} characters was registered`)
}

function registerAll(vault: Vault, options: RedactionOptions): void {
  checkSecrets(options)
  const { secrets = [], env = {} } = options
  for (const secret of secrets) if (secret !== undefined) vault.register('secret', byteString(secret))
  for (const [name, value = ''] of Object.entries(env))
    if (SECRET_VARIABLE.test(name) && labelOf('key', value, 'field') !== undefined) vault.note('env', byteString(value))
}

const SECRET_VARIABLE =
  /(?:secret|token|passw|pwd|api_?key|access_?key|private_?key|credential|_key|_pat)(?!.*_(?:file|path|dir|url|socket|sock|name|type)$)/i

const byteString = (text: string): string => Buffer.from(text).toString('latin1')

type BytesEvent = Extract<TapeEvent, { readonly bytes: Uint8Array }>

const keyOf = ({ connection, type }: Pick<BytesEvent, 'connection' | 'type'>): string => `${type} ${connection}`

const isBytes = (event: TapeEvent): event is BytesEvent => event.type === 'sent' || event.type === 'received'

/** All bytes that went one way over one connection. */
class Direction {
  readonly #connection: number
  readonly #type: BytesEvent['type']
  readonly #bytes: Buffer
  readonly #text: string
  readonly #borders: readonly number[]
  readonly #speech: Speech
  #edits: readonly Edit[] = []
  #opaque: readonly OpaqueBytes[] = []
  #redacted: Buffer | undefined
  #newBorders: readonly number[] = []
  #given = 0

  constructor(events: readonly BytesEvent[], first: BytesEvent, read: (bytes: Uint8Array) => Speech) {
    this.#connection = first.connection
    this.#type = first.type
    this.#bytes = Buffer.concat(events.map(({ bytes }) => bytes))
    this.#text = this.#bytes.toString('latin1')
    const borders = [0]
    for (const { bytes } of events) borders.push((borders.at(-1) ?? 0) + bytes.length)
    this.#borders = borders
    this.#speech = read(this.#bytes)
  }

  get key(): string {
    return keyOf({ connection: this.#connection, type: this.#type })
  }

  get methods(): readonly string[] {
    return this.#speech.messages.map(({ method }) => method)
  }

  /** What could not be taken apart, once scrubbed. */
  get opaque(): readonly OpaqueBytes[] {
    return this.#opaque
  }

  scrub(scrubber: Scrubber): void {
    const text = this.#text
    const { messages, restStart } = this.#speech
    const reasons: { readonly at: number; readonly reason: string }[] = []
    const edits: Edit[] = []
    for (const message of messages) {
      const { edits: own, opaque } = messageEdits(text, message, scrubber)
      edits.push(...own)
      if (opaque !== undefined) reasons.push({ at: message.headEnd, reason: opaque })
    }
    const rest = text.slice(restStart)
    if (/[^\r\n]/.test(rest)) {
      reasons.push({ at: restStart, reason: 'not a complete HTTP message' })
      // What is not understood may have lengths in it, so these stay.
      edits.push(...shiftEdits(scrubber.text(rest), restStart).map(ofSameLength))
    }
    this.#edits = mergeEdits(edits)
    this.#redacted = undefined
    const offsets = mapOffsets(
      this.#edits,
      reasons.map(({ at }) => at),
    )
    this.#opaque = reasons.map(({ reason }, k) => ({
      connection: this.#connection,
      direction: this.#type,
      offset: offsets[k] ?? 0,
      reason,
    }))
  }

  /** The bytes that stand for the next segment; where nothing changed, itself. */
  next(event: BytesEvent): Uint8Array {
    if (this.#edits.length === 0) return event.bytes
    if (this.#redacted === undefined) {
      this.#redacted = Buffer.from(applyEdits(this.#text, this.#edits), 'latin1')
      this.#newBorders = mapOffsets(this.#edits, this.#borders)
    }
    const segment = this.#redacted.subarray(this.#newBorders[this.#given], this.#newBorders[this.#given + 1])
    this.#given += 1
    return segment
  }
}

/** Nothing where nothing is left of it. */
function redactedSegment(event: BytesEvent, direction: Direction | undefined): BytesEvent[] {
  const bytes = direction?.next(event) ?? event.bytes
  if (bytes === event.bytes) return [event]
  // Where answers ended within the segment is not followed through the edits yet; without it they are played together.
  return bytes.length === 0 && event.bytes.length > 0 ? [] : [{ ...event, bytes, ends: undefined }]
}

function scrubFailure(event: TapeEvent, scrubber: Scrubber): TapeEvent {
  if (!('failure' in event) || event.failure === undefined) return event
  const { message } = event.failure
  const edits = scrubber.text(byteString(message))
  if (edits.length === 0) return event
  const redacted = Buffer.from(applyEdits(byteString(message), edits), 'latin1').toString()
  const failure: Failure = { ...event.failure, message: redacted }
  return { ...event, failure }
}

function ofSameLength({ start, end, with: replacement }: Edit): Edit {
  const length = end - start
  return { start, end, with: replacement.length > length ? '*'.repeat(length) : replacement.padEnd(length, '*') }
}

/** Requests before the responses to them, connection by connection. */
function readDirections(tape: readonly TapeEvent[]): Direction[] {
  const connections = new Map<number, { readonly sent: BytesEvent[]; readonly received: BytesEvent[] }>()
  for (const event of tape) {
    if (!isBytes(event)) continue
    const events = connections.get(event.connection) ?? {
      sent: new Array<BytesEvent>(),
      received: new Array<BytesEvent>(),
    }
    connections.set(event.connection, events)
    events[event.type].push(event)
  }
  return [...connections.values()].flatMap(({ sent, received }) => {
    const directions: Direction[] = []
    const [firstSent] = sent
    const [firstReceived] = received
    if (firstSent !== undefined) directions.push(new Direction(sent, firstSent, readRequests))
    const methods = directions[0]?.methods ?? []
    if (firstReceived !== undefined)
      directions.push(new Direction(received, firstReceived, (bytes) => readResponses(bytes, methods)))
    return directions
  })
}
