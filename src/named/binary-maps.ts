import type { Visit } from './named-value.ts'

/**
 * Reads the maps of MessagePack and of CBOR (RFC 8949), at any depth, and gives each text or bytes under a name; in a list under a name, too.
 *
 * Nothing is given of what is not wholly of that form: what only begins so is something else. Texts are byte strings.
 */
export function readBinaryMaps(text: string, format: BinaryFormat, visit: Visit): void {
  const values: Parameters<Visit>[0][] = []
  const reader = new BinaryReader(text, format === 'cbor' ? cborHead : packedHead, (value) => values.push(value))
  if (reader.readsAll()) for (const value of values) visit(value)
}

/** The formats that name what is in them. */
export type BinaryFormat = 'msgpack' | 'cbor'

/** What an item is, and what follows the bytes that say so. */
interface Head {
  readonly type: 'string' | 'other' | 'list' | 'map' | 'tag' | 'end'
  /** How long it is, or how many items are in it; infinite until an end. */
  readonly count: number
  /** Where its content begins. */
  readonly start: number
}

type ReadHead = (text: string, at: number) => Head | undefined

/** Longer texts name nothing. */
const LONGEST_NAME = 100
const DEEPEST = 64

class BinaryReader {
  readonly #text: string
  readonly #headAt: ReadHead
  readonly #visit: Visit
  #at = 0
  /** The last text that was read. */
  #name: string | undefined

  constructor(text: string, headAt: ReadHead, visit: Visit) {
    this.#text = text
    this.#headAt = headAt
    this.#visit = visit
  }

  /** Whether the text is items of the format and nothing else. */
  readsAll(): boolean {
    while (this.#at < this.#text.length) if (this.#read(undefined, 0) !== 'item') return false
    return true
  }

  /** `undefined`: what is there is no item. */
  #read(name: string | undefined, depth: number): 'item' | 'end' | undefined {
    const head = this.#headAt(this.#text, this.#at)
    if (head === undefined || depth > DEEPEST) return undefined
    this.#at = head.start
    this.#name = undefined
    switch (head.type) {
      case 'end':
        return 'end'
      case 'tag':
        return this.#read(name, depth + 1)
      case 'list':
        return this.#items(head.count, depth, () => name)
      case 'map':
        return this.#items(head.count * 2, depth, (k) => (k % 2 === 0 ? undefined : this.#name))
      case 'string':
      case 'other':
        return this.#take(head, name)
    }
  }

  #items(count: number, depth: number, nameOf: (place: number) => string | undefined): 'item' | undefined {
    for (let k = 0; k < count; k += 1) {
      const read = this.#read(nameOf(k), depth + 1)
      if (read === 'end' && count === Infinity) break
      if (read !== 'item') return undefined
    }
    this.#name = undefined
    return 'item'
  }

  #take({ type, count, start }: Head, name: string | undefined): 'item' | undefined {
    const end = start + count
    if (end > this.#text.length) return undefined
    this.#at = end
    if (type === 'string' && name !== undefined) this.#visit({ name, start, end })
    else if (type === 'string' && count <= LONGEST_NAME) this.#name = this.#text.slice(start, end)
    return 'item'
  }
}

/** The number in `size` bytes, the highest first. */
function numberAt(text: string, at: number, size: number): number {
  let number = 0
  for (let k = at; k < at + size; k += 1) number = number * 256 + text.charCodeAt(k)
  return number
}

/** A head with its count in the bytes after it. */
function counted(text: string, at: number, type: Head['type'], size: number, more = 0): Head | undefined {
  const start = at + 1 + size
  return start > text.length ? undefined : { type, count: numberAt(text, at + 1, size) + more, start }
}

function packedHead(text: string, at: number): Head | undefined {
  const code = text.charCodeAt(at)
  const start = at + 1
  if (code < 0x80 || code >= 0xe0) return { type: 'other', count: 0, start }
  if (code < 0x90) return { type: 'map', count: code & 15, start }
  if (code < 0xa0) return { type: 'list', count: code & 15, start }
  if (code < 0xc0) return { type: 'string', count: code & 31, start }
  const [type, size = 0, more = 0] = PACKED[code - 0xc0] ?? []
  return type === undefined
    ? undefined
    : type === 'fixed'
      ? { type: 'other', count: size, start }
      : counted(text, at, type, size, more)
}

/** From 0xc0 on: what it is, in how many bytes its count stands or how many it has, and how many more there are. */
// oxfmt-ignore
const PACKED: readonly (readonly [type?: Head['type'] | 'fixed', size?: number, more?: number])[] = [
  ['fixed', 0], [], ['fixed', 0], ['fixed', 0], ['string', 1], ['string', 2], ['string', 4], ['other', 1, 1],
  ['other', 2, 1], ['other', 4, 1], ['fixed', 4], ['fixed', 8], ['fixed', 1], ['fixed', 2], ['fixed', 4], ['fixed', 8],
  ['fixed', 1], ['fixed', 2], ['fixed', 4], ['fixed', 8], ['fixed', 2], ['fixed', 3], ['fixed', 5], ['fixed', 9],
  ['fixed', 17], ['string', 1], ['string', 2], ['string', 4], ['list', 2], ['list', 4], ['map', 2], ['map', 4],
]

/** By the three highest bits of the first byte (RFC 8949 section 3.1). */
const MAJOR: readonly Head['type'][] = ['other', 'other', 'string', 'string', 'list', 'map', 'tag', 'other']
const ENDLESS = 31

function cborHead(text: string, at: number): Head | undefined {
  const code = text.charCodeAt(at)
  const major = code >> 5
  const type = MAJOR[major] ?? 'other'
  const short = code & 31
  if (short === ENDLESS) return endless(major, type, at + 1)
  if (short > 27) return undefined
  const size = short < 24 ? 0 : 1 << (short - 24)
  if (at + 1 + size > text.length) return undefined
  const start = at + 1 + size
  // Numbers, simple values and tags have no content of their own.
  if (type === 'other' || type === 'tag') return { type, count: 0, start }
  return { type, count: size === 0 ? short : numberAt(text, at + 1, size), start }
}

/** A text in pieces is a list of them: each has its own length. */
function endless(major: number, type: Head['type'], start: number): Head | undefined {
  if (major === 7) return { type: 'end', count: 0, start }
  if (type === 'other' || type === 'tag') return undefined
  return { type: type === 'map' ? 'map' : 'list', count: Infinity, start }
}
