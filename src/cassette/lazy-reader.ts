import { isUtf8 } from 'node:buffer'
import { CassetteError } from '../errors.ts'
import type { BytesEvent, Cassette, TapeEvent } from './cassette.ts'
import { decodeCassette, encodeEnd } from './codec.ts'
import { readLines } from './line-reader.ts'
import { TapeReader } from './reader.ts'
import { inOrder } from './record.ts'
import { checkText, type YamlMap, YamlSource } from './yaml-reader.ts'

/**
 * The cassette in a file that is to be played, whose answers are decoded when they are asked for.
 *
 * What the client did, and all but the bytes of the answers, is read at once. Checksums are not looked at. Gives `undefined` for a file that
 * is not in the form in which cassettes are written, or broken: then it must be decoded as a whole, which tells what is wrong.
 * In an answer that was edited into another form, or broken, that happens when it is asked for.
 */
export function openLazily(bytes: Uint8Array, file: string): Cassette | undefined {
  if (!isUtf8(bytes)) return undefined
  // One character a byte: half the memory where there is one character beyond ASCII, and quick to cut.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const start = TAPE.exec(text.slice(0, LONGEST_BEGINNING))?.[0].length
  const count = EVENTS.exec(text.slice(-LONGEST_END))?.[1]
  if (
    start === undefined ||
    count === undefined ||
    text.includes('\r') ||
    CONFLICTS.some((mark) => text.includes(mark))
  )
    return undefined
  try {
    const head = decodeCassette(`${utf8(text.slice(0, start - TAPE_LINE.length))}tape: []\n${encodeEnd(0)}`, file)
    const tape = new LazyTape(text, file).read(start, text.length - `\nevents: ${count}\n`.length + 1)
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
const CONFLICTS = ['\n<<<<<<<', '\n=======', '\n>>>>>>>', '\n|||||||']

/** Every item of a tape starts a line with these, and no line within an item can: it stands deeper. */
const ITEM = '\n  - '

const SEGMENT = /  - via: ([1-9]\d{0,14})\n    at: ((?:0|[1-9]\d{0,11})(?:\.\d{1,6})?)\n    received:\n/y

const SAVED = /  - saved: crc32 [\da-f]{8}\n/y

class LazyTape {
  readonly #text: string
  readonly #file: string
  readonly #reader: TapeReader
  #whole: readonly TapeEvent[] | undefined
  /** The answer that was decoded last: who plays one looks at it more than once. */
  #last: { readonly index: number; readonly bytes: Uint8Array } | undefined

  constructor(text: string, file: string) {
    this.#text = text
    this.#file = file
    this.#reader = new TapeReader(new YamlSource('', file))
  }

  /** The events in a part of the text, or `undefined` where one of them has another form. */
  read(start: number, end: number): readonly TapeEvent[] | undefined {
    const tape: TapeEvent[] = []
    for (let at = start; at < end;) {
      const next = this.#text.indexOf(ITEM, at) + 1 || end
      if (at > start || this.#text.startsWith(ITEM.slice(1), at)) {
        if (!this.#readItem(tape, at, next)) return undefined
      } else if (!/^(?: {2}#[^\n]*\n)*$/.test(this.#text.slice(at, next))) return undefined
      at = next
    }
    return tape
  }

  #readItem(tape: TapeEvent[], start: number, end: number): boolean {
    SEGMENT.lastIndex = start
    const [, connection, at] = SEGMENT.exec(this.#text) ?? []
    if (connection !== undefined) {
      this.#reader.checkOpen(Number(connection), start)
      tape.push(this.#segment(tape.length, Number(connection), Number(at), start, end))
      return true
    }
    SAVED.lastIndex = start
    if (SAVED.test(this.#text)) return true
    const item = itemIn(utf8(this.#text.slice(start, end)), this.#file)
    if (item === undefined) return false
    tape.push(this.#reader.event(item))
    return true
  }

  #segment(index: number, connection: number, at: number, start: number, end: number): BytesEvent {
    const bytes = (): Uint8Array => this.#bytesOf(index, start, end)
    return {
      type: 'received',
      connection,
      at,
      get bytes() {
        return bytes()
      },
    }
  }

  #bytesOf(index: number, start: number, end: number): Uint8Array {
    if (this.#last?.index === index) return this.#last.bytes
    const bytes = this.#decoded(start, end) ?? this.#fromWhole(index)
    this.#last = { index, bytes }
    return bytes
  }

  #decoded(start: number, end: number): Uint8Array | undefined {
    try {
      const item = itemIn(utf8(this.#text.slice(start, end)), this.#file)
      return item && this.#reader.payloadOf(item)
    } catch (error) {
      if (error instanceof CassetteError && !error.code.startsWith('BLOB_')) return undefined // told again, with its place
      throw error
    }
  }

  /** @throws CassetteError as `decodeCassette`. */
  #fromWhole(index: number): Uint8Array {
    this.#whole ??= decodeCassette(utf8(this.#text), this.#file).records.flat()
    const event = this.#whole[index]
    return event !== undefined && 'bytes' in event ? event.bytes : NOTHING
  }
}

const NOTHING = new Uint8Array(0)

/** The one item of a tape in these lines, where they are as we write them. */
function itemIn(lines: string, file: string): YamlMap | undefined {
  const source = new YamlSource(TAPE_LINE + lines, file)
  checkText(source)
  const root = readLines(source.text)
  const tape = root?.type === 'map' ? root.entries.get('tape')?.value : undefined
  const [item, second] = tape?.type === 'list' ? tape.items : []
  return item?.type === 'map' && second === undefined ? item : undefined
}

function utf8(latin1: string): string {
  // oxlint-disable-next-line no-control-regex
  return /[^\0-\x7f]/.test(latin1) ? Buffer.from(latin1, 'latin1').toString() : latin1
}
