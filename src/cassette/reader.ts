import type { ErrorCode, Phase } from '../errors.ts'
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
  type OpenEvent,
  type RecordedBy,
  type TapeEvent,
} from './cassette.ts'
import { BLOB_NAME, readBlob } from './blobs.ts'
import { JSON_STYLES } from './json-style.ts'
import { bytesOf, type Piece, type PieceKind } from './piece.ts'
import { checksumOf, inOrder } from './record.ts'
import { upgraded } from './upgrade.ts'
import type { YamlMap, YamlNode, YamlSource } from './yaml-reader.ts'
import { quote } from './yaml-writer.ts'

/**
 * The cassette that a YAML document holds, checked key by key against `docs/cassette-format.md`.
 *
 * @throws CassetteError with line and column: `CASSETTE_VERSION`, `CASSETTE_INVALID`, `BAD_BASE64`.
 */
export function readCassette(source: YamlSource, root: YamlNode): DecodedCassette {
  return new TapeReader(source).cassette(root)
}

/** The keys that each map may have, and nothing else. */
// oxfmt-ignore
const KEYS = {
  cassette: ['wiretape', 'recorded', 'tape', 'events'],
  recorded: ['at', 'by', 'node'],
  open:     ['open', 'to', 'at', 'took', 'tls', 'lenient', 'failed'],
  sent:     ['via', 'at', 'sent'],
  received: ['via', 'at', 'ends', 'received'],
  end:      ['end', 'at', 'by'],
  close:    ['close', 'at', 'by', 'failed'],
  saved:    ['saved'],
  tls:      ['version', 'alpn', 'authorized'],
  failed:   ['code', 'phase', 'system', 'message'],
  json:     ['json', 'style'],
  blob:     ['sha256', 'from', 'to'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** One of these keys makes a map an event. */
const EVENT_KEYS = ['open', 'sent', 'received', 'end', 'close'] as const

// oxfmt-ignore
const PHASES = {
  dns: true, tcp: true, tls: true, write: true, headers: true, body: true, open: true,
} as const satisfies Readonly<Record<Phase, true>>

const SIDES = { client: true, server: true } as const

const CHECKSUM = /^crc32 ([\da-f]{8})$/

const PIECE_KINDS = {
  crlf: true,
  text: true,
  json: true,
  latin1: true,
  base64: true,
  blob: true,
} as const satisfies Readonly<Record<PieceKind, true>>

/** Reads a tape as a whole or, for who knows where its items are, event by event. */
export class TapeReader {
  readonly #source: YamlSource
  /** What has become of the connections so far. */
  readonly #connections = new Map<number, 'open' | 'over'>()
  readonly #records: (readonly TapeEvent[])[] = []
  readonly #notes: CassetteNote[] = []
  /** By their SHA-256, as several pieces share one. */
  readonly #blobs = new Map<string, Uint8Array>()
  /** The events since the last checksum, and where the last of them stands. */
  #record: TapeEvent[] = []
  #recordEnd = 0

  constructor(source: YamlSource) {
    this.#source = source
  }

  cassette(root: YamlNode): DecodedCassette {
    const map = this.#upgraded(this.#asMap(root, 'a cassette'))
    this.#checkEnd(map)
    this.#checkKeys(map, 'cassette')
    const recorded = this.#recorded(this.#mapAt(map, 'recorded'))
    for (const node of this.#listAt(map, 'tape')) this.#item(this.#asMap(node, 'an event'))
    this.#endRecord()
    const tape = this.#records.flat()
    this.#checkCount(map, tape.length)
    const notes = this.#notes
    return { version: CASSETTE_VERSION, recorded, tape: inOrder(tape), records: this.#records, notes }
  }

  /** The events in the value of the only key. */
  events(root: YamlNode): readonly TapeEvent[] {
    return this.#listAt(this.#asMap(root, 'a record'), 'tape').map((node) => this.event(this.#asMap(node, 'an event')))
  }

  /** Takes a connection for open that no event here opens. */
  goOnWith(connection: number): this {
    this.#connections.set(connection, 'open')
    return this
  }

  /** An event or, behind the events of a record, its checksum. */
  #item(map: YamlMap): void {
    if (!map.entries.has('saved')) {
      this.#record.push(this.event(map))
      this.#recordEnd = map.offset
      return
    }
    this.#checkKeys(map, 'saved')
    const saved = CHECKSUM.exec(this.#textAt(map, 'saved'))?.[1]
    if (saved === undefined) this.#refuse(this.#need(map, 'saved'), '`saved` is `crc32` and eight hexadecimal digits')
    if (this.#record.length === 0) this.#refuse(map, '`saved` stands behind the events of a record')
    const actual = checksumOf(this.#record)
    if (saved !== actual)
      this.#note('CHECKSUM_WRONG', map.offset, `these events have the checksum ${actual}; \`wiretape fmt\` writes it`)
    this.#records.push(this.#record)
    this.#record = []
  }

  /** Events behind the last checksum make a record, too. */
  #endRecord(): void {
    if (this.#record.length === 0) return
    this.#note('CHECKSUM_MISSING', this.#recordEnd, 'no checksum stands behind this event; `wiretape fmt` writes it')
    this.#records.push(this.#record)
  }

  #note(code: CassetteNote['code'], offset: number, message: string): void {
    this.#notes.push({ code, message, record: this.#records.length, ...this.#source.placeOf(offset) })
  }

  #upgraded(map: YamlMap): YamlMap {
    const version = this.#numberAt(map, 'wiretape')
    return (
      upgraded(map, version) ??
      this.#refuse(
        this.#need(map, 'wiretape'),
        `found ${version}, this release reads up to ${CASSETTE_VERSION}`,
        'CASSETTE_VERSION',
      )
    )
  }

  /** Only a file that ends as it should is whole: without its last line it may have lost any number of events. */
  #checkEnd(map: YamlMap): void {
    if ([...map.entries.keys()].at(-1) === 'events') return
    const offset = map.entries.get('events')?.keyOffset ?? this.#source.text.length
    this.#refuse({ offset }, 'the last line must be `events: N`; without it the file is cut short')
  }

  #checkCount(map: YamlMap, count: number): void {
    if (this.#numberAt(map, 'events') === count) return
    this.#refuse(this.#need(map, 'events'), `the tape holds ${count} events; write ${count} if that is intended`)
  }

  #recorded(map: YamlMap): RecordedBy {
    this.#checkKeys(map, 'recorded')
    return { at: this.#textAt(map, 'at'), by: this.#textAt(map, 'by'), node: this.#textAt(map, 'node') }
  }

  /** Checked against the events before it. */
  event(map: YamlMap): TapeEvent {
    const type = EVENT_KEYS.find((key) => map.entries.has(key))
    if (type === undefined) return this.#refuse(map, `an event has one of the keys ${EVENT_KEYS.join(', ')}`)
    this.#checkKeys(map, type)
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
      ...(map.entries.has('tls') && { tls: this.#tls(this.#mapAt(map, 'tls')) }),
      ...(map.entries.has('lenient') && {
        lenient: this.#listAt(map, 'lenient').map((node) => this.#text(node, 'lenient')),
      }),
    }
  }

  #failed(map: YamlMap): FailedEvent {
    const needless = ['tls', 'lenient'].find((key) => map.entries.has(key))
    if (needless !== undefined) this.#refuse(map, `a connection that failed has no \`${needless}\``)
    const start = { connection: this.#opened(map, 'over'), at: this.#timeAt(map, 'at') }
    const made = { to: this.#originAt(map, 'to'), took: this.#timeAt(map, 'took') }
    return { type: 'failed', ...start, ...made, failure: this.#failure(this.#mapAt(map, 'failed')) }
  }

  #bytes(map: YamlMap, type: BytesEvent['type']): BytesEvent {
    const start = { connection: this.#current(map, 'via'), at: this.#timeAt(map, 'at') }
    const bytes = this.#payload(this.#need(map, type))
    return { type, ...start, bytes, ...(map.entries.has('ends') && { ends: this.#ends(map, bytes.length) }) }
  }

  #ends(map: YamlMap, length: number): readonly number[] {
    const ends = this.#listAt(map, 'ends').map((node) =>
      node.type === 'scalar' && typeof node.value === 'number' ? node.value : Number.NaN,
    )
    const areRising = ends.every(
      (end, index) => Number.isSafeInteger(end) && end > (ends[index - 1] ?? 0) && end < length,
    )
    if (ends.length === 0 || !areRising)
      this.#refuse(this.#need(map, 'ends'), `\`ends\` are rising offsets inside these ${length} bytes`)
    return ends
  }

  #end(map: YamlMap): EndEvent {
    const start = { connection: this.#current(map, 'end'), at: this.#timeAt(map, 'at') }
    return { type: 'end', ...start, by: this.#oneOfAt(map, 'by', SIDES) }
  }

  #close(map: YamlMap): CloseEvent {
    const connection = this.#current(map, 'close')
    this.#connections.set(connection, 'over')
    const event = {
      type: 'close',
      connection,
      at: this.#timeAt(map, 'at'),
      by: this.#oneOfAt(map, 'by', SIDES),
    } as const
    return map.entries.has('failed') ? { ...event, failure: this.#failure(this.#mapAt(map, 'failed')) } : event
  }

  #tls(map: YamlMap): TlsInfo {
    this.#checkKeys(map, 'tls')
    const info = { version: this.#textAt(map, 'version'), authorized: this.#truthAt(map, 'authorized') }
    return map.entries.has('alpn') ? { ...info, alpn: this.#textAt(map, 'alpn') } : info
  }

  #failure(map: YamlMap): Failure {
    this.#checkKeys(map, 'failed')
    const phase = this.#oneOfAt(map, 'phase', PHASES)
    const failure = { code: this.#textAt(map, 'code'), phase, message: this.#textAt(map, 'message') }
    return map.entries.has('system') ? { ...failure, systemCode: this.#textAt(map, 'system') } : failure
  }

  /** The number of a connection that no event has had before. */
  #opened(map: YamlMap, becomes: 'open' | 'over'): number {
    const connection = this.#connectionAt(map, 'open')
    if (this.#connections.has(connection))
      this.#refuse(this.#need(map, 'open'), `connection ${connection} was opened before`)
    this.#connections.set(connection, becomes)
    return connection
  }

  /** The number of a connection that is open at this point of the tape. */
  #current(map: YamlMap, key: string): number {
    const connection = this.#connectionAt(map, key)
    this.checkOpen(connection, this.#need(map, key).offset)
    return connection
  }

  /** @throws CassetteError `CASSETTE_INVALID` unless the connection is open at this point of the tape. */
  checkOpen(connection: number, offset: number): void {
    const state = this.#connections.get(connection)
    if (state === 'open') return
    const problem = state === undefined ? 'has not been opened' : 'is closed'
    this.#refuse({ offset }, `connection ${connection} ${problem} at this point of the tape`)
  }

  /** The bytes of an event, without a look at the events before it. */
  payloadOf(map: YamlMap): Uint8Array {
    this.#checkKeys(map, 'received')
    return this.#payload(this.#need(map, 'received'))
  }

  #payload(node: YamlNode): Uint8Array {
    if (node.type !== 'list') return this.#piece(this.#asMap(node, 'a piece'))
    if (node.items.length === 0) this.#refuse(node, 'a list of pieces has at least one; no bytes are `text: ""`')
    return Buffer.concat(node.items.map((item) => this.#piece(this.#asMap(item, 'a piece'))))
  }

  #piece(map: YamlMap): Uint8Array {
    const [[name, { keyOffset, value }] = this.#refuse(map, PIECE_FORM), second] = map.entries
    if (!isKeyOf(PIECE_KINDS, name)) return this.#refuse({ offset: keyOffset }, `${PIECE_FORM}, not ${quote(name)}`)
    if (name === 'json') return this.#jsonPiece(map, value)
    if (second !== undefined) this.#refuse({ offset: second[1].keyOffset }, PIECE_FORM)
    if (name === 'blob') return this.#blob(this.#asMap(value, '`blob`'))
    return this.#bytesOf({ kind: name, text: this.#text(value, name) }, value)
  }

  #jsonPiece(map: YamlMap, value: YamlNode): Uint8Array {
    this.#checkKeys(map, 'json')
    const text = this.#json(value)
    if (!map.entries.has('style')) return this.#bytesOf({ kind: 'json', text }, value)
    const style = this.#listAt(map, 'style').map((node) => this.#oneOf(node, 'style', JSON_STYLES))
    return this.#bytesOf({ kind: 'json', text, style }, value)
  }

  #bytesOf(piece: Piece, value: YamlNode): Uint8Array {
    return bytesOf(piece, (code, detail) => this.#refuse(value, detail, code))
  }

  #blob(map: YamlMap): Uint8Array {
    this.#checkKeys(map, 'blob')
    const sha256 = this.#textAt(map, 'sha256')
    if (!BLOB_NAME.test(sha256))
      this.#refuse(this.#need(map, 'sha256'), '`sha256` is 64 lower-case hexadecimal digits, and no path')
    const [from, to] = [this.#numberAt(map, 'from'), this.#numberAt(map, 'to')]
    const bytes = this.#wholeBlob(map, sha256)
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > bytes.length)
      this.#refuse(map, `\`from\` and \`to\` are offsets in these ${bytes.length} bytes`)
    return bytes.subarray(from, to)
  }

  #wholeBlob(map: YamlMap, sha256: string): Uint8Array {
    const { file } = this.#source
    const known = this.#blobs.get(sha256)
    if (known !== undefined) return known
    if (file === undefined) return this.#refuse(map, 'a text without a file has no folder beside it', 'BLOB_MISSING')
    const bytes = readBlob(file, sha256)
    this.#blobs.set(sha256, bytes)
    return bytes
  }

  /** The compact text of a JSON value, with keys in the order of the file. */
  #json(node: YamlNode): string {
    switch (node.type) {
      case 'map':
        return `{${[...node.entries].map(([key, { value }]) => `${JSON.stringify(key)}:${this.#json(value)}`).join(',')}}`
      case 'list':
        return `[${node.items.map((item) => this.#json(item)).join(',')}]`
      case 'scalar':
        if (typeof node.value === 'number' && !isJsonNumber(node.value)) {
          this.#refuse(node, 'this number is not exact in every reader of JSON; make the piece a `text`')
        }
        return JSON.stringify(node.value)
    }
  }

  #connectionAt(map: YamlMap, key: string): number {
    const value = this.#numberAt(map, key)
    if (!Number.isSafeInteger(value) || value < 1)
      this.#refuse(this.#need(map, key), `\`${key}\` is the number of a connection`)
    return value
  }

  #timeAt(map: YamlMap, key: string): number {
    const value = this.#numberAt(map, key)
    if (!Number.isFinite(value) || value < 0)
      this.#refuse(this.#need(map, key), `\`${key}\` is in milliseconds, from 0 on`)
    return value
  }

  #originAt(map: YamlMap, key: string): string {
    const text = this.#textAt(map, key)
    if (!ORIGIN.test(text)) this.#refuse(this.#need(map, key), `\`${key}\` is a URL without path, ${PROTOCOLS}`)
    return text
  }

  #oneOfAt<Word extends string>(map: YamlMap, key: string, words: Readonly<Record<Word, true>>): Word {
    return this.#oneOf(this.#need(map, key), key, words)
  }

  #oneOf<Word extends string>(node: YamlNode, key: string, words: Readonly<Record<Word, true>>): Word {
    const text = this.#text(node, key)
    if (isKeyOf(words, text)) return text
    return this.#refuse(node, `\`${key}\` is one of ${Object.keys(words).join(', ')}`)
  }

  #numberAt(map: YamlMap, key: string): number {
    const node = this.#need(map, key)
    if (node.type === 'scalar' && typeof node.value === 'number') return node.value
    return this.#refuse(node, `\`${key}\` must be a number`)
  }

  #truthAt(map: YamlMap, key: string): boolean {
    const node = this.#need(map, key)
    if (node.type === 'scalar' && typeof node.value === 'boolean') return node.value
    return this.#refuse(node, `\`${key}\` must be true or false`)
  }

  #textAt(map: YamlMap, key: string): string {
    return this.#text(this.#need(map, key), key)
  }

  #text(node: YamlNode, key: string): string {
    if (node.type === 'scalar' && typeof node.value === 'string') return node.value
    return this.#refuse(node, `\`${key}\` must be text, in quotes where it looks like something else`)
  }

  #mapAt(map: YamlMap, key: string): YamlMap {
    return this.#asMap(this.#need(map, key), `\`${key}\``)
  }

  #asMap(node: YamlNode, what: string): YamlMap {
    return node.type === 'map' ? node : this.#refuse(node, `${what} must be a map`)
  }

  #listAt(map: YamlMap, key: string): readonly YamlNode[] {
    const node = this.#need(map, key)
    return node.type === 'list' ? node.items : this.#refuse(node, `\`${key}\` must be a list`)
  }

  #need(map: YamlMap, key: string): YamlNode {
    return map.entries.get(key)?.value ?? this.#refuse(map, `the key \`${key}\` is missing`)
  }

  #checkKeys(map: YamlMap, shape: keyof typeof KEYS): void {
    const known: readonly string[] = KEYS[shape]
    for (const [key, { keyOffset }] of map.entries) {
      if (!known.includes(key))
        this.#refuse({ offset: keyOffset }, `unknown key ${quote(key)}; here may be ${known.join(', ')}`)
    }
  }

  #refuse(place: { readonly offset: number }, detail: string, code: ErrorCode = 'CASSETTE_INVALID'): never {
    throw this.#source.error(code, place.offset, detail)
  }
}

/** The ports of `tcp` and `tls` are never left out. */
const ORIGIN = /^(?:https?:\/\/[^\s/?#]+|(?:tcp|tls):\/\/[^\s/?#]+:\d{1,5})$/
const PROTOCOLS = 'such as https://example.com or tcp://example.com:6379'

const PIECE_FORM = `a piece has one key, and for json perhaps style: ${Object.keys(PIECE_KINDS).join(', ')}`

const isJsonNumber = (value: number): boolean =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))

const isKeyOf = <Key extends string>(table: Readonly<Record<Key, true>>, key: string): key is Key =>
  Object.hasOwn(table, key)
