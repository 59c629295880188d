import { IN_JSON } from './places/in-json.ts'
import { IN_LINKS } from './places/in-links.ts'
import { IN_MESSAGES } from './places/in-messages.ts'
import { IN_TEXT } from './places/in-text.ts'
import { all, anyCase, type Place } from './places/place.ts'
import { inTables } from './suspicious-tables.ts'
import { inTexts } from './suspicious-texts.ts'

/** Finds what follows options, statements and words that take a password, and what stands in columns and cookies. */
export function* suspiciousPlaces(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [pattern, mustBeMixed] of PLACES)
    for (const match of text.matchAll(pattern)) {
      const value = match.slice(1).find(Boolean) ?? ''
      if (value.startsWith('{{') || value.startsWith('***')) continue
      if (!mustBeMixed || isMixed(value)) yield match.index + match[0].lastIndexOf(value)
    }
  yield* inCookies(text, isMixed)
  yield* inCredentials(text, isMixed)
  yield* inHeaderFields(text, isMixed)
  yield* inLinks(text, isMixed)
  yield* inLists(text)
  yield* inCalls(text, isMixed)
  yield* inTables(text, isMixed)
  yield* inTexts(text, isMixed)
}

/** Of each kind of text; written a second time on purpose, as `suspicious-values.ts` says. */
export const PLACES: readonly Place[] = [...IN_TEXT, ...IN_JSON, ...IN_LINKS, ...IN_MESSAGES]

/** What is given to a call that logs in or unlocks, by its place. */
function* inCalls(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [pattern, list, mustBeMixed] of CALLS)
    for (const match of text.matchAll(pattern)) {
      const rest = match[1] ?? ''
      const start = match.index + match[0].lastIndexOf(rest)
      for (const one of rest.matchAll(list)) {
        const value = one[1] ?? ''
        if (!mustBeMixed || isMixed(value)) yield start + one.index + one[0].lastIndexOf(value)
      }
    }
}

const LOGS_IN =
  '(?:log_?in|logon|sign_?in|auth|authenticate|authorize|set_?password|change_?password|(?:get|create|new|start|open)_?session(?:_?key)?)'
