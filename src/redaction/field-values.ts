import { hasBraces } from '../content/placeholders.ts'
import { sentCookies, setCookies, type WrittenCookie } from '../content/cookies.ts'
import { percentDecoded } from '../content/escapes.ts'
import type { Found } from './found.ts'
import { isKnownForm, isWordy, looksRandom } from '../secrets/randomness.ts'
import { isNoSecret } from '../secrets/secret-kinds.ts'
import { isCursor, isSecretName, labelOf } from '../secrets/secret-names.ts'

/** Secrets in the value of a header field because of its name; the scheme of credentials and the names of cookies stay. */
export function findInField(name: string, value: string, found: Found): void {
  const folded = name.toLowerCase()
  if (folded === 'cookie') return findCookies(sentCookies(value), found)
  if (folded === 'set-cookie') return findCookies(setCookies(value), found)
  if (folded === 'sec-websocket-protocol') return findInProtocols(value, found)
  const label = labelOf(name, value, 'field')
  if (label === undefined) return
  const scheme = label === 'authorization' ? /^[A-Za-z][\w-]*[ \t\r\n]+/.exec(value)?.[0] : undefined
  const start = scheme?.length ?? SIGNED_WITH.exec(value)?.[0].length ?? 0
  const end = value.trimEnd().length
  if (labelOf(name, value.slice(start, end), 'field') !== undefined) found(label, start, end)
}

/** What a browser can send only here: `base64url.bearer.authorization.k8s.io.dG9rZW4`, `access_token, dG9rZW4`. */
function findInProtocols(value: string, found: Found): void {
  for (const { index, 0: part } of value.matchAll(/[^\s,]+/g))
    if (looksRandom(part)) found('token', index, index + part.length)
}

/** The algorithm or version before a signature, as in `sha256=...` and `v0=...`. */
const SIGNED_WITH = /^(?:sha\d{1,3}|v\d)=(?=[^=]+$)/

function findCookies(cookies: readonly WrittenCookie[], found: Found): void {
  for (const { name, value, start, end } of cookies)
    if (value !== '' && labelOf('cookie', value, 'field') !== undefined && !isBland(name, value))
      found('cookie', start, end)
}

/** Languages, themes, counts: what is no session, and does not look as if it were one. */
function isBland(name: string, value: string): boolean {
  return !isSecretName(name) && isBlandCookie(percentDecoded(value))
}

/** The same of a cookie whose name is not known. */
export const isBlandCookie = (value: string): boolean =>
  value.length <= 40 && (isWordy(value) || /^\d{1,5}$/.test(value) || (isKnownForm(value) && !/^\d+$/.test(value)))

/** What a header field of a request holds that nobody knows, if it looks drawn at random: vendors name their keys as they like. */
export function findInUnknownField(name: string, value: string, found: Found): void {
  const plain = value.trim()
  if (
    plain.length < 16 ||
    HARMLESS_FIELD.test(name) ||
    isCursor(name) ||
    NAMES_A_THING.test(name) ||
    PRODUCT.test(plain) ||
    !OPAQUE_VALUE.test(plain) ||
    !looksRandom(plain)
  )
    return
  if (isNoSecret(plain)) return
  const start = value.indexOf(plain)
  found('header', start, start + plain.length)
}

/** Words of names are written together, too. */
const NAMES_A_THING =
  /[a-z\d](?:I[dD]|U[uU][iI][dD]|G[uU][iI][dD]|SDK|Sdk|Version|Reference)$|[a-z]{4}(?:trans|request|message|correlation|trace)id$/
/** A program and its version. */
const PRODUCT = /^[A-Za-z][\w.+]{0,40}[-/]v?\d{1,8}(?:\.\d{1,8}){1,3}$/

const OPAQUE_VALUE = /^[\w.~+/:*!|%=-]+$/

