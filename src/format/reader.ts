import type { Phase } from '../errors.ts'
import type { TlsInfo } from '../transport.ts'
import {
  type BytesEvent,
  CASSETTE_VERSION,
  type CassetteNote,
  type CloseEvent,
  type DecodedCassette,
  type EndEvent,
  type FailedEvent,
  type Failure,
  type SocketError,
  type OpenEvent,
  type RecordedBy,
  type TapeEvent,
} from '../tape/cassette.ts'
import type { BlobSource, Inline } from './blob-access.ts'
import { FieldReader } from './field-reader.ts'
import { lateEvent } from '../tape/late-bytes.ts'
import { PieceReader } from './piece-reader.ts'
import { checksumOf, inOrder } from '../tape/record.ts'
import { upgraded } from './upgrade.ts'
import type { YamlMap, YamlNode } from './yaml-node.ts'
import type { YamlSource } from './yaml-reader.ts'

/**
 * The cassette in a YAML document, checked key by key against `docs/cassette-format.md`.
 *
 * @throws CassetteError with line and column: `CASSETTE_VERSION`, `CASSETTE_INVALID`, `BAD_BASE64`.
 */
export function readCassette(source: YamlSource, root: YamlNode, blobs: BlobSource | Inline): DecodedCassette {
  return new TapeReader(source, blobs).cassette(root)
}

