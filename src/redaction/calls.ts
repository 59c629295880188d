import { ObjectAround, walkContainer } from '../content/json-strings.ts'
import { readParameters } from '../named/elements.ts'
import { hasBraces } from '../content/placeholders.ts'
import type { Found } from './found.ts'
import { isWordy, looksRandom } from '../secrets/randomness.ts'
import { labelOf, saysSecret } from '../secrets/secret-names.ts'

/** Members that name a method, or hold what a call gave back. */
export const isOfCall = (name: string): boolean => METHODS.has(name) || name === 'result'

/**
 * What is given to a method that logs in, unlocks or sets a password, by its place in a list and not under a name (JSON-RPC), and the session
 * that a call gives back and nothing else.
 *
 * @param nameStart where the name of the member begins.
 * @param at where its value begins.
 */
export function findByCall(
  text: string,
  name: string,
  nameStart: number,
  at: number,
  value: string,
  found: Found,
): void {
  if (name === 'result') {
    if (isSession(value) && IS_ANSWER.test(new ObjectAround(text, nameStart).source))
      found('session', at, at + value.length)
  } else if (value.length <= LONGEST_METHOD && METHODS.get(name)?.test(value) === true)
    findInCall(text, nameStart, value, found)
  else if (name === 'method' && value !== value.toUpperCase()) findSessionParameter(text, nameStart, found)
}

/** A session that is given to each call before all else. */
function findSessionParameter(text: string, at: number, found: Found): void {
  const around = new ObjectAround(text, at)
  const parameter = FIRST_PARAMETER.exec(around.source)
  const [all = '', value = ''] = parameter ?? []
  if (value === '' || !/[G-Zg-z]/.test(value) || /^[1-9A-HJ-NP-Za-km-z]+$/.test(value) || !isSession(value)) return
  const end = around.start + (parameter?.index ?? 0) + all.length - 1
  found('session', end - value.length, end)
}

const FIRST_PARAMETER = /"params"\s{0,4}:\s{0,4}\[\s{0,8}"([\w.~+/=-]{24,200})"/

const LONGEST_METHOD = 440

function findInCall(text: string, at: number, method: string, found: Found): void {
  const around = new ObjectAround(text, at)
  const list = LIST.exec(around.source)
  if (list === null) return
  const open = around.start + list.index + list[0].length - 1
  // Lists that do not end would be read again and again.
  const near = text.slice(open, open + LONGEST_LIST)
  walkContainer(near, 0, ({ name, start: from, end, isNumber }) => {
    const value = near.slice(from, end)
    if (name !== undefined) {
      // A session that goes on has another name with each server.
      if (value.length >= 32 && isSession(value) && saysSecret(name)) found('session', open + from, open + end)
      return
    }
    if (isNumber || ADDRESS.test(value) || value === method) return
    // A passphrase is made of words.
    if (isWordy(value) && !UNLOCKS.test(method)) return
    if (labelOf('password', value, 'field') !== undefined) found('password', open + from, open + end)
  })
}

const LONGEST_LIST = 1024

const LOGS_IN =
  '(?:log_?in|logon|sign_?in|auth|authenticate|authorize|set_?password|change_?password|(?:get|create|new|start|open)_?session(?:_?key)?)'
const UNLOCKS = /(?:passphrase|unlockaccount|newaccount|encryptwallet|importrawkey)$/i
const exactly = (methods: string): RegExp => new RegExp(`^(?:${methods})$`, 'i')
/** Members that hold the name of a method, of a message to a WebSocket, or of a call to a bean. */
const METHODS: ReadonlyMap<string, RegExp> = new Map([
  [
    'method',
    exactly(
      String.raw`[\w.]{0,40}(?:passphrase|unlockaccount|newaccount|encryptwallet|importrawkey|privkey|withkey)|(?:[\w.]{1,40}[._/])?${LOGS_IN}`,
    ),
  ],
  ...['op', 'cmd', 'command', 'event', 'action', 'func', 'procedure'].map((name) => [name, exactly(LOGS_IN)] as const),
  [
    'operation',
    exactly(
      String.raw`(?:add_?user|create_?user|reset_?user|update_?user|login|change_?password)(?:\([\w.,[\]]{0,400}\))?`,
    ),
  ],
])
const LIST = /"(?:params|args|arguments|data)"\s{0,4}:\s{0,4}\[/
/** Of a wallet. */
const ADDRESS = /^(?:0x[\da-f]{40}|[13mn][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|tb1)[\da-z]{20,80})$/i

/** The same where calls are XML (XML-RPC), and the session that such a call gives back. */
export function findXmlCalls(text: string, found: Found): void {
  const method = METHOD_NAME.exec(text)?.[1]
  const isAnswer = method === undefined && text.includes('<methodResponse')
  if (method === undefined && !isAnswer) return
  const place = PLACES.find(([family]) => family.test(method ?? ''))?.[1]
  const isLogin = method !== undefined && XML_LOGIN.test(method)
  if (!isAnswer && !isLogin && place === undefined) return
  const values = readParameters(text)
  if (isAnswer && values.length !== 1) return
  for (const [at, { start, end }] of values.entries()) {
    const value = text.slice(start, end)
    if (hasBraces(value)) continue
    if (isAnswer) {
      if (isSession(value)) found('session', start, end)
    } else if (at === place || (isLogin && at > 0 && !isWordy(value)))
      if (labelOf('password', value, 'field') !== undefined) found('password', start, end)
  }
}

const METHOD_NAME = /<methodName>\s{0,20}([\w.:/-]{1,80})\s{0,20}<\/methodName>/
const XML_LOGIN = new RegExp(String.raw`^(?:[\w.:/]{1,60}[._:/])?${LOGS_IN}$`, 'i')
/** Interfaces whose calls have the password among their parameters, and at which place. */
const PLACES: readonly (readonly [family: RegExp, place: number])[] = [
  [/^(?:wp|metaWeblog)\.getUsersBlogs$/, 1],
  [/^blogger\./, 3],
  [/^(?:wp|metaWeblog|mt|movabletype)\./, 2],
  [/^execute(?:_kw)?$/, 2],
]

const IS_ANSWER = /"jsonrpc"|"error"[^]*"id"|"id"[^]*"error"/

/** Not a digest of 40 or 64 digits, an id, or an address, a transaction or a key of a chain. */
const isSession = (value: string): boolean =>
  /^[\w.~+/=-]{20,200}$/.test(value) && looksRandom(value) && !NO_SESSION.test(value)

const NO_SESSION =
  /^(?:0x.*|[\da-f]{24}|[\da-f]{40}|[\da-fA-F]{48,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[1-9A-HJ-NP-Za-km-z]{25,35}(?<=^[13mn24LMD9A].*)|(?:[1-9A-HJ-NP-Za-km-z]{43,44}|[1-9A-HJ-NP-Za-km-z]{87,95})|[a-z]{2,12}1[a-z\d]{38,80})$/