const IN_QUOTES = /"(?!0x|[13mn][A-Za-z\d]{25,34}"|(?:bc1|tb1))([^"{}\\]{8,})"/g
const IN_ELEMENT = /<value>\s*(?:<string>)?([^<>{}\s]{8,})</g
const CALLS: readonly (readonly [call: RegExp, value: RegExp, mustBeMixed: boolean])[] = [
  [
    anyCase(
      String.raw`"(?:op|cmd|command|event|action|func|procedure|method)"\s*:\s*"(?:[\w.]{1,40}[._/])?${LOGS_IN}"[^[\]{}]{0,200}\[([^[\]{}]{8,2000})\]`,
    ),
    IN_QUOTES,
    true,
  ],
  [
    anyCase(String.raw`"operation"\s*:\s*"\w{1,20}user(?:\([^()"]{0,400}\))?"[^[\]{}]{0,80}\[([^[\]{}]{8,2000})\]`),
    IN_QUOTES,
    true,
  ],
  [
    anyCase(
      String.raw`"method"\s*:\s*"\w{0,40}(?:passphrase|unlockaccount|newaccount)"[^[\]{}]{0,80}\[([^[\]{}]{8,2000})\]`,
    ),
    IN_QUOTES,
    false,
  ],
  [
    anyCase(
      String.raw`<methodName>\s*(?:(?:[\w.]{1,40}[._:])?${LOGS_IN}|(?:wp|metaWeblog|blogger|mt)\.\w+|execute(?:_kw)?)\s*</methodName>([^]{8,4000})`,
    ),
    IN_ELEMENT,
    true,
  ],
  [all(String.raw`<methodResponse>\s*<params>\s*<param>(\s*<value>[^]{8,300}?)</param>\s*</params>`), IN_ELEMENT, true],
]

/** What follows the scheme in a field with credentials. */
function* inCredentials(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const match of text.matchAll(/(?:^|\n)(?:proxy-)?authorization: ?[a-z][\w.-]*( [^\r\n]{8,4000})/gi)) {
    const [line, rest = ''] = match
    for (const one of rest.matchAll(/[:;= "]([\w.+/~=-]{16,})/g))
      if (isMixed(one[1] ?? '')) yield match.index + line.length - rest.length + one.index + 1
  }
}

/** Cookies that look drawn, in a header field or a line of a log; of one with several parts each. */
function* inCookies(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const { index, 0: line } of text.matchAll(/\bCookie:[^\r\n"]{1,4000}/gi))
    for (const match of line.matchAll(/(?:=|%7C|--|[.:|])([^;,\s"={}%.:|]{16,}?)(?=[;,\s"={}%.:|]|--|$)/g))
      if (isMixed(match[1] ?? '')) yield index + match.index + match[0].length - (match[1] ?? '').length
}

/** What header fields hold in whose names stands that they are signed, and requests in those that nobody knows. */
function* inHeaderFields(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const match of text.matchAll(/(?:^|\n)([\w-]*(?:signature|hmac)[\w-]*): ([^\r\n]{16,4000})/gi)) {
    const [line, name = '', value = ''] = match
    if (/^dkim|-(?:input|version|nonce|timestamp|id|certificate)$/i.test(name)) continue
    for (const one of value.matchAll(/(?:^|[=:,\s"])([\w+/-]{20,}={0,2})/g))
      if (isMixed(one[1] ?? ''))
        yield match.index + line.length - value.length + one.index + one[0].length - (one[1] ?? '').length
  }
  const head = /^[A-Z]{3,10} \S{1,8000} HTTP\/1\.[01]\r\n(?:[\w-]{1,80}:[^\r\n]*\r\n)+/.exec(text)?.[0] ?? ''
  for (const match of head.matchAll(/\n([\w-]+): ?([\w.~+/=-]{16,})(?=\r)/g)) {
    const [line, name = '', value = ''] = match
    if (!KNOWN_FIELD.test(name) && isMixed(value)) yield match.index + line.length - value.length
  }
}

const KNOWN_FIELD =
  /^(?:(?=[\w-]*(?:reference|sdk|certificate|transid)$)|accept|access|alt|authorization|cache|content|cookie|date|etag|expect|forwarded|from|host|if-|last|link|location|origin|pragma|prefer|proxy|range|referer|sec-|soapaction|te$|trace|upgrade|user-agent|via|x-forwarded|x-amz|x-goog|x-ms|x-b3|x-cloud|ms-cv|x-github|x-datadog|x-client|sentry|baggage|b3|newrelic|grpc|apollo|npm|stripe|cf-|fly-|idempotency|signature|surrogate|uber|x-requested|x-request|x-correlation|x-stainless)|(?:id|ids|key-?id|uuid|version|type|date|time|timestamp|hash|digest|md5|sha\d*|checksum|agent|nonce|path|url|host|target|region|name|scope|trace|project|tenant|workspace|realm|channel|identifier|(?:retry|idempotency|dedupe?|cache|surrogate|partition|routing)-key)$/i

/** Links that do something for the person who opens them; their name or their path says what. */
function* inLinks(text: string, isMixed: (value: string) => boolean): Generator<number> {
  for (const [from, inLink] of [
    [ACTING_PATH, /=([\w.~-]{16,})/g],
    [ACTING_NAME, /[/=+]([\w~.-]{12,})(?=[/?&#]|$)/g],
  ] as const)
    for (const match of text.matchAll(from)) {
      const rest = match[1] ?? ''
      const start = match.index + match[0].length - rest.length
      for (const one of rest.matchAll(inLink))
        if (isMixed(one[1] ?? '')) yield start + one.index + one[0].length - (one[1] ?? '').length
    }
}

const ACTIONS = 'reset|magic|invit|verif|activat|confirm|unsubscri|recover|passwordless'
const ACTING_PATH = anyCase(String.raw`/[\w-]{0,20}(?:${ACTIONS})[\w/-]{0,40}\?([^\s"'<>\\#]{16,1000})`)
const ACTING_NAME = anyCase(
  String.raw`"(?:\w{0,20}_)?(?:delet|enroll|pairing|join|incoming|webhook|claim|secret|private|${ACTIONS})[a-z]{0,8}_?(?:url|uri|link|barcode|qr)"\s?:\s?"(https?://[^"\s]{8,1000})`,
)

/** All that stands in a list of codes, tokens or keys. */
function* inLists(text: string): Generator<number> {
  for (const match of text.matchAll(
    /"\w{0,40}(?:_codes|Codes|tokens|secrets|passwords)"\s?:\s?\[([^\][{}]{6,4000})\]/g,
  )) {
    const [whole, list = ''] = match
    if (/^\w*(?:error|status|country|exit|failed|lang)/i.test(whole.slice(1))) continue
    for (const one of list.matchAll(/"([^"\s{}]{6,})"|(?<![\w."])(\d{6,})(?![\w.])/g)) {
      const value = one[1] ?? one[2] ?? ''
      if (/\d/.test(value)) yield match.index + whole.length - list.length - 1 + one.index + one[0].indexOf(value)
    }
  }
}
