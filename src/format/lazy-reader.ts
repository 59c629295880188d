import { isUtf8 } from 'node:buffer'
import { CassetteError } from '../errors.ts'
import type { BytesEvent, Cassette, TapeEvent } from '../tape/cassette.ts'
import type { BlobSource, Inline } from './blob-access.ts'
import { decodeCassette, decodeWithBlobs } from './decode.ts'
import { encodeEnd } from './torn-tail.ts'
import { ItemCursor } from './item-cursor.ts'
import { JsonTooLong, readLines } from './line-reader.ts'
import { TapeReader } from './reader.ts'
import { type LateBytes, LateEvent } from '../tape/late-bytes.ts'
import { inOrder } from '../tape/record.ts'
import type { YamlMap, YamlNode } from './yaml-node.ts'
import { checkText, YamlSource } from './yaml-reader.ts'

/**
 * The cassette in a file that is to be played, whose bytes are decoded when they are asked for.
 *
 * What the client did, and all but what is in the answers, is checked at once. Checksums are not looked at. Gives `undefined` for a file that
 * is not in the form in which cassettes are written, or broken: then it must be decoded as a whole, which reports what is wrong.
 * In an answer that was edited into another form, or broken, that happens when it is asked for.
 */
export function openLazily(bytes: Uint8Array, file: string, blobs: BlobSource | Inline): Cassette | undefined {
  if (!isUtf8(bytes)) return undefined
  // Its bytes are not made a text: that would be as much memory once more.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const start = TAPE.exec(text.toString('latin1', 0, LONGEST_BEGINNING))?.[0].length
  const count = EVENTS.exec(text.toString('latin1', Math.max(text.length - LONGEST_END, 0)))?.[1]
  if (start === undefined || count === undefined || text.includes(CR) || CONFLICTS.some((mark) => isIn(text, mark)))
    return undefined
  try {
    const head = decodeCassette(`${text.toString('utf8', 0, start - TAPE_LINE.length)}tape: []\n${encodeEnd(0)}`, file)
    const tape = new LazyTape(text, file, blobs).read(start, text.length - `\nevents: ${count}\n`.length + 1)
    return tape?.length === Number(count) ? { ...head, tape: inOrder(tape) } : undefined
  } catch (error) {
    if (error instanceof CassetteError) return undefined
    throw error
  }
}

