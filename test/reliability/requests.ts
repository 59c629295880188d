import { NativeReader } from '../../scripts/fuzz/native.ts'
import { Random } from '../../scripts/fuzz/random.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import { LocalProtocolError } from '../../src/errors.ts'
import type { Transport } from '../../src/transport.ts'

/** Anything that a caller may pass. */
export interface MadeRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
}

/** What became of random requests. */
export interface RequestTally {
  requests: number
  /** Read by Node's parser as the one request that was meant. */
  read: number
  /** Thrown, and nothing was written. */
  thrown: number
  /** Refused by Node's parser, by its own code: it takes fewer requests for good ones. */
  refused: Record<string, number>
}

/** The first request that was read as something else than it was meant, or that threw too late. */
export interface RequestFind {
  readonly index: number
  readonly request: MadeRequest
  readonly written: string
  readonly what: string
}

/** Makes requests `from` to `to` of a seed, and reads what they write. */
export async function tryRequests(seed: number, from: number, to: number): Promise<RequestTally | RequestFind> {
  const reader = new NativeReader()
  const tally: RequestTally = { requests: 0, read: 0, thrown: 0, refused: {} }
  for (let index = from; index < to; index += 1) {
    const request = makeRequest(new Random(seed, index))
    const { written, error } = await write(request)
    const outcome = outcomeOf(reader, request, written, error)
    tally.requests += 1
    if (outcome.type === 'find') return { index, request, written, what: outcome.what }
    if (outcome.type === 'refused') tally.refused[outcome.code] = (tally.refused[outcome.code] ?? 0) + 1
    else tally[outcome.type] += 1
  }
  return tally
}

type Outcome =
  | { readonly type: 'read' | 'thrown' }
  | { readonly type: 'refused'; readonly code: string }
  | { readonly type: 'find'; readonly what: string }

function outcomeOf(reader: NativeReader, request: MadeRequest, written: string, error: unknown): Outcome {
  if (error !== undefined) {
    if (!(error instanceof LocalProtocolError)) return { type: 'find', what: 'threw what is no error of the caller' }
    return written === '' ? { type: 'thrown' } : { type: 'find', what: `threw ${error.code} after it had written` }
  }
  const bytes = Buffer.from(withMethodThatNodeKnows(written, request.method), 'latin1')
  const { steps, ending } = reader.read({ to: undefined, bytes, eof: false, limits: {}, lenient: {} })
  const heads = steps.filter((step) => step.startsWith('request-head'))
  if (heads.length > 1) return { type: 'find', what: `${heads.length} requests were read` }
  // Bytes behind a request for another protocol are not HTTP to it, though here they are the body.
  if (ending.type === 'error') return { type: 'refused', code: ending.code }
  const meant = stepsOf(request)
  const seen = steps.map((step) => step.replace(/^request-head \S+/, () => `request-head ${request.method}`))
  const difference = meant.findIndex((step, place) => step !== seen[place])
  if (difference === -1 && meant.length === seen.length) return { type: 'read' }
  return { type: 'find', what: `read as ${JSON.stringify(seen)}, not ${JSON.stringify(meant)}` }
}

/** Node's parser knows the methods that have a number there. The rest of the request is what matters here. */
const withMethodThatNodeKnows = (written: string, method: string): string =>
  written.startsWith(`${method} `) ? `GET ${written.slice(method.length + 1)}` : written

/** What a reader should see. */
function stepsOf({ method, target, headers, body }: MadeRequest): string[] {
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const fields = headers.map(([name, value]) => `${name}: ${value.replaceAll(/^[ \t]+|[ \t]+$/g, '')}`)
  if (!names.has('host')) fields.unshift('Host: api.test')
  const isFramed = names.has('content-length') || names.has('transfer-encoding')
  if (body !== undefined && !isFramed) fields.push(`Content-Length: ${Buffer.byteLength(body)}`)
  if (body === undefined && !isFramed && EMPTY_BODY.has(method)) fields.push('Content-Length: 0')
  const data = body === undefined || body === '' ? [] : [`data ${Buffer.from(body).toString('latin1')}`]
  return [[`request-head ${method} ${target} HTTP/1.1`, ...fields].join('\n'), ...data, 'end-of-message']
}

