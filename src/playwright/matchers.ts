import { type APIResponse, expect as base, type ExpectMatcherState, type MatcherReturnType } from '@playwright/test'
import type { HttpResponse, OpenCassette } from '../index.ts'
import { type Cassette, loadCassette } from '../entries/cassette.ts'
import { diffCassettes, type DiffOptions } from '../entries/inspect.ts'
import { formatDiff } from '../report/diff-text.ts'
import { count, escapeBytes, escapeText } from '../content/printable.ts'

/** A response of our client, of any `fetch`, or of Playwright's `request`. */
export type AnyResponse = HttpResponse | Response | APIResponse

/** A whole value, or a pattern to find in it. */
export type ExpectedValue = string | RegExp

/** Further expectations of a header. */
export interface HeaderExpectation {
  /** Whether `content-type` counts as `Content-Type`. Default: `false` if the response still knows the case. */
  readonly ignoreCase?: boolean | undefined
  /** Name of a header that comes later. */
  readonly before?: string | undefined
  /** Name of a header that comes earlier. */
  readonly after?: string | undefined
}

/** Where to look for bytes. */
export interface SentExpectation {
  /** Number of the connection, from 1, in the order of opening. Default: any. */
  readonly connection?: number | undefined
  /** Whether nothing else may have been sent over that connection. Default: `false`. */
  readonly exactly?: boolean | undefined
}

/** Playwright's `expect` with matchers for bytes and cassettes. */
export const expect = base.extend({ toHaveStatus, toHaveHeader, toMatchCassette, toBeFullyPlayed, toHaveSentBytes })

/** @param expected such as `200`, or `'2xx'` for a class (RFC 9110 section 15). */
function toHaveStatus(
  this: ExpectMatcherState,
  received: AnyResponse,
  expected: number | `${1 | 2 | 3 | 4 | 5}xx`,
): MatcherReturnType {
  const response = readResponse(received)
  const { status, reason } = response
  const pass = typeof expected === 'number' ? status === expected : `${String(status).slice(0, 1)}xx` === expected
  return verdict(this, 'toHaveStatus', pass, [
    `Expected: ${negation(this)}${expected}`,
    `Received: ${status} ${escapeText(reason)}`,
    '',
    ...headerLines(response),
  ])
}

/**
 * Checks a header: its name as the server wrote it, its value, and its place.
 *
 * @param value the value, or several in order for a repeated header. Default: any.
 */
function toHaveHeader(
  this: ExpectMatcherState,
  received: AnyResponse,
  name: string,
  value?: ExpectedValue | readonly ExpectedValue[],
  expectation: HeaderExpectation = {},
): MatcherReturnType {
  const response = readResponse(received)
  const objection = objectionToHeader(response, name, value, expectation)
  return verdict(this, 'toHaveHeader', objection === undefined, [
    `Expected: ${negation(this)}${escapeText([name, ...valuesOf(value).map(String)].join(', '))}`,
    objection === undefined ? 'It is there.' : escapeText(objection),
    '',
    ...headerLines(response),
  ])
}

/** Compares the conversations of two cassettes, as `diffCassettes` does. @param expected a cassette, or the path of one. */
async function toMatchCassette(
  this: ExpectMatcherState,
  received: OpenCassette | Cassette,
  expected: Cassette | string,
  options: DiffOptions = {},
): Promise<MatcherReturnType> {
  const fresh = 'tape' in received ? received : received.cassette
  if (fresh === undefined) return verdict(this, 'toMatchCassette', false, ['Nothing was recorded or replayed.'])
  const old = typeof expected === 'string' ? await loadCassette(expected) : expected
  const found = diffCassettes(old, fresh, options)
  const before = typeof expected === 'string' ? expected : 'expected'
  return verdict(this, 'toMatchCassette', found.isSame, [formatDiff({ before, after: 'received' }, found)])
}

/** Checks that the client did everything that was recorded. */
function toBeFullyPlayed(this: ExpectMatcherState, received: OpenCassette): MatcherReturnType {
  return verdict(this, 'toBeFullyPlayed', received.allPlayed, [
    escapeText(received.path),
    received.allPlayed ? 'All of it was played.' : complaintOf(received),
  ])
}

/** Checks the bytes that the client sent, live or replayed, before redaction. @param expected text is latin-1, one character a byte. */
function toHaveSentBytes(
  this: ExpectMatcherState,
  received: OpenCassette,
  expected: string | RegExp | Uint8Array,
  { connection, exactly = false }: SentExpectation = {},
): MatcherReturnType {
  const all = received.sent.map(({ to, bytes, omitted }, index) => ({
    number: index + 1,
    to,
    omitted,
    text: latin1(bytes),
  }))
  const searched = connection === undefined ? all : all.filter(({ number }) => number === connection)
  const pass = searched.some(({ text }) => hasText(text, expected, exactly))
  const difference = (text: string): readonly string[] =>
    !exactly || expected instanceof RegExp ? [] : [firstDifference(text, latin1Of(expected))]
  const shown = searched.flatMap(({ number, to, text, omitted }) =>
    [`connection ${number} to ${escapeText(to)}, ${count(text.length + omitted, 'byte')}:`].concat(
      excerpt(text, omitted),
      difference(text),
    ),
  )
  return verdict(this, 'toHaveSentBytes', pass, [
    `Expected: ${negation(this)}${exactly ? 'exactly ' : ''}${expected instanceof RegExp ? String(expected) : quote(latin1Of(expected))}`,
    'Sent:',
    ...(shown.length === 0
      ? [connection === undefined ? '  nothing' : `  nothing over a connection ${connection}`]
      : shown),
  ])
}

