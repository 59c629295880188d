import { type Direction, readDirections } from '../messages/directions.ts'
import type { Message } from '../messages/speech.ts'
import type { Cassette } from '../tape/cassette.ts'
import { cut, type CutPart, cuts, type Parts, sideOf } from './parts.ts'

/** Field lines, but for those that say where the message ends, or how its content is coded. */
export function fields(cassette: Cassette): Parts {
  return inMessages(cassette, (direction, message) =>
    linesOf(direction, message.headStart, message.headEnd).flatMap(({ text, start, end }): CutPart[] => {
      const name = /^([^:\s]+):/.exec(text)?.[1]
      if (name === undefined || KEPT.has(name.toLowerCase())) return []
      return [cut(direction, `header ${name} of the ${sideOf(direction)}`, start, end)]
    }),
  )
}

const KEPT: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'content-encoding'])

/** Values of fields. */
export function values(cassette: Cassette): Parts {
  return inMessages(cassette, (direction, message) =>
    valuesIn(direction, message).map(({ name, start, end }) =>
      cut(direction, `value of ${name} in the ${sideOf(direction)}`, start, end),
    ),
  )
}

/** Single characters of values of fields. */
export function valueCharacters(cassette: Cassette): Parts {
  return inMessages(cassette, (direction, message) =>
    valuesIn(direction, message).flatMap(({ name, start, end }) =>
      Array.from({ length: end - start }, (_, index) =>
        cut(direction, `value of ${name} in the ${sideOf(direction)}`, start + index, start + index + 1),
      ),
    ),
  )
}

interface FieldValue {
  readonly name: string
  readonly start: number
  readonly end: number
}

function valuesIn(direction: Direction, message: Message): readonly FieldValue[] {
  return linesOf(direction, message.headStart, message.headEnd).flatMap(({ text, start }) => {
    const [, before = '', name = '', value = ''] = /^(([^:\s]+):[ \t]*)([^\r\n]*)/.exec(text) ?? []
    if (value === '' || KEPT.has(name.toLowerCase()) || (direction.type === 'sent' && /^host$/i.test(name))) return []
    return [{ name, start: start + before.length, end: start + before.length + value.length }]
  })
}

/** Reasons, extensions of chunks, trailers. */
export function extras(cassette: Cassette): Parts {
  return inMessages(cassette, (direction, message) => [
    ...reasonOf(direction, message),
    ...message.chunks.flatMap(({ lineStart, lineEnd }) => extensionsIn(direction, lineStart, lineEnd)),
    ...endParts(direction, message),
  ])
}

function reasonOf(direction: Direction, { headStart, headEnd }: Message): readonly CutPart[] {
  if (direction.type === 'sent') return []
  const [, before = '', reason = ''] =
    /^((?:\r?\n)*\S+ \d+ )([^\r\n]+)/.exec(direction.text.slice(headStart, headEnd)) ?? []
  const start = headStart + before.length
  return reason === '' ? [] : [cut(direction, `reason ${reason}`, start, start + reason.length)]
}

function extensionsIn(direction: Direction, start: number, end: number): readonly CutPart[] {
  const [, before = '', extensions = ''] =
    /^((?:\r?\n)?[\da-f]+)([^\r\n\da-f][^\r\n]*)/i.exec(direction.text.slice(start, end)) ?? []
  const from = start + before.length
  return extensions === '' ? [] : [cut(direction, `chunk extension ${extensions}`, from, from + extensions.length)]
}

function endParts(direction: Direction, { end, isChunked }: Message): readonly CutPart[] {
  if (end === undefined || !isChunked) return []
  const [, ...trailers] = linesOf(direction, end.start, end.end)
  const first = trailers[0]?.start ?? end.end
  return [
    ...extensionsIn(direction, end.start, first),
    ...trailers.flatMap(({ text, start, end: after }) =>
      /^[^:\s]+:/.test(text) ? [cut(direction, `trailer ${text.split(':', 1)[0]}`, start, after)] : [],
    ),
  ]
}