/** RFC 9110 section 8.6: without a body they say so. */
const EMPTY_BODY = new Set(['POST', 'PUT', 'PATCH'])

/** What a request writes, or throws. */
async function write({ method, target, headers, body }: MadeRequest): Promise<{ written: string; error: unknown }> {
  const written: Uint8Array[] = []
  const transport: Transport = {
    info: {},
    read: () => new Promise(() => {}),
    write: (bytes) => void written.push(bytes),
    end() {},
    destroy() {},
  }
  const connection = new HttpConnection({ host: 'api.test', connector: async () => transport, timeouts: null })
  const options: RequestOptions = { headers, ...(body !== undefined && { body }) }
  let error: unknown
  try {
    await connection.request(method, target, options)
  } catch (thrown) {
    error = thrown
  }
  await Promise.resolve()
  return { written: Buffer.concat(written).toString('latin1'), error }
}

/** Mostly a good request, with something bad in one of its places. */
export function makeRequest(random: Random): MadeRequest {
  const bad = random.below(6)
  return {
    method: bad === 0 ? spoilt(random, random.pick(METHODS)) : random.pick(METHODS),
    target: bad === 1 ? spoilt(random, random.pick(TARGETS)) : random.pick(TARGETS),
    headers: random.list(0, 4, () => [
      bad === 2 && random.chance(1, 2) ? spoilt(random, random.pick(NAMES)) : random.pick(NAMES),
      bad === 3 && random.chance(1, 2) ? spoilt(random, random.pick(VALUES)) : random.pick(VALUES),
    ]),
    body: random.chance(1, 3) ? random.pick(BODIES) : undefined,
  }
}

/** `text` with something put in, put in place of a part, or put behind it. */
function spoilt(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const cut = random.chance(1, 3) ? random.below(4) : 0
  const put = random.chance(1, 3) ? String.fromCharCode(random.below(0x2_00)) : random.pick(SPOILS)
  return text.slice(0, at) + put + text.slice(at + cut)
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'get', 'PURGE', "!#$%&'*+-.^_`|~"] as const
const TARGETS = ['/', '/path?a=b&c=%20', '*', 'http://api.test/path', '/a/../b//c', `/${'x'.repeat(300)}`] as const
// oxfmt-ignore
const NAMES = [
  'X-A', 'accept', 'Host', 'Content-Type', 'Content-Length', 'content-length', 'Transfer-Encoding', 'Expect', 'X',
  'Connection', 'Cookie', 'TE', 'Trailer', '__proto__', 'constructor', 'Authorization', 'User-Agent', 'Accept-Encoding',
] as const
// oxfmt-ignore
const VALUES = [
  '', 'a', 'api.test', 'text/plain; charset=utf-8', '0', '5', '6', '+5', '5, 5', ' 5 ', '05', 'chunked', 'Chunked',
  'gzip, chunked', 'chunked, chunked', 'identity', 'keep-alive', 'close', '\t', ' a\tb ', '\xe9\xff', '100-continue',
] as const
const BODIES = ['', 'hello', 'five!', 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n', '0\r\n\r\n', 'é'] as const
// oxfmt-ignore
const SPOILS = [
  '\r\n', '\r', '\n', '\0', ' ', '\t', ':', '\r\nX-Evil: 1', '\r\n\r\nGET /evil HTTP/1.1\r\n\r\n', ' HTTP/1.1\r\n',
  '\u010d\u010a', '\u0120', '\ud800', '\u0100', '\x7f', '\x80', '\x0b', '\x0c', '\u2028', '%0d%0a', '#', '"', ',',
] as const