/** Standard fields, and what vendors send beside their keys: ids of requests and things, digests, dates, versions. */
const HARMLESS_FIELD = new RegExp(
  [
    '^(?:accept|access-control|alt|cache|content|early|expect|forwarded|from|host|if|keep|last|link|max|origin|pragma|prefer|priority|range|referer|sec|te$|trailer|upgrade|user-agent|vary|via|warning|x-forwarded|x-real|dnt|depth|destination|overwrite|timeout|date|connection|server|soapaction|save-data|width|viewport|device-memory|dpr|rtt|ect|downlink)',
    '(?:^|[-_])(?:reference|ref|sdk|cert|certificate|nonce-id|etag|match|date|time|timestamp|version|type|length|range|hash|md5|sha\\d*|sha-?256|checksum\\S*|crc32c?|digest|fingerprint|agent|encoding|language|charset|format|mode|path|uri|url|host|method|action|target|region|locale|origin|platform|os|arch|runtime|lang|id|tid|project|tenant|workspace|realm|channel|uuid|guid|ids|identifiers?|(?:retry|idempotency|dedupe?|cache|surrogate|partition|routing)-key)$',
    '^(?:traceparent|tracestate|baggage|b3|x-b3|uber-|sentry-trace|newrelic|x-cloud-trace|x-datadog|x-trace|trace|x-amzn-trace|x-amz-(?:target|date|content|meta|copy|checksum|acl|user|sdk|id)|amz-sdk|x-goog-(?:hash|request|meta|api-client|user)|x-ms-(?:date|version|client|range|blob|meta|correlation|return|continuation)|x-stainless|npm-|pacote|idempotency|x-idempotency|x-request|x-correlation|request-id|x-client-(?:info|data|version)|cf-(?:ray|connecting|ipcountry|visitor)|x-vercel-id|fly-|x-envoy|x-github-(?:api|delivery|event|hook)|x-requested|x-http|x-operation|x-transaction|x-span|surrogate|x-surrogate|mcp-(?:protocol)|stripe-(?:version|account)|grpc-(?!metadata-)|x-grpc|x-twitter|ce-|soap|apollo|x-apollo|x-hasura-role|ms-cv|dapr)',
  ].join('|'),
  'i',
)

