import { BLOB_NAME, type BlobSource, INLINE, type Inline, type OpenBlob } from './blob-access.ts'
import { type FieldReader, isKeyOf } from './field-reader.ts'
import { JSON_LIMIT, LONGEST_JSON, MOST_JSON_VALUES } from './json-limits.ts'
import { JSON_STYLES } from './json-style.ts'
import { FRAME_KEYS, FRAME_KINDS, frameBytes, type FrameKeys } from './frame-piece.ts'
import { bytesOf, type Piece, type PieceKind } from './piece.ts'
import type { YamlMap, YamlNode } from './yaml-node.ts'
import { quote } from './quote.ts'

const PIECE_KINDS = {
  crlf: true,
  text: true,
  json: true,
  latin1: true,
  base64: true,
  blob: true,
} as const satisfies Readonly<Record<PieceKind, true>>

const PIECE_FORM = `a piece must have one of these keys, and for json perhaps style: ${[...Object.keys(PIECE_KINDS), 'frame'].join(', ')}`
const FRAME_FORM = `a frame may have these keys, and one of those of a piece for its content: ${FRAME_KEYS.join(', ')}`

/** Bytes that are read on demand. */
interface LatePayload {
  readonly length: number
  readonly read: () => Uint8Array
}

/** Reads the bytes of segments, from the pieces in the text and the blobs next to it. */
export class PieceReader {
  readonly #fields: FieldReader
  readonly #source: BlobSource | Inline
  /** Blobs by their SHA-256, because several pieces share one. */
  readonly #blobs = new Map<string, OpenBlob>()

  constructor(fields: FieldReader, blobs: BlobSource | Inline) {
    this.#fields = fields
    this.#source = blobs
  }

  /** A segment that is only a range of a long blob; it is read on demand. */
  latePayload(node: YamlNode): LatePayload | undefined {
    const value = node.type === 'map' && node.entries.size === 1 ? node.entries.get('blob')?.value : undefined
    if (value === undefined) return undefined
    const { blob, from, to } = this.#rangeIn(this.#fields.asMap(value, '`blob`'))
    return blob.isLong ? { length: to - from, read: () => blob.read(from, to) } : undefined
  }

  /** The bytes of a piece, or of a list of them. */
  payload(node: YamlNode): Uint8Array {
    if (node.type !== 'list') return this.#piece(this.#fields.asMap(node, 'a piece'))
    if (node.items.length === 0)
      this.#fields.refuse(node, 'a list of pieces must not be empty; write `text: ""` for no bytes')
    return Buffer.concat(node.items.map((item) => this.#piece(this.#fields.asMap(item, 'a piece'))))
  }

  #piece(map: YamlMap): Uint8Array {
    return map.entries.has('frame') ? this.#frame(map) : this.#content(map)
  }

  /** A frame of a WebSocket: what stands beside its own keys is its content. */
  #frame(map: YamlMap): Uint8Array {
    const fields = this.#fields
    const own = (key: keyof FrameKeys): boolean => map.entries.has(key)
    const keys: FrameKeys = {
      frame: fields.oneOfAt(map, 'frame', FRAME_KINDS),
      ...(own('fin') && { fin: fields.truthAt(map, 'fin') }),
      ...(own('rsv') && { rsv: fields.listAt(map, 'rsv').map((node) => fields.number(node, 'rsv')) }),
      ...(own('mask') && { mask: fields.textAt(map, 'mask') }),
      ...(own('length') && { length: fields.numberAt(map, 'length') }),
      ...(own('of') && { of: fields.numberAt(map, 'of') }),
      ...(own('code') && { code: fields.numberAt(map, 'code') }),
    }
    const rest = new Map([...map.entries].filter(([key]) => !isFrameKey(key)))
    const [[key, { keyOffset }] = ['', { keyOffset: map.offset }]] = rest
    if (key !== '' && !isKeyOf(PIECE_KINDS, key))
      return fields.refuse({ offset: keyOffset }, `${FRAME_FORM}, not ${quote(key)}`)
    const content = rest.size === 0 ? NOTHING : this.#content({ ...map, entries: rest })
    return frameBytes(keys, content, (detail, wrong, code) =>
      fields.refuse(map.entries.get(wrong)?.value ?? map, detail, code),
    )
  }

