import { inBraces } from '../content/placeholders.ts'
import type { Cassette } from '../tape/cassette.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import { applyEdits, mergeEdits } from '../content/edits.ts'
import { type Disguised, formedIn, PLACEHOLDER } from '../content/placeholders.ts'
import { decodeContent } from '../content/coded-content.ts'
import { placeholdersInMessage } from '../outgoing/placeholders-in.ts'
import { HttpConnection } from '../client/http-connection.ts'
import { connectSocket } from '../client/socket-connector.ts'
import type { TimeoutsOption } from '../client/timeouts.ts'
import { LocalProtocolError, WiretapeError } from '../errors.ts'
import type { FieldLine } from '../http1/events.ts'
import { Recorder } from '../recorder/recorder.ts'
import { type Connector, formatAuthority, formatOrigin, type Origin, parseOrigin } from '../transport.ts'
import { type Drift, driftsOf } from './drift.ts'
import { requestPattern } from '../inspection/request-pattern.ts'
import { DEFAULT_RULES, parseVolatileRule } from '../inspection/volatile.ts'
import { monotonicNow } from '../timers.ts'
import { checkOptions } from '../options.ts'

/** How to compare a cassette with a live server. */
export interface VerifyOptions {
  /** Origin of the server, such as `http://127.0.0.1:8080`; paths come from the recording. */
  readonly target: string | URL
  /** Whether to send requests that may change something on the server. Default: `false`, safe methods only (RFC 9110 section 9.2.1). */
  readonly unsafe?: boolean | undefined
  /** What may differ: `header:ETag`, `json:$.items[*].id`, `body`, each optionally after `GET /users/* `. Default: `Date` and the like. */
  readonly volatile?: readonly string[] | undefined
  /** Which requests are sent, such as `GET /users/*`. Default: all. */
  readonly only?: readonly string[] | undefined
  /** Real values for placeholders, by their names: `{ 'authorization.1': 'Bearer x' }`. Default: none. */
  readonly secrets?: Readonly<Record<string, string>> | undefined
  /** How to reach the server. Default: sockets. */
  readonly connector?: Connector | undefined
  /** As for a connection. Default: 30 s for each phase. */
  readonly timeouts?: TimeoutsOption | undefined
  /** Whether an https server must show a valid certificate. Default: `true`. */
  readonly verify?: boolean | undefined
  /** Called before each request. */
  readonly onProgress?: ((done: number, total: number, request: string) => void) | undefined
}

/** The result for one recorded interaction. */
export interface VerifiedInteraction {
  /** Place in the cassette, from 0. */
  readonly interaction: number
  readonly method: string
  /** As recorded. */
  readonly url: string
  /** For `skipped`, the field of that name says why; only `drifted` has drifts. */
  readonly outcome: 'same' | 'drifted' | 'skipped'
  readonly skipped: string | undefined
  readonly drifts: readonly Drift[]
  /** Milliseconds from request to the end of the answer. */
  readonly took: number
}

const VERIFY_OPTIONS: Readonly<Record<keyof VerifyOptions, true>> = {
  target: true,
  unsafe: true,
  volatile: true,
  only: true,
  secrets: true,
  connector: true,
  timeouts: true,
  verify: true,
  onProgress: true,
}

/**
 * Sends the recorded requests to a live server, one after the other, and returns how its answers differ from the recorded ones.
 *
 * Each goes out as recorded, except for `Host`, over a connection of its own. An answer counts as the same if it differs only where the recording
 * has a placeholder, or where a rule allows it.
 *
 * @throws LocalProtocolError `INVALID_OPTION`.
 */
export async function verifyCassette(
  cassette: Cassette,
  options: VerifyOptions,
): Promise<readonly VerifiedInteraction[]> {
  checkOptions('verifyCassette', options, VERIFY_OPTIONS)
  const target = parseOrigin(options.target)
  if (target === undefined)
    throw new LocalProtocolError('INVALID_OPTION', `target: not an origin: ${String(options.target)}`)
  const rules = [...DEFAULT_RULES, ...(options.volatile ?? []).map(parseVolatileRule)]
  const only = options.only?.map((text) => requestPattern(text, 'only'))
  const { exchanges } = readExchanges(cassette)
  const results: VerifiedInteraction[] = []
  for (const [interaction, recorded] of exchanges.entries()) {
    const { request, url } = recorded
    const { method } = request
    options.onProgress?.(interaction, exchanges.length, `${method} ${url}`)
    const isWanted = only?.some((pattern) => pattern(method, request.target)) ?? true
    const skipped = isWanted ? objectionTo(recorded, options) : 'not asked for'
    if (skipped !== undefined) {
      results.push({ interaction, method, url, outcome: 'skipped', skipped, drifts: [], took: 0 })
      continue
    }
    const began = monotonicNow()
    const live = await ask(recorded, target, options)
    const took = monotonicNow() - began
    const applying = rules.filter(({ isFor }) => isFor(method, request.target))
    const found = typeof live === 'string' ? [unreached(recorded, live)] : driftsOf(recorded, live, applying)
    const drifts = found.map((drift) => withoutSecrets(drift, options.secrets ?? {}))
    const outcome = drifts.length === 0 ? 'same' : 'drifted'
    results.push({ interaction, method, url, outcome, skipped: undefined, drifts, took })
  }
  return results
}