const TAPE_LINE = 'tape:\n'
const TAPE = /^(?:#[^\n]*\n)*wiretape: [^\n]*\nrecorded: \{[^\n]*\}\ntape:\n(?= {2})/
const LONGEST_BEGINNING = 4096
const EVENTS = /\nevents: (\d{1,10})\n$/
const LONGEST_END = 30
const CR = 0x0d
const CONFLICTS = ['<<<<<<<', '=======', '>>>>>>>', '|||||||']

/** Whether a line begins so; that there are such characters at all is seen sooner. */
const isIn = (text: Buffer, mark: string): boolean => text.includes(mark, 0, 'latin1') && text.includes(`\n${mark}`)

/** Every item of a tape starts a line with these, and no line within an item can: it stands deeper. */
const NEXT_ITEM = Buffer.from('\n  - ')

const SAVED = Buffer.from('  - saved: crc32 ')
const CRC32_DIGITS = 8
const VIA = Buffer.from('  - via: ')
const AT = Buffer.from('\n    at: ')
const RECEIVED = Buffer.from('\n    received:\n')
const ENDS = Buffer.from('\n    ends:')
const SENT_HEAD = Buffer.from('\n    sent:\n      crlf: |+\n')
/** Blanks before a line of a head. */
const INDENT = 8
const LINE_END = Buffer.from('\n')

class LazyTape {
  readonly #text: Buffer
  readonly #file: string
  readonly #blobs: BlobSource | Inline
  readonly #reader: TapeReader
  readonly #cursor: ItemCursor
  /** Whether there are segments with `ends`, which count before the bytes do. */
  readonly #hasEnds: boolean
  /** Events that have a checksum after them. */
  #recorded = 0
  #whole: readonly TapeEvent[] | undefined
  /** The answer that was decoded last: who plays one looks at it more than once. */
  #last: { readonly index: number; readonly bytes: Uint8Array } | undefined

  constructor(text: Buffer, file: string, blobs: BlobSource | Inline) {
    this.#text = text
    this.#file = file
    this.#blobs = blobs
    this.#reader = new TapeReader(new YamlSource('', file), blobs)
    this.#cursor = new ItemCursor(text)
    this.#hasEnds = text.includes(ENDS)
  }

  /** The events in a part of the text, or `undefined` where one of them has another form. */
  read(start: number, end: number): readonly TapeEvent[] | undefined {
    const tape: TapeEvent[] = []
    this.#cursor.moveTo(start)
    if (!this.#cursor.reachesItem(end)) return undefined
    for (let at = this.#cursor.at; at < end;) {
      const next = this.#readPlain(tape, at, end) ?? this.#readOther(tape, at, this.#nextItem(at, end))
      if (next === undefined) return undefined
      at = next
    }
    return tape
  }

  #nextItem(at: number, end: number): number {
    return this.#text.indexOf(NEXT_ITEM, at) + 1 || end
  }

  /** Reads what most items are, where this is one: the end of a record, or a segment. Says where the next item is. */
  #readPlain(tape: TapeEvent[], start: number, end: number): number | undefined {
    const cursor = this.#cursor
    cursor.moveTo(start)
    if (cursor.takes(SAVED)) return this.#endRecord(tape.length, end)
    const connection = cursor.takes(VIA) ? cursor.count() : undefined
    const at = connection !== undefined && cursor.takes(AT) ? cursor.time() : undefined
    if (connection === undefined || at === undefined) return undefined
    const range = this.#bytesIn(tape.length, start, end)
    if (range === undefined) return undefined
    this.#reader.checkOpen(connection, start)
    tape.push(new LateEvent({ type: range.type, connection, at }, new EncodedBytes(range, this)))
    return cursor.at
  }

  /** A checksum, which stands after events that have none yet. */
  #endRecord(events: number, end: number): number | undefined {
    const cursor = this.#cursor
    const isWhole = cursor.takesHex(CRC32_DIGITS) && cursor.takes(LINE_END) && cursor.reachesItem(end)
    if (!isWhole || events === this.#recorded) return undefined
    this.#recorded = events
    return cursor.at
  }

  /** An answer, whatever is in it, or the head of a request; the cursor is at the next item then. */
  #bytesIn(index: number, start: number, end: number): Range | undefined {
    const cursor = this.#cursor
    if (cursor.takes(RECEIVED)) {
      // That line may be the last one of its item.
      const next = this.#nextItem(cursor.at - LINE_END.length, end)
      cursor.moveTo(next)
      if (this.#hasEnds && this.#text.subarray(start, next).includes(ENDS)) return undefined
      return { type: 'received', index, start, end: next }
    }
    if (!cursor.takes(SENT_HEAD)) return undefined
    const headStart = cursor.at
    const headEnd = cursor.head()
    if (headEnd === undefined || !cursor.reachesItem(end)) return undefined
    return { type: 'sent', index, start: headStart, end: headEnd }
  }

  #readOther(tape: TapeEvent[], start: number, end: number): number | undefined {
    const item = itemIn(this.#text.toString('utf8', start, end), this.#file)
    if (item === undefined) return undefined
    tape.push(this.#reader.event(item))
    return end
  }

  /** @throws CassetteError as `decodeCassette`, where it has another form than the one in which it is written. */
  decode({ type, index, start, end }: Range): Uint8Array {
    if (type === 'sent') return this.#head(start, end)
    if (this.#last?.index === index) return this.#last.bytes
    const bytes = this.#decoded(start, end) ?? this.#fromWhole(index)
    this.#last = { index, bytes }
    return bytes
  }

  /** The bytes of a plain head, as the line reader gives them. */
  #head(start: number, end: number): Uint8Array {
    const lines = this.#text.toString('latin1', start + INDENT, end)
    return Buffer.from(`${lines.replaceAll(/\n(?: {8})?/g, '\r\n')}\r\n`, 'latin1')
  }

  #decoded(start: number, end: number): Uint8Array | undefined {
    try {
      const item = itemIn(this.#text.toString('utf8', start, end), this.#file)
      return item && this.#reader.payloadOf(item)
    } catch (error) {
      if (error instanceof CassetteError && !error.code.startsWith('BLOB_')) return undefined // told again, with its place
      throw error
    }
  }

  /** @throws CassetteError as `decodeCassette`. */
  #fromWhole(index: number): Uint8Array {
    this.#whole ??= decodeWithBlobs(this.#text.toString(), this.#file, this.#blobs).records.flat()
    const event = this.#whole[index]
    return event !== undefined && 'bytes' in event ? event.bytes : NOTHING
  }
}

/** The part of the text that holds the bytes of a segment. */
interface Range {
  readonly type: BytesEvent['type']
  /** Place of the segment on the tape. */
  readonly index: number
  readonly start: number
  readonly end: number
}

/** Bytes that are decoded when they are read. */
class EncodedBytes implements LateBytes {
  readonly #range: Range
  readonly #tape: LazyTape

  constructor(range: Range, tape: LazyTape) {
    this.#range = range
    this.#tape = tape
  }

  read(): Uint8Array {
    return this.#tape.decode(this.#range)
  }
}

const NOTHING = new Uint8Array(0)

function linesOf(text: string): YamlNode | undefined {
  try {
    return readLines(text)
  } catch (error) {
    if (error instanceof JsonTooLong) return undefined // told when all of it is decoded
    throw error
  }
}

/** The one item of a tape in these lines, where they are as we write them. */
function itemIn(lines: string, file: string): YamlMap | undefined {
  const source = new YamlSource(TAPE_LINE + lines, file)
  checkText(source)
  const root = linesOf(source.text)
  const tape = root?.type === 'map' && root.entries.size === 1 ? root.entries.get('tape')?.value : undefined
  const [item, second] = tape?.type === 'list' ? tape.items : []
  return item?.type === 'map' && second === undefined ? item : undefined
}