/** At the start of a reference, after a scheme or not, and before a host (RFC 3986 sections 3.2 and 4.2). */
const USERINFO = /(?<![\w+.%~-])\/\/([^\s/?#@"'<>\\]{1,200})@(?=[\w[%{$\x80-\xff-])/g

/** RFC 3986 section 3.2.1: what follows the first colon; all of it where there is no colon. */
export function findUserinfo(text: string, found: Found): void {
  for (const match of text.matchAll(USERINFO)) {
    const userinfo = match[1] ?? ''
    const from = userinfo.indexOf(':') + 1
    const start = match.index + 2 + from
    if (labelOf('password', userinfo.slice(from), 'field') !== undefined)
      found('userinfo', start, match.index + 2 + userinfo.length)
  }
  findInLogins(text, found)
}

/** How databases write a user and a password, with signs in it that a URL should have encoded. */
function findInLogins(text: string, found: Found): void {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    // http, https, ws, wss: what follows is as the standard says.
    if (text.startsWith('http', at - 5) || WEB.test(text.slice(Math.max(0, at - 5), at))) continue
    DATABASE_LOGIN.lastIndex = at
    takePassword(DATABASE_LOGIN.exec(text), found)
  }
  if (/@(?:tcp|udp|unix)\(/.test(text)) for (const match of text.matchAll(GO_LOGIN)) takePassword(match, found)
  if (text.includes('oracle:')) for (const match of text.matchAll(ORACLE_LOGIN)) takePassword(match, found)
}

const WEB = /(?:http|ws)s?$/i

function takePassword(match: RegExpExecArray | null, found: Found): void {
  if (match === null || hasBraces(match[0])) return
  const [, before = '', password = ''] = match
  const start = match.index + before.length
  if (labelOf('password', password, 'field') !== undefined) found('userinfo', start, start + password.length)
}

// Each has what comes before, and the password.
const DATABASE_LOGIN =
  /(:\/\/[^\s:/@"'<>\\]{0,100}:)([^\s"'<>\\]{1,200})(?=@(?:\[[\da-f:]+\]|[\w.-]+)(?::\d+)?(?:[/?,;\s"'<>]|$))/iy
const GO_LOGIN = /((?<![\w.-])[\w.-]{1,60}:)([^\s:"'<>\\]{1,100})(?=@(?:tcp|udp|unix)\()/g
const ORACLE_LOGIN = /(oracle:\w{1,10}:[\w.$-]{1,60}\/)([^\s"'<>\\@]{1,100})(?=@)/g

/** A line of a password file of PostgreSQL (host, port, database, user and password), and of one that says how passwords are kept: as they are. */
export function findPasswordLines(text: string, found: Found): void {
  for (const [marks, pattern] of PASSWORD_LINES)
    if (marks.some((mark) => text.includes(mark)))
      for (const match of text.matchAll(pattern)) {
        const end = match.index + match[0].length
        found('password', end - (match[1] ?? '').length, end)
      }
}

const PASSWORD_LINE = /:(?:\d{4,5}|\*):[\w.*-]{1,60}:[\w.*-]{1,60}:([^\s:"'<>\\{]{4,200}?)(?=["'\r\n<\\]|\]\]>|$)/g

const PLAIN_SCHEME = /\{(?:PLAIN|CLEAR|CLEARTEXT|PLAIN-TRUNC)\}([^\s:"'<>{}\\]{3,200})/g
/** What a picture says to a telephone, for a network. */
const NETWORK = /\bWIFI:(?:[TSHR]:[^;\r\n]{0,64};){0,4}P:((?:\\.|[^;\\\s{]){4,64})(?=;)/g
/** RFC 3261 section 19.1.1, and how relays are written. */
const CALLER = /\b(?:sips?|turns?):[^\s:@/"'<>{}]{1,60}:([^\s:@"'<>{}]{3,100})(?=@[\w[])/g
const PASSWORD_LINES: readonly (readonly [marks: readonly string[], pattern: RegExp])[] = [
  [[':'], PASSWORD_LINE],
  [['{PLAIN', '{CLEAR'], PLAIN_SCHEME],
  [['WIFI:'], NETWORK],
  [['sip:', 'sips:', 'turn:'], CALLER],
]

const CREDENTIALS = /\b(?:Bearer|Basic)[ \t]+([A-Za-z0-9._~+/-]{16,}={0,2})/gi
/** Rarer schemes are looked for in what may be a field value, not in long bodies. */
const RARE_CREDENTIALS =
  /\b(?:Negotiate|NTLM|Kerberos|Token|SSWS|DPoP|ApiKey|Api-Key|GenieKey|Bot|Splunk)[ \t]+([A-Za-z0-9._~+/-]{16,}={0,2})/gi
const LONGEST_FIELD = 8192
/** Of both schemes, as people write them. */
const SCHEME_ENDS = ['earer', 'EARER', 'asic', 'ASIC'] as const

/** RFC 9110 section 11.4, wherever it is quoted. */
export function findCredentials(text: string, found: Found): void {
  // An expression that does not mind case takes as long as all the others in a body that has none of the words.
  const isLong = text.length > LONGEST_FIELD
  if (isLong && !SCHEME_ENDS.some((end) => text.includes(end))) return
  for (const pattern of isLong ? [CREDENTIALS] : [CREDENTIALS, RARE_CREDENTIALS])
    for (const match of text.matchAll(pattern)) {
      const [all, value = ''] = match
      const end = match.index + all.length
      if (labelOf('bearer', value, 'member') !== undefined) found('authorization', end - value.length, end)
    }
}

/** Secrets in paths: of webhooks, and of links that reset a password or invite somebody. */
export function findInPaths(text: string, found: Found): void {
  for (const match of text.matchAll(PATH_SECRET)) {
    const value = match[1] ?? ''
    const end = match.index + match[0].length
    // Before a secret that has gone already stands its id.
    if (looksRandom(value) && !hasBraces(text.slice(end, end + 3)) && !isTypeOfThing(text, match))
      found('path', end - value.length, end)
  }
  for (let at = text.indexOf('?'); at !== -1; at = text.indexOf('?', at + 1)) {
    // In most lines a blank follows sooner.
    if (text.slice(at, at + LEAST_QUERY).includes(' ')) continue
    LONG_QUERY.lastIndex = at
    const query = LONG_QUERY.exec(text)?.[0]
    if (query === undefined || !TELLING_PATH.test(text.slice(Math.max(0, at - LONGEST_PATH), at))) continue
    for (const { index, 0: all, 1: value = '' } of query.matchAll(/=([\w.~-]{16,512})(?=&|$)/g))
      if (looksRandom(value)) found('path', at + index + all.length - value.length, at + index + all.length)
  }
}

/** In a scheme of a vendor's own, a word in capitals says what the id after it is of: `ciscospark://us/WEBHOOK/...`. */
const isTypeOfThing = (text: string, { index, 0: written }: RegExpExecArray): boolean =>
  /^\/[A-Z_]{3,30}\//.test(written) &&
  /(?<![\w+.-])(?!https?:|wss?:)[a-z][a-z\d+.-]{2,30}:\/\/[\w.-]{0,80}$/.test(
    text.slice(Math.max(0, index - 120), index),
  )

/** What a link is for that changes a password, logs in or accepts: any parameter that looks drawn opens it. */
const TELLING_PATH =
  /\/[\w-]{0,20}(?:reset|magic|invit\w{1,5}|verif\w{1,7}|activat\w{1,3}|confirm\w{0,6}|unsubscribe|recover\w{0,3}|passwordless|one-?time|(?:no)?vnc|kvm)[\w-]{0,20}(?:\/[\w-]{1,20}){0,2}(?:\.\w{1,5}|\/)?$/i
const LONGEST_PATH = 120
const LEAST_QUERY = 18
const LONG_QUERY =
  /\?(?:[^\s"'<>\\#=]{0,80}=[\w.~-]{0,15}(?=&))*[^\s"'<>\\#=]{0,80}=[\w.~-]{16,512}[^\s"'<>\\#]{0,1000}/y

const PATH_SECRET =
  /\/(?:wpush\/v\d|(?:reset|confirm|confirmation|activate|activation|verify|unlock|unsubscribe)(?:\/(?:\d{1,12}|[A-Za-z\d]{1,6})){1,2}(?=\/[\w.~%=-]{16,})|(?:activate|confirm|reset|verify|unlock|unsubscribe|accept|authorize)[-_](?:new[-_])?(?:account|email|mail|user|admin|registration|sign-?up|subscription|invite|invitation|password|address|phone|device|membership)(?:[-_]token)?|reset|reset[-_]?password|password[-_]?reset|password\/(?:reset|edit)|forgot|confirm|confirmation|confirm[-_]?email|activate|activation|verify[-_]?email|magic|magic[-_]?link|invite|invites|invitation|invitations|unsubscribe|welcome|join|accept|share|interactions\/\d{1,25}|websocket|3\/device|token|api_?key|key|secret|webhooks\/\d{5,25}|services\/T[A-Z\d]{1,20}\/B[A-Z\d]{1,20}|commands\/T[A-Z\d]{1,20}\/\d{1,20}|actions\/T[A-Z\d]{1,20}\/\d{1,20}|workflows\/T[A-Z\d]{1,20}\/A[A-Z\d]{1,20}\/\d{1,25}|IncomingWebhook|hooks\/catch\/\d{1,12}|webhook|hooks?(?:\/[\w-]{10,30})?|tokens|tickets(?=\/[\w.-]{40,})|upload(?:\/v\d)?(?=\/(?![\da-f]+(?![\w-]))[\w-]{60,})|(?:import|flow|login|sign-?in|sso|session|authorize|claim|register|enroll|pair)(?=\/(?![\da-f-]{32,36}(?!\w))[\w-]{30,})|inputs|collectors?|receiver\/v1\/http|guest-carts|feeds\/calendars|ical\/[\w.%@-]{1,100}|api(?=\/(?![\da-f-]{32,36}(?!\w))[\w-]{30,}(?![\w-])))\/([\w.~%=-]{6,512})/gi
