import { ObjectAround, walkContainer } from '../content/json-strings.ts'
import { readParameters } from '../named/elements.ts'
import { hasBraces } from '../content/placeholders.ts'
import type { Found } from './found.ts'
import { isWordy, looksRandom } from '../secrets/randomness.ts'
import { labelOf } from '../secrets/secret-names.ts'

/** What is given to a method that logs in, unlocks or sets a password, by its place in a list and not under a name (JSON-RPC). */
export function findCalls(text: string, found: Found): void {
  for (const { index, 0: all, 1: unlocks } of text.matchAll(CALL)) {
    const around = new ObjectAround(text, index)
    const list = LIST.exec(around.source)
    if (list === null) continue
    const start = text.indexOf(list[0], Math.max(0, index - around.source.length))
    walkContainer(text, start + list[0].length - 1, ({ name, start: from, end, isNumber }) => {
      const value = text.slice(from, end)
      if (name !== undefined || isNumber || ADDRESS.test(value) || all.includes(value)) return
      // A passphrase is made of words.
      if (isWordy(value) && unlocks === undefined) return
      if (labelOf('password', value, 'field') !== undefined) found('password', from, end)
    })
  }
}

const LOGS_IN = String.raw`(?:log_?in|logon|sign_?in|auth|authenticate|authorize|set_?password|change_?password)`
/** What sends the same to a WebSocket, and what a bean is told. */
const CALL = new RegExp(
  [
    String.raw`"method"\s{0,4}:\s{0,4}"(?:[\w.]{0,40}(passphrase|unlockaccount|newaccount|encryptwallet|importrawkey)|[\w.]{0,40}(?:privkey|withkey)|(?:[\w.]{1,40}[._/])?${LOGS_IN})"`,
    String.raw`"(?:op|cmd|command|event|action|func|procedure)"\s{0,4}:\s{0,4}"${LOGS_IN}"`,
    String.raw`"operation"\s{0,4}:\s{0,4}"(?:add_?user|create_?user|reset_?user|update_?user|login|change_?password)(?:\([\w.,[\]]{0,400}\))?"`,
  ].join('|'),
  'gi',
)
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
  [/^blogger\./, 3],
  [/^(?:wp|metaWeblog|mt|movabletype)\./, 2],
  [/^execute(?:_kw)?$/, 2],
]

/** A session that a call gave back, and nothing else (JSON-RPC): what says next to nothing is told by its form. */
export function findCallResults(text: string, found: Found): void {
  if (!/"(?:jsonrpc|error)"/.test(text)) return
  for (const { index, 0: all, 1: value = '' } of text.matchAll(RESULT)) {
    const end = index + all.length - 1
    if (isSession(value) && /"(?:jsonrpc|id)"/.test(new ObjectAround(text, index).source))
      found('session', end - value.length, end)
  }
}

const RESULT = /"result"\s{0,4}:\s{0,4}"([\w.~+/=-]{20,200})"/g

/** Not a digest of 40 or 64 digits, an id, or an address, a transaction or a key of a chain. */
const isSession = (value: string): boolean =>
  /^[\w.~+/=-]{20,200}$/.test(value) && looksRandom(value) && !NO_SESSION.test(value)

const NO_SESSION =
  /^(?:0x.*|[\da-f]{24}|[\da-f]{40}|[\da-fA-F]{48,}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[1-9A-HJ-NP-Za-km-z]{25,35}(?<=^[13mn24LMD9A].*)|(?:[1-9A-HJ-NP-Za-km-z]{43,44}|[1-9A-HJ-NP-Za-km-z]{87,95})|[a-z]{2,12}1[a-z\d]{38,80})$/
