import * as fc from 'fast-check'
import type { RequestEvent, ResponseEvent } from '../../src/http1/events.ts'
import { INLINE } from '../../src/format/blob-access.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { checkFaithful } from '../../src/format/faithful.ts'
import type { RequestParser } from '../../src/http1/request-parser.ts'
import { ResponseParser } from '../../src/http1/response-parser.ts'
import { redactCassette } from '../../src/redaction/redact-cassette.ts'
import type { Cassette } from '../../src/tape/cassette.ts'
import { bytesOf, outline } from '../redaction/outline.ts'
import { BODIES, CODINGS, conversationWith, FRAMINGS, type MadeBody, SECRET, TYPES } from './bodies.ts'

/** Milliseconds for a body of some thousand bytes on a machine that is busy: quadratic time takes longer. */
const MOST_TIME = 5000

/**
 * What is wrong with the way in which a conversation is redacted and written, if anything is.
 *
 * Nothing throws, it takes no time to speak of, the messages stay what they were, and their contents do not depend on how they were framed.
 */
export function bodyBreach(made: MadeBody): string | undefined {
  const cassette = conversationWith(made)
  const startedAt = performance.now()
  const redacted = redactCassette(cassette, { secrets: [SECRET] }).cassette
  const text = encodeCassette(redacted)
  checkFaithful('bodies.yaml', text, redacted, INLINE)
  const took = performance.now() - startedAt
  if (took > MOST_TIME) return `it took ${Math.round(took)} ms`
  if (outline(redacted).join('\n') !== outline(cassette).join('\n')) return 'the messages are others'
  if (!isWhole(made)) return undefined
  const plain = redactCassette(conversationWith({ ...made, framing: 'a length' }), { secrets: [SECRET] }).cassette
  return answerIn(redacted).equals(answerIn(plain)) ? undefined : 'the content depends on the framing'
}

/**
 * Whether all of a body comes. What ends with its connection may be cut, so a coding that is cut there is undone as far as it goes.
 *
 * Some of the listed bodies are gzip themselves, and edits cut them.
 */
function isWhole({ framing, coding, body }: MadeBody): boolean {
  if (framing === 'the end of the connection') return !coding.includes('cut') && !isGzip(body)
  return framing === 'chunks' || framing === 'small chunks'
}

const isGzip = (body: Uint8Array): boolean => body[0] === 0x1f && body[1] === 0x8b

function answerIn(cassette: Cassette): Buffer {
  const parser = new ResponseParser()
  parser.expectResponseTo('POST')
  return contentIn(parser, bytesOf(cassette, 'received'))
}

/** The content that a parser finds, without its transfer coding. */
export function contentIn(parser: RequestParser | ResponseParser, bytes: Buffer): Buffer {
  const content: Uint8Array[] = []
  parser.push(bytes)
  parser.pushEof()
  for (let event: RequestEvent | ResponseEvent | undefined = parser.next(); event; event = parser.next())
    if (event.type === 'data') content.push(event.bytes)
  return Buffer.concat(content)
}

/** Bodies of the kinds in the list, put together at random, and broken a little. */
export function madeBodies(size: number): fc.Arbitrary<MadeBody> {
  const one = fc.constantFrom(...Object.values(BODIES)).map((make) => make(size))
  const parts = fc.array(fc.oneof(one, fc.uint8Array({ maxLength: 40 }), fc.constant(Buffer.from('\r\n--b\r\n'))), {
    minLength: 1,
    maxLength: 3,
  })
  const edit = fc.record({
    at: fc.nat(size),
    removed: fc.nat(20),
    added: fc.constantFrom('', '\0', '"', '\r\n', '{', '--b'),
  })
  const body = fc
    .tuple(parts, fc.array(edit, { maxLength: 2 }))
    .map(([all, edits]) => edits.reduce(edited, Buffer.concat(all)))
  return fc.record({
    body,
    type: fc.constantFrom(...TYPES),
    coding: fc.constantFrom(...Object.keys(CODINGS)),
    framing: fc.constantFrom(...Object.keys(FRAMINGS)),
  })
}

const edited = (body: Buffer, { at, removed, added }: { at: number; removed: number; added: string }): Buffer =>
  Buffer.concat([body.subarray(0, at), Buffer.from(added), body.subarray(at + removed)])

/** Every body of the list, each with types, codings and framings that take turns; `step` says how far they go on. */
export function listedBodies(size: number, step = 1): readonly (MadeBody & { readonly name: string })[] {
  const [codings, framings] = [Object.keys(CODINGS), Object.keys(FRAMINGS)]
  return Object.entries(BODIES).flatMap(([name, make], row) =>
    TYPES.map((type, column) => {
      const turn = row * TYPES.length + column * step
      return { name, body: make(size), type, coding: at(codings, turn * 5 + row), framing: at(framings, turn + row) }
    }),
  )
}

const at = (names: readonly string[], index: number): string => names[index % names.length] ?? ''
