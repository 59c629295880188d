/**
 * Well-formed messages by the grammar of RFC 9112, with its rare forms more often than usual.
 *
 * test/helpers/made-messages.ts makes such messages together with their meaning, at 0.6 ms each; here many are needed, and
 * their meaning is not, because they are only compared.
 */
import type { Random } from './random.ts'

/** A message in the parts that a mutation changes; text is latin-1, lines are without their CRLF. */
export interface Message {
  /** The method of the request that this is, or that this answers. */
  readonly method: string
  /** CRLFs before the start line. */
  blankLines: string
  startLine: string
  readonly fields: string[]
  /** The body, unless it is chunked. */
  content: string
  /** All chunks, the last one included; empty if the body is not chunked. */
  readonly chunks: Chunk[]
  readonly trailers: string[]
}

export interface Chunk {
  /** Size and extensions. */
  line: string
  /** Empty: the last chunk. */
  readonly data: string
}

/** Which side a message comes from. */
export type Side = 'response' | 'request'

export const SIDES: readonly [Side, ...Side[]] = ['response', 'request']

/** One to four messages on one connection. */
export function makeMessages(random: Random, side: Side): Message[] {
  return random.list(1, random.pick([1, 1, 2, 4]), () => makeMessage(random, side))
}

export function makeMessage(random: Random, side: Side): Message {
  return side === 'response' ? makeResponse(random) : makeRequest(random)
}

/** The bytes of `message`, as latin-1 text. */
export function textOf(message: Message): string {
  const { blankLines, startLine, fields, content, chunks, trailers } = message
  const head = `${blankLines}${lines([startLine, ...fields])}\r\n`
  if (chunks.length === 0) return head + content
  const pieces = chunks.map(({ line, data }) => `${line}\r\n${data === '' ? '' : `${data}\r\n`}`)
  return `${head}${pieces.join('')}${lines(trailers)}\r\n`
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\r\n`).join('')

function makeResponse(random: Random): Message {
  const method = random.pick(['GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'CONNECT'])
  const version = random.pick(['1.1', '1.1', '1.1', '1.1', '1.1', '1.0'])
  const status = random.pick(STATUSES)
  const reason = random.pick([' OK', ' OK', ' OK', '', ' ', ' Not  Quite\t\xe9 '])
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304
  const framing = random.pick(['length', 'length', 'chunked', 'chunked', 'none'] as const)
  return makeBody(random, bodiless ? 'none' : framing, {
    method,
    startLine: `HTTP/${version} ${status}${reason}`,
    fields: makeFields(random, [
      ...(bodiless && random.chance(1, 3) ? [random.pick(IDLE_FRAMING)] : []),
      ...keepAlive(random, version),
    ]),
  })
}

/** Without it, HTTP/1.0 connections end soon. */
const keepAlive = (random: Random, version: string): string[] =>
  version === '1.0' && random.chance(1, 2) ? ['Connection: keep-alive'] : []

// 101 and the statuses around those with rules of their own.
const STATUSES = [
  200, 200, 200, 200, 404, 204, 304, 100, 100, 101, 102, 103, 199, 203, 205, 206, 303, 500, 999,
] as const

/** Framing fields for the head of a message that has no body by rule. */
const IDLE_FRAMING = ['Content-Length: 5', 'Content-Length: 0', 'Transfer-Encoding: chunked'] as const

function makeRequest(random: Random): Message {
  const method = random.pick(METHODS)
  const version = random.pick(['1.1', '1.1', '1.1', '1.1', '1.0'])
  const target = method === 'CONNECT' ? 'a.test:443' : random.pick(TARGETS)
  return makeBody(random, random.pick(['none', 'length', 'chunked'] as const), {
    method,
    startLine: `${method} ${target} HTTP/${version}`,
    fields: makeFields(random, keepAlive(random, version)),
  })
}

// oxfmt-ignore
const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'PUT', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'M-SEARCH', 'CONNECT'] as const

const TARGETS = ['/', '/', '/a/b?c=d', '*', 'http://a.test/b?c', '/a%20b', "/~!$&'()*+,;=:@-._", '/?a=/?#b'] as const

/** `message` with a body of the kind wanted. */
function makeBody(
  random: Random,
  framing: 'none' | 'length' | 'chunked',
  { method, startLine, fields }: Pick<Message, 'method' | 'startLine' | 'fields'>,
): Message {
  const message = { method, blankLines: random.pick(BLANK_LINES), startLine, fields, trailers: [] }
  switch (framing) {
    case 'none':
      return { ...message, content: '', chunks: [] }
    case 'length': {
      const content = makeData(random)
      insert(random, fields, `${random.pick(['Content-Length', 'content-length'])}: ${content.length}`)
      return { ...message, content, chunks: [] }
    }
    case 'chunked': {
      insert(random, fields, `${random.pick(['Transfer-Encoding', 'transfer-encoding'])}: chunked`)
      const chunks = [...random.list(0, 3, () => makeChunk(random, makeData(random) || 'x')), makeChunk(random, '')]
      return { ...message, content: '', chunks, trailers: random.chance(1, 2) ? makeFields(random, []) : [] }
    }
  }
}

const BLANK_LINES = ['', '', '', '', '', '', '', '\r\n', '\r\n\r\n'] as const

function makeChunk(random: Random, data: string): Chunk {
  const digits = data.length.toString(16)
  const size = random.pick(['', '', '', '0', '000']) + (random.chance(1, 2) ? digits : digits.toUpperCase())
  const extensions = random.chance(1, 4) ? random.list(1, 2, () => random.pick(EXTENSIONS)) : []
  return { line: size + extensions.join(''), data }
}

const EXTENSIONS = [';a', ';a=b', ';a="b"', ';a=""', String.raw`;a="\";"`, ' ; a = b', '\t;\ta', ';a="\xe9 b"'] as const

/** Up to four field lines, and the given ones. */
export function makeFields(random: Random, given: readonly string[]): string[] {
  const fields = random.list(0, 4, () => makeField(random))
  for (const line of given) insert(random, fields, line)
  return fields
}

function makeField(random: Random): string {
  const blanks = random.pick(BLANKS)
  return `${random.pick(NAMES)}:${blanks}${random.pick(VALUES)}${random.chance(1, 6) ? random.pick(BLANKS) : ''}`
}

const BLANKS = [' ', ' ', ' ', '', '\t', '  ', ' \t'] as const

// oxfmt-ignore
const NAMES = ['A', 'b', 'Host', 'X-Long-Name', "!#$%&'*+-.^_`|~9", 'Set-Cookie', 'Content-Type', 'Content-Lengt', 'Upgrade', 'Trailer', '__proto__', 'constructor'] as const

const VALUES = [
  'b',
  'b c',
  'a, b',
  '"q\\""',
  '',
  'text/plain; charset=utf-8',
  ':',
  '\x80\xff',
  'websocket',
  '0',
] as const

const insert = (random: Random, list: string[], line: string): void =>
  void list.splice(random.below(list.length + 1), 0, line)

function makeData(random: Random): string {
  const length = random.pick([0, 1, 2, 5, 5, 9, 16, 17, 40])
  if (random.chance(1, 2)) return 'hello, world\r\n'.repeat(3).slice(0, length)
  return random.list(length, length, () => String.fromCharCode(random.below(256))).join('')
}
