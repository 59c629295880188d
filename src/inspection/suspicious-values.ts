import { hasBraces, placeholderIs } from '../content/placeholders.ts'
import { suspiciousPlaces } from './suspicious-places.ts'
// Written a second time on purpose: what redaction reads by grammar (JSON, forms, YAML), this reads by one look at what stands before each value,
// and it weighs characters where redaction weighs pairs of letters. A mistake of one is not a mistake of the other.

/** A value that looks like a credential because of the word before it. */
export interface SuspiciousValue {
  readonly kind: string
  readonly offset: number
}

/** Finds values after words that say credential, and those in URLs and connection strings. */
export function findSuspiciousValues(text: string): readonly SuspiciousValue[] {
  const found: SuspiciousValue[] = []
  for (const match of text.matchAll(AFTER_NAME)) {
    const [all, name = '', gap = ''] = match
    const at = match.index + all.length
    VALUE.lastIndex = at
    const value = VALUE.exec(text)?.[0] ?? ''
    if (value.length < 3 || value.endsWith(':') || HARMLESS.test(value) || NOT_A_NAME.test(name)) continue
    // In base64 it does not look like one.
    if (placeholderIs(value) !== undefined) continue
    if (isPartOfWord(name) || isPublic(text, at, name)) continue
    // A digest of something, and a call.
    if (
      /^(?!.*(?:user|identity|pass|secret))[\w.-]*hash(?:es|[-_]?sha-?\d{1,3})?$/i.test(name) &&
      /"[:>]/.test(gap) &&
      /^(?:(?:0x)?[\da-f]{32,128}|[\w+/]{27}=|[\w+/]{43}=|[\w+/]{86}==)$/i.test(value)
    )
      continue
    if (text[at + value.length] === '(') continue
    // Credentials of which nothing but a name is left, or the scheme.
    if (hasBraces(text.slice(at + value.length, at + value.length + 3)) && /^[\w!&-]+$|[=:]$/.test(value)) continue
    if (/seed$/i.test(name) && /^\d+$/.test(value)) continue
    // An organization by its id, a state that is called so, and a command.
    if (/(?:organization|project|app_?id)$/i.test(name) && /^[\da-f-]{16,36}$/i.test(value)) continue
    if (/routing_?key$/i.test(name) && value.length < 24) continue
    if (/sid$/i.test(name) && /^(?![APS]K)[A-Z]{2}_[A-Za-z\d]{12}$/.test(value)) continue
    if (/(?:mfa|otp|pin)$/i.test(name) && /^[A-Z_]+$/.test(value)) continue
    // The next member, after one that is empty.
    if (gap.endsWith(': ') && /^[A-Z]\w*:[^:]/.test(value)) continue
    if (text[at + value.length] === ' ' && /^[A-Z][A-Za-z]+-[A-Z][A-Za-z]+$/.test(value)) continue
    // The first digits of a digest.
    if (/(?<!(?:user|identity|pass|secret)_?)hash$/i.test(name) && /^[\da-f]{7,12}$/.test(value)) continue
    // A list of names.
    if (/^\\?["']?,/.test(gap) && WORDS_ONLY.test(value)) continue
    // The end of a row, and a name for everybody to see.
    if (gap.includes('],') || name.endsWith('appId')) continue
    // A scheme without credentials, a count, and what lives as long as its connection.
    if (/authorization$/i.test(name) && /^[A-Za-z-]+$/.test(value)) continue
    if (/^pass(?:ed)?$/i.test(name) && /^\d+$/.test(value)) continue
    if (name.toLowerCase() === 'sid' && /EIO=|"upgrades"/.test(text.slice(Math.max(0, at - 100), at + 200))) continue
    // A member that follows, and no value.
    if (/^\\?"\s{0,4}:/.test(text.slice(at + value.length, at + value.length + 8))) continue
    const isQuoted = /["'=>]$/.test(gap)
    const isSure = SURE.test(name) && (isQuoted || !WORDS_ONLY.test(value))
    if (isSure ? !WORDS_ONLY.test(value) || PASSWORD.test(name) : isMixed(value, name))
      found.push({ kind: 'named', offset: at })
  }
  for (const pattern of PAIRS)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? ''
      if (/pub(?:lic|lishable)?[_-]?key/i.test(match[0])) continue
      if (!HARMLESS.test(value) && (!WORDS_ONLY.test(value) || /pass|pw/i.test(match[0])))
        found.push({ kind: 'named', offset: match.index + match[0].length - value.length })
    }
  for (const offset of suspiciousPlaces(text, (value) => isMixed(value, ''))) found.push({ kind: 'named', offset })
  for (const [kind, pattern] of LOGINS)
    for (const match of text.matchAll(pattern))
      if (!HARMLESS.test(match[1] ?? ''))
        found.push({ kind, offset: match.index + match[0].lastIndexOf(match[1] ?? '') })
  return found
}

/** A name that ends in a word for credentials, and up to where its value begins: quotes, a colon, an equals sign, the end of a tag, a scheme. */
const AFTER_NAME =
  /(?<![A-Za-z])((?:[A-Za-z_$][\w$.-]{0,80}?)?(?:pass|pw|pwd|passwd|pass[_-]?word|passwort|passe|passcode|pass[_-]?phrase|mdp|secret|token|tok|key|auth|authentication|authorization|session|session[_-]?id|sess_?id|sid|csrf|xsrf|nonce|crumb|sig|sign|signature|hmac|mac|hash|cookie|jwt|assertion|code|ticket|otp|totp|attempt|pin|mfa|samlart|samlresponse|cred|credentials?|invite|link|verifier|pat|licen[cs]e|appid|udid|identity|[_-]team|project|plaintext|answer|organization|dpop|access_?key_?id|key_id|auth_?req_?id|trigger_id|upload_id|policy|signing|psk|seed|entropy|salt|baton|mnemonic|cvc|cvv|client_?state|proof|dtsg|lsd|session_?state|k)(?:[_-]?(?:value|data|hash|string|token|base|state|digest|confirm(?:ation)?))?s?(?:[_-]v\d|-?(?:256|ed25519|sha-?\d{1,3})|\d{0,2}))((?:%5[dD]|\])?\\{0,3}["'\]]{0,2}(?::[\w:"]{3,60}\])?\s{0,24}(?:=>|:=|\|\|=|\?\?=|::|%3[dD]|%3[aA]|;(?=s:\d)|[:=,>])\s{0,16}(?:\[?\{\\?"(?:S|L|v|value|stringValue|mapValue|fields|digest|plaintext)\\?"\s?:\s?){0,3}(?:string\(\d{1,6}\)\s|[A-Za-z]\w{0,30}\(b?(?=["'])|<<(?=")|s:\d{1,6}:)?\[?\\{0,3}["'`]{0,3}(?:(?:Bearer|Basic|DPoP|SharedKey \w+:|token|Sentry|sha256=|v0=|AWS4-HMAC-SHA256)\s{0,2}["']?)?)/gi
const VALUE = /[^\s"'`<>&;,\\{}()[\]*]{1,512}/y

// A `key` of a list is as often the name of something.
const NOT_A_NAME =
  /dedup|incident|site_?key|next|page|resumption|partition|delta|code_?sha|gpg|ssh|contin|cursor|sync|skip|resume|scroll|paging|public(?!_?secret)|(?:commit|goog|content|file|tree|block)[_-]?hash|types?(?![a-z])|(?<!ac)count|limit|expires|method|(?:^|[_-])ur[il]s?$|algorithm|endpoint(?!_?secret)|manufacturer|status|(?:^|[_-])(?:(?<!sess(?:ion)?[_-]|access[_-]key[_-]|private_key_|req[_-]|trigger[_-]|upload[_-])ids?|name|names|at|on|size|length)$|created|updated|affinity|idempotency|websocket|cache|object|foreign|primary(?!_?access)|sort|fingerprint|challenge|retry|param$|version|scope|npm-session|signed|header|key-pair|pair_id|encrypted|_at$|resourceversion|sender_?key|vapid_key|short_?link|metadata(?!-token)|displayname|pub_?key|telephony|^nonce$|c?nonce$(?<!(?:wp|method|payment|card|order_review|coupon).?nonce)|etag|certificate|sdk$|hash_?string|sha256hash|keyid/i
const SURE =
  /pass|passw|pwd|pw$|mdp|secret|(?:api|app|access|private|signing|encryption).?key|key.?base|authorization|credential|mnemonic|psk|seed|cvc|cvv|otp|pin$|mfa|passcode|totp|answer|security.?code/i
const PASSWORD = /pass|pw|mdp|mnemonic|seed|secret_?$|answer|pin|otp|mfa/i
const HARMLESS =
  /^(?:(?:%[\da-f]{2})+|SharedKey|String!?|Int!?|.*\/.*\.\w{2,4}|[^^]*[~#:][^^]*[~#][^^]*|true|false|null|none|undefined|\d{1,3}|string|object|required|optional|Bearer|Basic|no-check|x{3,}\w{0,6}|https?:.*|urn:.*|arn:.*|\*+|\d{4}-\d\d-\d\d.{0,20}|[/~][\w./-]*|\$.*|-{1,2}[a-z][a-z-]*|-{5}.*|sha\d+-.*|[\da-f]{2}(?::[\da-f]{2}){5,}|pk_(?:test|live|sandbox|sbox)_.*|Ag[A-D](?!AAA)[\w+/=]{60,}|SHA256:.*|[A-Z]{2}[\da-f]{32}|M(?:II\w{2}jANBgkqhkiG9w0BAQEFAAOC|IGfMA0GCSq|FkwEwYHKoZIzj0C|HYwEAYHKoZIzj0C|CowBQYDK2V[uw]AyEA|II.{3}CC.{2,3}gAwIBAgI).*|[a-z]{2,}(?:\.[a-z]{2,}){2,})$/i
const WORDS_ONLY = /^[A-Za-z]?[a-z_.:/-]*$/

/** `sid` at the end of `accessId`, `auth` at the end of `oauth`: short words count where a word begins. */
function isPartOfWord(name: string): boolean {
  const [, before = '', word = ''] = SHORT_WORD.exec(name) ?? []
  return (
    /[a-z]$/.test(before) &&
    /^[a-z]/.test(word) &&
    !/(?:api|auth|sess|app|csrf|access|pass|wp|secret|private|session|token|client|master|service|admin|account|logout|delete)$/i.test(
      before,
    )
  )
}

const SHORT_WORD = /^(.*?)((?:sid|psk|k|pw|tok|pat|pin|sig|sign|key|code|auth|hash|link|pass|mfa|cred)s?\d*)$/i

/** Beside the id of a key stands one that everybody may see. */
const isPublic = (text: string, at: number, name: string): boolean =>
  (/^(?:key|sig|signature)$/i.test(name) && /"key_?id"|public[_ ]?key/i.test(text.slice(Math.max(0, at - 120), at))) ||
  (name === 'session_id' && /"ciphertext"|"sender_key"/.test(text.slice(Math.max(0, at - 4096), at + 120)))

/** Whether a value has letters and digits mixed as no word and no number has them, or many different letters. */
export function isMixed(value: string, name: string): boolean {
  if (value.length < 8 || (WORDS_ONLY.test(value) && value.length < 16))
    return /(?:code|otp|pin)$/i.test(name) && /^\d{6}$/.test(value)
  if (/^[\d.:TZ+-]+$/.test(value)) return /otp|code$/i.test(name) && value.length <= 10
  const bare = value.replace(/\d{1,2}\W*$/, '')
  const pieces = bare.match(/[A-Z]?[a-z]+/g) ?? []
  if (!/\d/.test(bare) && pieces.join('').length > bare.length * 0.8 && bare.length >= pieces.length * 3)
    return bare.length > 15 && pieces.length === 1 && bare === pieces[0]
  const alternations = (value.match(/[A-Za-z]\d|\d[A-Za-z]|[a-z][A-Z]|[A-Z]{2}[a-z]/g) ?? []).length
  return alternations >= Math.max(2, value.length / 12) || (bitsOf(value) > 3.2 && !/[-_./ ]/.test(value))
}

/** Shannon's entropy of a character. */
function bitsOf(value: string): number {
  const counts = new Map<string, number>()
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

const WORD = String.raw`[^"'\s<>{}]{0,60}(?:pass|secret|token|api.?key|csrf|nonce|crumb|code|auth|credential|[_-]key|key\d|signature|pw|jwt|policy|^sid$|sess)[^"'\s<>{}]{0,30}`
const VALUES = String.raw`["']?([^"'\s<>&{},]{6,})`
const inOrder = (pattern: string): RegExp => new RegExp(pattern, 'gi')

/** Names and values side by side. */
const PAIRS: readonly RegExp[] = [
  inOrder(String.raw`\b(?:name|id|key|property)=["']?${WORD}["']?\s[^<>]{0,200}?\b(?:value|content)=${VALUES}`),
  inOrder(String.raw`\b(?:value|content)=${VALUES}(?=["']?\s[^<>]{0,200}?\b(?:name|id|key|property)=["']?${WORD})`),
  inOrder(String.raw`"(?:name|key|keyName)"\s{0,4}:\s{0,4}"${WORD}"[^{}]{0,100}?"value"\s{0,4}:\s{0,4}${VALUES}`),
  inOrder(String.raw`"value"\s{0,4}:\s{0,4}${VALUES}(?="[^{}]{0,60}?"name"\s{0,4}:\s{0,4}"${WORD})`),
  inOrder(String.raw`name: ["']?${WORD}["']?\s{1,40}value:\s${VALUES}`),
  inOrder(String.raw`\bname="?${WORD}"?\r?\n\r?\n${VALUES}`),
  inOrder(
    String.raw`<[\w:]{0,40}(?:password|(?<!continuation|next|page|resumption|cursor)token|secret|signaturevalue|attribute|sign)(?:\s[^<>]{0,300})?>(?:<!\[CDATA\[)?([^<>\s{[\]]{5,})`,
  ),
  inOrder(
    String.raw`<(?:[\w-]{0,20}(?:name|key)|entry>\s{0,20}<string)>${WORD}</[\w-]{1,24}>\s*<[\w-]{0,20}(?:value|val|string|data)>(?:<string>)?([^<>\s{]{6,})`,
  ),
  inOrder(String.raw`"path"\s{0,4}:\s{0,4}"${WORD}"[^{}]{0,60}?"value"\s{0,4}:\s{0,4}${VALUES}`),
  inOrder(String.raw`"key"\s{0,4}:\s{0,4}"${WORD}"\s?,\s?"value"\s?:\s?\{"\w{1,14}"\s?:\s?${VALUES}`),
  inOrder(String.raw`"value"\s{0,4}:\s{0,4}${VALUES}(?="[^{}]{0,40}"type"\s?:\s?"(?:sensitive|secret|encrypted)")`),
  inOrder(String.raw`"SecureString"[^{}]{0,40}"Value"\s{0,4}:\s{0,4}${VALUES}`),
  inOrder(String.raw`"(?:payload)"\s{0,4}:\s{0,4}\{"data"\s{0,4}:\s{0,4}${VALUES}`),
  inOrder(String.raw`"value"\s{0,4}:\s{0,4}${VALUES}(?="[^{}]{0,60}?\/secrets\/)`),
  inOrder(String.raw`type=["']?password["']?\s[^<>]{0,200}?\bvalue=${VALUES}`),
  inOrder(
    String.raw`\/(?:reset|reset-password|services\/\w{1,20}\/\w{1,20}|commands\/\w{1,20}\/\d{1,20}|webhooks\/\d{5,25})\/([\w-]{16,})`,
  ),
  inOrder(String.raw`\b(?:Bearer|Basic|DPoP|Negotiate|NTLM|Bot|SSWS|Token)\s([\w.+/~=-]{16,})`),
  inOrder(String.raw`bearer\.authorization\.k8s\.io\.([\w-]{16,})`),
]

const LOGINS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['login in a URL', /:\/\/[^\s:/@"'<>{}]{0,100}:([^\s"'<>{}]{2,200})@(?=[\w[])/g],
  ['login in a URL', /:\/\/([\da-f]{32})@(?=\w)/g],
  ['login of a database', /(?<![\w.-])[\w.-]{1,60}[:/]([^\s:"'<>{}]{4,100})@(?=tcp\(|\/\/)/g],
  ['login of a database', /:\d{4,5}:\w{1,60}:\w{1,60}:([^\s:"'<>{}]{4,100})/g],
]