  #content(map: YamlMap): Uint8Array {
    const [[name, { keyOffset, value }] = this.#fields.refuse(map, PIECE_FORM), second] = map.entries
    if (!isKeyOf(PIECE_KINDS, name))
      return this.#fields.refuse({ offset: keyOffset }, `${PIECE_FORM}, not ${quote(name)}`)
    if (name === 'json') return this.#jsonPiece(map, value)
    if (second !== undefined) this.#fields.refuse({ offset: second[1].keyOffset }, PIECE_FORM)
    if (name === 'blob') return this.#blob(this.#fields.asMap(value, '`blob`'))
    return this.#bytesOf({ kind: name, text: this.#fields.text(value, name) }, value)
  }

  #jsonPiece(map: YamlMap, value: YamlNode): Uint8Array {
    this.#fields.checkKeys(map, ['json', 'style'])
    if (countValues(value) > MOST_JSON_VALUES) this.#fields.refuse(value, JSON_LIMIT)
    const text = this.#json(value)
    const style = map.entries.has('style')
      ? this.#fields.listAt(map, 'style').map((node) => this.#fields.oneOf(node, 'style', JSON_STYLES))
      : undefined
    const bytes = this.#bytesOf({ kind: 'json', text, style }, value)
    return bytes.length > LONGEST_JSON ? this.#fields.refuse(value, JSON_LIMIT) : bytes
  }

  #bytesOf(piece: Piece, value: YamlNode): Uint8Array {
    return bytesOf(piece, (code, detail) => this.#fields.refuse(value, detail, code))
  }

  #blob(map: YamlMap): Uint8Array {
    const { blob, from, to } = this.#rangeIn(map)
    return blob.read(from, to)
  }

  #rangeIn(map: YamlMap): { readonly blob: OpenBlob; readonly from: number; readonly to: number } {
    this.#fields.checkKeys(map, ['sha256', 'from', 'to'])
    const sha256 = this.#fields.textAt(map, 'sha256')
    if (!BLOB_NAME.test(sha256))
      this.#fields.refuse(
        this.#fields.need(map, 'sha256'),
        '`sha256` must be 64 lower-case hexadecimal digits, not a path',
      )
    const [from, to] = [this.#fields.numberAt(map, 'from'), this.#fields.numberAt(map, 'to')]
    const blob = this.#blobOf(map, sha256)
    const { size } = blob
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > size)
      this.#fields.refuse(map, `\`from\` and \`to\` must be offsets in these ${size} bytes`)
    return { blob, from, to }
  }

  #blobOf(map: YamlMap, sha256: string): OpenBlob {
    const known = this.#blobs.get(sha256)
    if (known !== undefined) return known
    if (this.#source === INLINE)
      return this.#fields.refuse(map, 'a text that is not in a file has no blobs', 'BLOB_MISSING')
    const blob = this.#source.open(sha256)
    this.#blobs.set(sha256, blob)
    return blob
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
          this.#fields.refuse(node, 'JSON readers differ in this number; make the piece a `text`')
        }
        return JSON.stringify(node.value)
    }
  }
}

const NOTHING = new Uint8Array(0)

const isFrameKey = (key: string): boolean => FRAME_KEYS.some((known) => known === key)

/** Scalars and collections, as the writer counts them. */
function countValues(node: YamlNode): number {
  let count = 1
  if (node.type === 'list') for (const item of node.items) count += countValues(item)
  if (node.type === 'map') for (const { value } of node.entries.values()) count += countValues(value)
  return count
}

const isJsonNumber = (value: number): boolean =>
  Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
