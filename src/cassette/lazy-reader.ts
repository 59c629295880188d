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
  // Its bytes are not made a text: that would be as much memory once more.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const start = TAPE.exec(text.toString('latin1', 0, LONGEST_BEGINNING))?.[0].length
  const count = EVENTS.exec(text.toString('latin1', Math.max(text.length - LONGEST_END, 0)))?.[1]
  if (start === undefined || count === undefined || text.includes(CR) || CONFLICTS.some((mark) => isIn(text, mark)))
    return undefined
  try {
    const head = decodeCassette(`${text.toString('utf8', 0, start - TAPE_LINE.length)}tape: []\n${encodeEnd(0)}`, file)
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
const CR = 0x0d
const CONFLICTS = ['<<<<<<<', '=======', '>>>>>>>', '|||||||']

/** Whether a line begins so; that there are such characters at all is seen sooner. */
const isIn = (text: Buffer, mark: string): boolean => text.includes(mark, 0, 'latin1') && text.includes(`\n${mark}`)

/** Every item of a tape starts a line with these, and no line within an item can: it stands deeper. */
const ITEM = '\n  - '

const SEGMENT =
  /^  - via: ([1-9]\d{0,14})\n    at: ((?:0|[1-9]\d{0,11})(?:\.\d{1,6})?)\n    (received:\n|sent:\n      crlf: \|\+\n)/
const LONGEST_PLACE = 100

/** The lines of a head as most clients send it, and the comments for what follows. */
const HEAD = /^((?: {8}[!-~](?:[ -~]*[!-~])?\n)+)\n(?: {2}#[^\n]*\n)*$/

const SAVED = /^  - saved: crc32 [\da-f]{8}\n/

class LazyTape {
  readonly #text: Buffer
  readonly #file: string
  readonly #reader: TapeReader
  #whole: readonly TapeEvent[] | undefined
  /** The answer that was decoded last: who plays one looks at it more than once. */
  #last: { readonly index: number; readonly bytes: Uint8Array } | undefined

  constructor(text: Buffer, file: string) {
    this.#text = text
    this.#file = file
    this.#reader = new TapeReader(new YamlSource('', file))
  }

  /** The events in a part of the text, or `undefined` where one of them has another form. */
  read(start: number, end: number): readonly TapeEvent[] | undefined {
    const tape: TapeEvent[] = []
    for (let at = start; at < end;) {
      const next = this.#text.indexOf(ITEM, at, 'latin1') + 1 || end
      if (at > start || this.#text.toString('latin1', at, at + ITEM.length - 1) === ITEM.slice(1)) {
        if (!this.#readItem(tape, at, next)) return undefined
      } else if (!/^(?: {2}#[^\n]*\n)*$/.test(this.#text.toString('latin1', at, next))) return undefined
      at = next
    }
    return tape
  }

  #readItem(tape: TapeEvent[], start: number, end: number): boolean {
    const place = this.#text.toString('latin1', start, Math.min(start + LONGEST_PLACE, end))
    const [all = '', connection, at, kind = ''] = SEGMENT.exec(place) ?? []
    if (connection !== undefined && kind.startsWith('received')) {
      this.#reader.checkOpen(Number(connection), start)
      tape.push(this.#segment(tape.length, Number(connection), Number(at), start, end))
      return true
    }
    if (SAVED.test(place)) return true
    const head = connection === undefined ? undefined : this.#head(start + all.length, end)
    if (head !== undefined) {
      this.#reader.checkOpen(Number(connection), start)
      tape.push({ type: 'sent', connection: Number(connection), at: Number(at), bytes: head })
      return true
    }
    const item = itemIn(this.#text.toString('utf8', start, end), this.#file)
    if (item === undefined) return false
    tape.push(this.#reader.event(item))
    return true
  }

  /** The bytes of a plain head, as the line reader gives them. */
  #head(start: number, end: number): Uint8Array | undefined {
    const [, lines] = HEAD.exec(this.#text.toString('latin1', start, end)) ?? []
    return lines === undefined
      ? undefined
      : Buffer.from(`${lines.slice(8).replaceAll(/\n(?: {8})?/g, '\r\n')}\r\n`, 'latin1')
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
      const item = itemIn(this.#text.toString('utf8', start, end), this.#file)
      return item && this.#reader.payloadOf(item)
    } catch (error) {
      if (error instanceof CassetteError && !error.code.startsWith('BLOB_')) return undefined // told again, with its place
      throw error
    }
  }

  /** @throws CassetteError as `decodeCassette`. */
  #fromWhole(index: number): Uint8Array {
    this.#whole ??= decodeCassette(this.#text.toString(), this.#file).records.flat()
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