/** The allowed keys of each map. */
// oxfmt-ignore
const KEYS = {
  cassette: ['wiretape', 'recorded', 'tape', 'events'],
  recorded: ['at', 'by', 'node'],
  open:     ['open', 'to', 'at', 'took', 'tls', 'lenient', 'speaks', 'failed'],
  sent:     ['via', 'at', 'redacted', 'sent'],
  received: ['via', 'at', 'ends', 'redacted', 'received'],
  end:      ['end', 'at', 'by'],
  close:    ['close', 'at', 'by', 'failed'],
  saved:    ['saved'],
  tls:      ['version', 'alpn', 'offered', 'authorized', 'problem', 'subject'],
  failed:   ['code', 'phase', 'system', 'message', 'error'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** One of these keys makes a map an event. */
const EVENT_KEYS = ['open', 'sent', 'received', 'end', 'close'] as const

// oxfmt-ignore
const PHASES = {
  dns: true, tcp: true, tls: true, write: true, headers: true, body: true, open: true,
} as const satisfies Readonly<Record<Phase, true>>

const SIDES = { client: true, server: true } as const

/** The facts of an error that have a name of their own in SocketError. */
const NO_FACTS: ReadonlySet<string> = new Set(['message', 'name', 'code', 'errors'])
const DEEPEST_ERROR = 4

const CHECKSUM = /^crc32 ([\da-f]{8})$/

/** Reads a tape as a whole or, if the places of its items are known, event by event. */
export class TapeReader {
  readonly #fields: FieldReader
  readonly #pieces: PieceReader
  /** The state of the connections so far. */
  readonly #connections = new Map<number, 'open' | 'over'>()
  readonly #records: (readonly TapeEvent[])[] = []
  readonly #notes: CassetteNote[] = []
  /** The events since the last checksum, and the place of the last one. */
  #record: TapeEvent[] = []
  #recordEnd = 0

  constructor(source: YamlSource, blobs: BlobSource | Inline) {
    this.#fields = new FieldReader(source)
    this.#pieces = new PieceReader(this.#fields, blobs)
  }

  cassette(root: YamlNode): DecodedCassette {
    const map = this.#upgraded(this.#fields.asMap(root, 'a cassette'))
    this.#checkEnd(map)
    this.#fields.checkKeys(map, KEYS.cassette)
    const recorded = this.#recorded(this.#fields.mapAt(map, 'recorded'))
    for (const node of this.#fields.listAt(map, 'tape')) this.#item(this.#fields.asMap(node, 'an event'))
    this.#endRecord()
    const tape = this.#records.flat()
    this.#checkCount(map, tape.length)
    const notes = this.#notes
    return { version: CASSETTE_VERSION, recorded, tape: inOrder(tape), records: this.#records, notes }
  }

  /** The events in the value of `tape`, the only key. */
  events(root: YamlNode): readonly TapeEvent[] {
    return this.#fields
      .listAt(this.#fields.asMap(root, 'a record'), 'tape')
      .map((node) => this.event(this.#fields.asMap(node, 'an event')))
  }

  /** Marks a connection as open that no event here opens. */
  goOnWith(connection: number): this {
    this.#connections.set(connection, 'open')
    return this
  }

  /** An event or, after the events of a record, its checksum. */
  #item(map: YamlMap): void {
    if (!map.entries.has('saved')) {
      this.#record.push(this.event(map))
      this.#recordEnd = map.offset
      return
    }
    this.#fields.checkKeys(map, KEYS.saved)
    const saved = CHECKSUM.exec(this.#fields.textAt(map, 'saved'))?.[1]
    if (saved === undefined)
      this.#fields.refuse(this.#fields.need(map, 'saved'), '`saved` must be `crc32` and eight hexadecimal digits')
    if (this.#record.length === 0) this.#fields.refuse(map, '`saved` must follow the events of a record')
    const actual = checksumOf(this.#record)
    if (saved !== actual)
      this.#note('CHECKSUM_WRONG', map.offset, `these events have the checksum ${actual}; \`wiretape fmt\` writes it`)
    this.#records.push(this.#record)
    this.#record = []
  }

  /** Events after the last checksum also form a record. */
  #endRecord(): void {
    if (this.#record.length === 0) return
    this.#note('CHECKSUM_MISSING', this.#recordEnd, 'no checksum follows this event; `wiretape fmt` writes it')
    this.#records.push(this.#record)
  }

  #note(code: CassetteNote['code'], offset: number, message: string): void {
    this.#notes.push({ code, message, record: this.#records.length, ...this.#fields.source.placeOf(offset) })
  }

  #upgraded(map: YamlMap): YamlMap {
    const version = this.#fields.numberAt(map, 'wiretape')
    return (
      upgraded(map, version) ??
      this.#fields.refuse(
        this.#fields.need(map, 'wiretape'),
        `found ${version}, this release reads up to ${CASSETTE_VERSION}`,
        'CASSETTE_VERSION',
      )
    )
  }

  /** Requires the last line: without it, the file may have lost any number of events. */
  #checkEnd(map: YamlMap): void {
    if ([...map.entries.keys()].at(-1) === 'events') return
    const offset = map.entries.get('events')?.keyOffset ?? this.#fields.source.text.length
    this.#fields.refuse({ offset }, 'the last line must be `events: N`; without it the file is incomplete')
  }

  #checkCount(map: YamlMap, count: number): void {
    if (this.#fields.numberAt(map, 'events') === count) return
    this.#fields.refuse(
      this.#fields.need(map, 'events'),
      `the tape holds ${count} events; write ${count} if that is intended`,
    )
  }

  #recorded(map: YamlMap): RecordedBy {
    this.#fields.checkKeys(map, KEYS.recorded)
    return {
      at: this.#fields.textAt(map, 'at'),
      by: this.#fields.textAt(map, 'by'),
      node: this.#fields.textAt(map, 'node'),
    }
  }

  /** Reads an event and checks it against the events before it. */
  event(map: YamlMap): TapeEvent {
    const type = EVENT_KEYS.find((key) => map.entries.has(key))
    if (type === undefined)
      return this.#fields.refuse(map, `an event must have one of the keys ${EVENT_KEYS.join(', ')}`)
    this.#fields.checkKeys(map, KEYS[type])
    switch (type) {
      case 'open':
        return map.entries.has('failed') ? this.#failed(map) : this.#open(map)
      case 'sent':
      case 'received':
        return this.#bytes(map, type)
      case 'end':
        return this.#end(map)
      case 'close':
        return this.#close(map)
    }
  }

  #open(map: YamlMap): OpenEvent {
    const start = { connection: this.#opened(map, 'open'), at: this.#timeAt(map, 'at') }
    const event = { type: 'open', ...start, to: this.#originAt(map, 'to'), took: this.#timeAt(map, 'took') } as const
    return {
      ...event,
      ...(map.entries.has('tls') && { tls: this.#tls(this.#fields.mapAt(map, 'tls')) }),
      ...(map.entries.has('lenient') && {
        lenient: this.#fields.listAt(map, 'lenient').map((node) => this.#fields.text(node, 'lenient')),
      }),
      ...(map.entries.has('speaks') && { protocol: this.#fields.text(this.#fields.need(map, 'speaks'), 'speaks') }),
    }
  }

  #failed(map: YamlMap): FailedEvent {
    const needless = ['tls', 'lenient', 'speaks'].find((key) => map.entries.has(key))
    if (needless !== undefined) this.#fields.refuse(map, `a failed connection must not have \`${needless}\``)
    const start = { connection: this.#opened(map, 'over'), at: this.#timeAt(map, 'at') }
    const made = { to: this.#originAt(map, 'to'), took: this.#timeAt(map, 'took') }
    return { type: 'failed', ...start, ...made, failure: this.#failure(this.#fields.mapAt(map, 'failed')) }
  }

  #bytes(map: YamlMap, type: BytesEvent['type']): BytesEvent {
    const start = { connection: this.#current(map, 'via'), at: this.#timeAt(map, 'at') }
    const node = this.#fields.need(map, type)
    const late = this.#pieces.latePayload(node)
    const bytes = late === undefined ? this.#pieces.payload(node) : NOTHING
    const { length } = late ?? bytes
    const fields = {
      type,
      ...start,
      ...(map.entries.has('ends') && { ends: this.#ends(map, length) }),
      ...(map.entries.has('redacted') && { redacted: this.#redacted(map) }),
    }
    return late === undefined ? { ...fields, bytes } : lateEvent(fields, length, late.read)
  }

  /** Names of placeholders, and what stands for them. */
  #redacted(map: YamlMap): Readonly<Record<string, string>> {
    const { entries } = this.#fields.mapAt(map, 'redacted')
    const names = [...entries.keys()]
    const wrong = names.find((name) => !/^[a-z0-9-]+\.\d{1,9}$/.test(name))
    if (names.length === 0 || wrong !== undefined)
      this.#fields.refuse(
        this.#fields.need(map, 'redacted'),
        '`redacted` must have names of placeholders, such as `otp.1`, and what stands for them',
      )
    return this.#texts(this.#fields.mapAt(map, 'redacted'))
  }

  #ends(map: YamlMap, length: number): readonly number[] {
    const ends = this.#fields
      .listAt(map, 'ends')
      .map((node) => (node.type === 'scalar' && typeof node.value === 'number' ? node.value : Number.NaN))
    const areRising = ends.every(
      (end, index) => Number.isSafeInteger(end) && end > (ends[index - 1] ?? 0) && end < length,
    )
    if (ends.length === 0 || !areRising)
      this.#fields.refuse(
        this.#fields.need(map, 'ends'),
        `\`ends\` must be ascending offsets inside these ${length} bytes`,
      )
    return ends
  }

  #end(map: YamlMap): EndEvent {
    const start = { connection: this.#current(map, 'end'), at: this.#timeAt(map, 'at') }
    return { type: 'end', ...start, by: this.#fields.oneOfAt(map, 'by', SIDES) }
  }

  #close(map: YamlMap): CloseEvent {
    const connection = this.#current(map, 'close')
    this.#connections.set(connection, 'over')
    const event = {
      type: 'close',
      connection,
      at: this.#timeAt(map, 'at'),
      by: this.#fields.oneOfAt(map, 'by', SIDES),
    } as const
    return map.entries.has('failed') ? { ...event, failure: this.#failure(this.#fields.mapAt(map, 'failed')) } : event
  }

  #tls(map: YamlMap): TlsInfo {
    this.#fields.checkKeys(map, KEYS.tls)
    const has = (key: string): boolean => map.entries.has(key)
    return {
      version: this.#fields.textAt(map, 'version'),
      authorized: this.#fields.truthAt(map, 'authorized'),
      ...(has('alpn') && { alpn: this.#fields.textAt(map, 'alpn') }),
      ...(has('offered') && {
        offered: this.#fields.listAt(map, 'offered').map((node) => this.#fields.text(node, 'offered')),
      }),
      ...(has('problem') && { problem: this.#fields.textAt(map, 'problem') }),
      ...(has('subject') && { subject: this.#texts(this.#fields.mapAt(map, 'subject')) }),
    }
  }

  #texts(map: YamlMap): Readonly<Record<string, string>> {
    return Object.fromEntries([...map.entries.keys()].map((name) => [name, this.#fields.textAt(map, name)]))
  }

  #failure(map: YamlMap): Failure {
    this.#fields.checkKeys(map, KEYS.failed)
    const phase = this.#fields.oneOfAt(map, 'phase', PHASES)
    return {
      code: this.#fields.textAt(map, 'code'),
      phase,
      message: this.#fields.textAt(map, 'message'),
      ...(map.entries.has('system') && { systemCode: this.#fields.textAt(map, 'system') }),
      ...(map.entries.has('error') && { error: this.#errorOrEnd(this.#fields.need(map, 'error')) }),
    }
  }

  #errorOrEnd(node: YamlNode): SocketError | 'end' {
    if (node.type === 'scalar' && node.value === 'end') return node.value
    return this.#socketError(this.#fields.asMap(node, '`error`, if it is not `end`,'), 0)
  }

  #socketError(map: YamlMap, depth: number): SocketError {
    if (depth > DEEPEST_ERROR) this.#fields.refuse(map, 'the errors are nested too deeply')
    const facts = [...map.entries].flatMap(([key, { value }]) =>
      NO_FACTS.has(key) ? [] : [[key, this.#fact(key, value)] as const],
    )
    return {
      message: this.#fields.textAt(map, 'message'),
      ...(map.entries.has('name') && { name: this.#fields.textAt(map, 'name') }),
      ...(map.entries.has('code') && { code: this.#fields.textAt(map, 'code') }),
      ...(facts.length > 0 && { facts: Object.fromEntries(facts) }),
      ...(map.entries.has('errors') && {
        errors: this.#fields
          .listAt(map, 'errors')
          .map((node) => this.#socketError(this.#fields.asMap(node, 'an error'), depth + 1)),
      }),
    }
  }

  #fact(key: string, node: YamlNode): string | number {
    const value = node.type === 'scalar' ? node.value : undefined
    if (typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value))) return value
    return this.#fields.refuse(node, `\`${key}\` must be text or a whole number`)
  }

  /** The number of a connection that no earlier event uses. */
  #opened(map: YamlMap, becomes: 'open' | 'over'): number {
    const connection = this.#connectionAt(map, 'open')
    if (this.#connections.has(connection))
      this.#fields.refuse(this.#fields.need(map, 'open'), `connection ${connection} was opened before`)
    this.#connections.set(connection, becomes)
    return connection
  }

  /** The number of a connection that is open at this point of the tape. */
  #current(map: YamlMap, key: string): number {
    const connection = this.#connectionAt(map, key)
    this.checkOpen(connection, this.#fields.need(map, key).offset)
    return connection
  }

  /** @throws CassetteError `CASSETTE_INVALID` unless the connection is open at this point of the tape. */
  checkOpen(connection: number, offset: number): void {
    const state = this.#connections.get(connection)
    if (state === 'open') return
    const problem = state === undefined ? 'has not been opened' : 'is closed'
    this.#fields.refuse({ offset }, `connection ${connection} ${problem} at this point of the tape`)
  }

  /** The bytes of an event, without a check against earlier events. */
  payloadOf(map: YamlMap): Uint8Array {
    this.#fields.checkKeys(map, KEYS.received)
    return this.#pieces.payload(this.#fields.need(map, 'received'))
  }

  #connectionAt(map: YamlMap, key: string): number {
    const value = this.#fields.numberAt(map, key)
    if (!Number.isSafeInteger(value) || value < 1)
      this.#fields.refuse(this.#fields.need(map, key), `\`${key}\` must be the number of a connection`)
    return value
  }

  #timeAt(map: YamlMap, key: string): number {
    const value = this.#fields.numberAt(map, key)
    if (!Number.isFinite(value) || value < 0)
      this.#fields.refuse(this.#fields.need(map, key), `\`${key}\` must be milliseconds, from 0 on`)
    return value
  }

  #originAt(map: YamlMap, key: string): string {
    const text = this.#fields.textAt(map, key)
    if (!ORIGIN.test(text))
      this.#fields.refuse(this.#fields.need(map, key), `\`${key}\` must be a URL without path, ${PROTOCOLS}`)
    return text
  }
}

const NOTHING = new Uint8Array(0)

/** The ports of `tcp` and `tls` are never left out. */
const ORIGIN = /^(?:https?:\/\/[^\s/?#]+|(?:tcp|tls):\/\/[^\s/?#]+:\d{1,5})$/
const PROTOCOLS = 'such as https://example.com or tcp://example.com:6379'
