import { ResponseParser } from '../build/http1/response-parser.js'
import { type Answer, MEGABYTE, segments, SIXTY_FOUR_CHUNKS, SMALL, VARIED } from './answers.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'
import { HeadEnds } from './head-ends.ts'
import { createNativeParser, type NativeParser } from './native-parser.ts'

const NATIVE = 'HTTPParser of Node'
const SCAN = 'indexOf scan'

/**
 * Bytes to events, without sockets or promises.
 *
 * Ours and Node's return the status, all names and values as strings, and the body. The scan only looks for the end of the
 * head and knows the rest: the time of a reader that parses nothing.
 */
export const PARSER: Group = {
  name: 'parser',
  title: 'answers parsed, every event taken',
  baseline: NATIVE,
  *rows() {
    yield row('small API answer: 8 fields, 30 bytes of JSON', SMALL, [segments(SMALL)], 1.2)
    yield row(
      'small API answers, no two in a row alike',
      SMALL,
      VARIED.map((answer) => segments(answer)),
      1.2,
    )
    yield row('1 MiB by Content-Length, in segments of 64 KiB', MEGABYTE, [segments(MEGABYTE)], 10)
    yield row('64 KiB in chunks of 1 KiB', SIXTY_FOUR_CHUNKS, [segments(SIXTY_FOUR_CHUNKS)], 8)
    yield row('small API answer, byte by byte', SMALL, [segments(SMALL, 1)], 5)
  },
}

/** @param sources answers in their pieces, to be read in turns. */
function row(name: string, answer: Answer, sources: readonly (readonly Buffer[])[], goal: number): Row {
  const open = (): Contender[] => [
    contender(OURS, answer, sources, new OwnReader()),
    contender(NATIVE, answer, sources, new NativeReader()),
    contender(SCAN, answer, sources, new ScanReader(answer)),
  ]
  return { name, operation: 'an answer', goals: { [NATIVE]: goal }, open }
}

/** Reads an answer in pieces, and counts what it finds. */
interface Reader {
  readonly found: Found
  readAnswer(pieces: readonly Buffer[]): void
}

interface Found {
  answers: number
  /** Absent: not checked. */
  fields?: number
  bodyBytes: number
}

function contender(name: string, answer: Answer, sources: readonly (readonly Buffer[])[], reader: Reader): Contender {
  return {
    name,
    run(operations) {
      const { found } = reader
      const expected = {
        answers: found.answers + operations,
        fields: (found.fields ?? 0) + operations * answer.fields,
        bodyBytes: found.bodyBytes + operations * answer.bodyLength,
      }
      for (let i = 0; i < operations; i += 1) reader.readAnswer(sources[i % sources.length] ?? [])
      const isRight =
        found.answers === expected.answers &&
        found.bodyBytes === expected.bodyBytes &&
        (found.fields ?? expected.fields) === expected.fields
      if (!isRight) throw new Error(`${name} found ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
    },
  }
}

class OwnReader implements Reader {
  readonly found = { answers: 0, fields: 0, bodyBytes: 0 }
  readonly #parser = new ResponseParser()

  readAnswer(pieces: readonly Buffer[]): void {
    const parser = this.#parser
    const { found } = this
    parser.expectResponseTo('GET')
    for (const piece of pieces) {
      parser.push(piece)
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (event.type === 'response-head' && event.status === 200) found.fields += event.fields.length
        else if (event.type === 'data') found.bodyBytes += event.bytes.length
        else if (event.type === 'end-of-message') found.answers += 1
      }
    }
  }
}

class NativeReader implements Reader {
  readonly found = { answers: 0, fields: 0, bodyBytes: 0 }
  readonly #parser: NativeParser

  constructor() {
    const { found } = this
    this.#parser = createNativeParser({
      onHead: (status, rawHeaders) => {
        if (status === 200) found.fields += rawHeaders.length / 2
      },
      onBody: (bytes) => {
        found.bodyBytes += bytes.length
      },
      onEnd: () => {
        found.answers += 1
      },
    })
  }

  readAnswer(pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      const parsed = this.#parser.execute(piece)
      if (typeof parsed !== 'number') throw parsed
    }
  }
}

class ScanReader implements Reader {
  readonly found = { answers: 0, bodyBytes: 0 }
  readonly #answer: Answer
  readonly #heads = new HeadEnds()

  constructor(answer: Answer) {
    this.#answer = answer
  }

  readAnswer(pieces: readonly Buffer[]): void {
    let isInBody = false
    let length = 0
    for (const piece of pieces) {
      // A head in several pieces cannot be found with one search.
      isInBody ||= piece.indexOf('\r\n\r\n') !== -1 || this.#heads.count(piece) > 0
      length += piece.length
    }
    if (!isInBody || length !== this.#answer.bytes.length) return
    this.found.answers += 1
    this.found.bodyBytes += this.#answer.bodyLength
  }
}