/** A server may echo what it was sent: placeholders stand for the values again. */
function withoutSecrets({ grade, place, before, after }: Drift, secrets: Readonly<Record<string, string>>): Drift {
  const values = Object.entries(secrets).filter(([, value]) => value !== '')
  const hidden = (text: string): string =>
    values.reduce((rest, [name, value]) => rest.replaceAll(value, () => inBraces(name)), text)
  return { grade, place: hidden(place), before: before && hidden(before), after: after && hidden(after) }
}

/** RFC 9110 section 9.2.1. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

function objectionTo(recorded: Exchange, { unsafe = false, secrets = {} }: VerifyOptions): string | undefined {
  const { request, response } = recorded
  if (request.method === 'CONNECT' || request.target === '*') return 'a tunnel, or a request of no path'
  if (!unsafe && !SAFE.has(request.method)) return `${request.method} may change something there`
  if (!request.isComplete) return 'the request was never sent whole'
  if (response?.status === 101) return 'it ends in another protocol'
  const [left] = placeholdersInMessage(asSent(recorded, secrets), recorded.connection.disguised)
  if (left === undefined) return undefined
  const { name, where } = left
  return Object.hasOwn(secrets, name)
    ? `it was redacted, and the value for ${name} cannot be put into ${where}, where it is encoded`
    : `it was redacted, and there is no value for ${name} in ${where}`
}

/** A recorded request with the values that are known. */
interface RequestAsSent {
  readonly target: string
  readonly fields: readonly FieldLine[]
  readonly body: Uint8Array
}

function asSent(recorded: Exchange, secrets: Readonly<Record<string, string>>): RequestAsSent {
  const { target, fields, body } = recorded.request
  const { disguised } = recorded.connection
  const fill = (text: string): string =>
    fillFormed(text, disguised, secrets).replaceAll(PLACEHOLDERS, (whole) => secrets[whole.slice(2, -2)] ?? whole)
  const content = decodeContent(latin1(body), fields, true)
  const filled = fill(content.text)
  return {
    target: fill(target),
    fields: fields.map(({ name, value }) => ({ name, value: fillCredentials(fill(value), fill) })),
    body: filled === content.text ? body : Buffer.from(content.encode(filled), 'latin1'),
  }
}

/** The same for placeholders without braces, such as a token that can still be read. */
function fillFormed(text: string, disguised: Disguised, secrets: Readonly<Record<string, string>>): string {
  const edits = Array.from(formedIn(text, disguised)).flatMap(({ name, start, end }) => {
    const value = secrets[name]
    return value === undefined ? [] : [{ start, end, with: value }]
  })
  return applyEdits(text, mergeEdits(edits))
}

/** RFC 7617: the credentials of `Basic` are in base64. */
function fillCredentials(value: string, fill: (text: string) => string): string {
  const [, scheme = '', encoded = ''] = /^(Basic +)([\w+/-]+=*)$/i.exec(value) ?? []
  if (scheme === '') return value
  const credentials = Buffer.from(encoded, 'base64').toString('latin1')
  const filled = fill(credentials)
  return filled === credentials ? value : scheme + Buffer.from(filled, 'latin1').toString('base64')
}

const PLACEHOLDERS = new RegExp(PLACEHOLDER.source, 'g')

/** The server's side of the same request; a text if there was not even a connection. */
async function ask(recorded: Exchange, target: Origin, options: VerifyOptions): Promise<Exchange | string> {
  const { connector = connectSocket, timeouts, verify, secrets = {} } = options
  const recorder = new Recorder()
  const connection = HttpConnection.to(formatOrigin(target), { connector: recorder.wrap(connector), timeouts, verify })
  const sent = asSent(recorded, secrets)
  let failure: unknown
  try {
    const content = sent.body.length === 0 ? undefined : sent.body
    const headers = headersOf(sent, target, content)
    await connection.request(recorded.request.method, sent.target, { headers, body: content })
    await (await connection.getResponse()).bytes()
  } catch (error) {
    // The tape has what the server did; the error is used only if the tape has nothing.
    failure = error
  }
  await connection.close()
  const [live] = readExchanges(recorder.cassette).exchanges
  return live ?? (failure instanceof WiretapeError ? `${failure.code}: ${failure.message}` : String(failure))
}

/** As recorded, except for the name of the server and the framing of the body. */
function headersOf(
  { fields }: RequestAsSent,
  target: Origin,
  content: Uint8Array | undefined,
): readonly (readonly [string, string])[] {
  const given = ({ name, value }: FieldLine): string | undefined => {
    const lower = name.toLowerCase()
    if (lower === 'host') return formatAuthority(target)
    if (lower === 'transfer-encoding' || lower === 'trailer' || lower === 'expect') return undefined
    if (lower === 'content-length') return content === undefined ? value : String(content.length)
    return value
  }
  return fields.flatMap((field) => {
    const value = given(field)
    return value === undefined ? [] : [[field.name, value] as const]
  })
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const unreached = ({ ending }: Exchange, failure: string): Drift => ({
  grade: 'ending',
  place: 'connection',
  before: ending,
  after: failure,
})