// --- the pieces -------------------------------------------------------------------------------------------------------------

interface ReadableResponse {
  readonly status: number
  readonly reason: string
  /** In the order of arrival, if the response knows it. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Whether names are as the server wrote them; `Headers` makes them lower case. */
  readonly keepsCase: boolean
}

function readResponse(response: AnyResponse): ReadableResponse {
  if ('headersArray' in response) {
    const fields = response.headersArray().map(({ name, value }) => [name, value] as const)
    return { status: response.status(), reason: response.statusText(), fields, keepsCase: true }
  }
  if ('reason' in response) {
    const { status, reason, headers } = response
    return { status, reason, fields: [...headers], keepsCase: true }
  }
  return { status: response.status, reason: response.statusText, fields: [...response.headers], keepsCase: false }
}

function objectionToHeader(
  { fields, keepsCase }: ReadableResponse,
  name: string,
  value: ExpectedValue | readonly ExpectedValue[] | undefined,
  { ignoreCase = !keepsCase, before, after }: HeaderExpectation,
): string | undefined {
  const isNamed = (wanted: string) => (field: readonly [string, string]) =>
    ignoreCase ? field[0].toLowerCase() === wanted.toLowerCase() : field[0] === wanted
  const found = fields.filter(isNamed(name))
  if (found.length === 0) {
    const inOtherCase = fields.find(([other]) => other.toLowerCase() === name.toLowerCase())
    return inOtherCase === undefined
      ? `There is no header ${name}.`
      : `It is written ${inOtherCase[0]}; { ignoreCase: true } takes that for the same.`
  }
  const objection =
    value === undefined
      ? undefined
      : objectionToValues(
          found.map(([, it]) => it),
          value,
        )
  if (objection !== undefined) return objection
  const [first, last] = [fields.findIndex(isNamed(name)), fields.findLastIndex(isNamed(name))]
  if (before !== undefined && !(last < fields.findIndex(isNamed(before)))) return `It does not come before ${before}.`
  const other = after === undefined ? -1 : fields.findLastIndex(isNamed(after))
  if (after !== undefined && (other === -1 || first < other)) return `It does not come after ${after}.`
  return undefined
}

function objectionToValues(
  found: readonly string[],
  value: ExpectedValue | readonly ExpectedValue[],
): string | undefined {
  const wanted = valuesOf(value)
  const several = Array.isArray(value)
  const isSame = several
    ? found.length === wanted.length && wanted.every((one, index) => fits(found[index] ?? '', one))
    : found.some((one) => wanted.every((expected) => fits(one, expected)))
  return isSame ? undefined : `Its value is ${found.join(' | ')}.`
}

const fits = (value: string, expected: ExpectedValue): boolean =>
  typeof expected === 'string' ? value === expected : value.search(expected) !== -1

const valuesOf = (value: ExpectedValue | readonly ExpectedValue[] | undefined): readonly ExpectedValue[] =>
  value === undefined ? [] : typeof value === 'string' || value instanceof RegExp ? [value] : value

const headerLines = ({ fields }: ReadableResponse): readonly string[] =>
  fields.map(([name, value]) => `    ${escapeText(`${name}: ${value}`)}`)

function complaintOf(cassette: OpenCassette): string {
  try {
    cassette.assertAllPlayed()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const latin1Of = (expected: string | Uint8Array): string => (typeof expected === 'string' ? expected : latin1(expected))

function hasText(text: string, expected: string | RegExp | Uint8Array, exactly: boolean): boolean {
  if (expected instanceof RegExp) {
    const match = new RegExp(expected.source, expected.flags.replaceAll(/[gy]/g, '')).exec(text)
    return match !== null && (!exactly || match[0] === text)
  }
  return exactly ? text === latin1Of(expected) : text.includes(latin1Of(expected))
}

const quote = (text: string): string => `"${escapeBytes(Buffer.from(text, 'latin1')).replaceAll('"', '\\"')}"`

const MOST_SHOWN = 2000

function excerpt(text: string, omitted: number): readonly string[] {
  const rows = text.slice(0, MOST_SHOWN).split('\r\n')
  const more = text.length + omitted - Math.min(text.length, MOST_SHOWN)
  return [
    ...rows.map((row) => `    ${escapeBytes(Buffer.from(row, 'latin1'))}`),
    ...(more > 0 ? [`    ... ${count(more, 'more byte')}`] : []),
    ...(omitted > 0 ? [`    (${notKept(omitted)} not kept; cassetteOptions: { keepSent } keeps more)`] : []),
  ]
}

const notKept = (bytes: number): string => `${count(bytes, 'byte')} ${bytes === 1 ? 'was' : 'were'}`

function firstDifference(text: string, expected: string): string {
  let offset = 0
  while (offset < text.length && text[offset] === expected[offset]) offset += 1
  if (offset === text.length && offset === expected.length) return '    the same'
  const around = (whole: string): string => quote(whole.slice(Math.max(0, offset - 16), offset + 16))
  return `    first difference at byte ${offset}: sent ${around(text)}, expected ${around(expected)}`
}

const negation = ({ isNot }: ExpectMatcherState): string => (isNot ? 'not ' : '')

function verdict(state: ExpectMatcherState, name: string, pass: boolean, lines: readonly string[]): MatcherReturnType {
  const hint = state.utils.matcherHint(name, undefined, undefined, { isNot: state.isNot })
  return { pass, name, message: () => `${hint}\n\n${lines.join('\n')}` }
}