/** Borders between chunks, and chunks as such. */
export function chunkBorders(cassette: Cassette): Parts {
  const messages = messagesOf(cassette).flatMap(({ direction, message }) => {
    const sizes = message.chunks.map(({ lineStart, lineEnd }) => sizeIn(direction, lineStart, lineEnd))
    return message.isChunked && message.chunks.length > 1 ? [{ direction, message, sizes }] : []
  })
  const parts = messages.flatMap(({ direction, message, sizes }) =>
    message.chunks.slice(1).flatMap((chunk, index): (CutPart & { readonly of: Message; readonly at: number })[] => {
      // What has an extension says something of its own.
      const size = sizes[index + 1]
      if (size === undefined || size.end < chunk.lineEnd - 2) return []
      const border = cut(
        direction,
        `border between two chunks of the ${sideOf(direction)}`,
        chunk.lineStart,
        chunk.lineEnd,
      )
      return [{ ...border, of: message, at: index + 1 }]
    }),
  )
  const plain = cuts(cassette, parts)
  return {
    parts,
    without(removed) {
      const sums = new Map<string, CutPart>()
      const joined = new Map<Message, Set<number>>()
      for (const index of removed) {
        const part = parts[index]
        if (part !== undefined) joined.set(part.of, (joined.get(part.of) ?? new Set()).add(part.at))
      }
      for (const { direction, message, sizes } of messages) {
        const own = joined.get(message)
        let first = 0
        let total = message.chunks[0]?.size ?? 0
        for (let at = 1; at <= message.chunks.length; at += 1) {
          if (at < message.chunks.length && own?.has(at) === true) {
            total += message.chunks[at]?.size ?? 0
            continue
          }
          const size = sizes[first]
          if (size !== undefined && at - first > 1)
            sums.set(`${direction.key} ${size.start}`, {
              ...cut(direction, '', size.start, size.end),
              edits: [{ start: size.start, end: size.end, with: total.toString(16) }],
            })
          first = at
          total = message.chunks[at]?.size ?? 0
        }
      }
      const all = [...parts.filter((_, index) => removed.has(index)), ...sums.values()]
      return sums.size === 0 ? plain.without(removed) : cuts(cassette, all).without(new Set(all.keys()))
    },
  }
}

/** Where the digits of a chunk-size stand. */
function sizeIn(
  direction: Direction,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } | undefined {
  const [, before = '', digits = ''] = /^((?:\r?\n)?)([\da-f]+)/i.exec(direction.text.slice(start, end)) ?? []
  return digits === '' ? undefined : { start: start + before.length, end: start + before.length + digits.length }
}

/** The chunked coding of whole messages without trailers and extensions, in whose place a Content-Length comes. */
export function chunkings(cassette: Cassette): Parts {
  return inMessages(cassette, (direction, message) => {
    const { end, chunks, headStart, headEnd } = message
    if (end === undefined || !message.isChunked || hasExtras(direction, message)) return []
    const line = linesOf(direction, headStart, headEnd).find(({ text }) =>
      /^transfer-encoding:[ \t]*chunked[ \t]*\r\n/i.test(text),
    )
    if (line === undefined) return []
    const length = chunks.reduce((sum, { dataStart, dataEnd }) => sum + dataEnd - dataStart, 0)
    const part = cut(direction, `chunked coding of the ${sideOf(direction)}`, line.start, line.end)
    return [
      {
        ...part,
        edits: [
          { start: line.start, end: line.end, with: `Content-Length: ${length}\r\n` },
          ...chunks.map(({ lineStart, lineEnd }) => ({ start: lineStart, end: lineEnd, with: '' })),
          { start: end.start, end: end.end, with: '' },
        ],
      },
    ]
  })
}

const hasExtras = (direction: Direction, message: Message): boolean =>
  endParts(direction, message).length > 0 ||
  message.chunks.some(({ lineStart, lineEnd }) => extensionsIn(direction, lineStart, lineEnd).length > 0)

interface Line {
  /** With its line end. */
  readonly text: string
  readonly start: number
  readonly end: number
}

/** The lines of a stretch after the first one that is not empty. */
function linesOf(direction: Direction, from: number, to: number): readonly Line[] {
  let at = from
  return direction.text
    .slice(from, to)
    .split(/(?<=\n)/)
    .map((text) => {
      const line = { text, start: at, end: at + text.length }
      at += text.length
      return line
    })
    .filter(({ text }) => text.trim() !== '')
}

function inMessages(
  cassette: Cassette,
  partsIn: (direction: Direction, message: Message) => readonly CutPart[],
): Parts {
  return cuts(
    cassette,
    messagesOf(cassette).flatMap(({ direction, message }) => partsIn(direction, message)),
  )
}

/** Every message of a cassette. */
export function messagesOf(
  cassette: Cassette,
): readonly { readonly direction: Direction; readonly message: Message }[] {
  return readDirections(cassette.tape).flatMap((direction) =>
    direction.speech.messages.map((message) => ({ direction, message })),
  )
}
