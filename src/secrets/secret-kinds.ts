import { isKnownForm, isWordy, looksDrawn, looksRandom } from './randomness.ts'

/** Where a name stands; the same word is a secret in one place and an everyday word in another. */
export type NamePlace = 'field' | 'parameter' | 'member' | 'number'

type IsSecret = (value: string, place: NamePlace) => boolean

/** How much a name says: what has to be true of a value under it. */
export type Kind = keyof typeof IS_SECRET

export const IS_SECRET = {
  /** Whatever it is. A short number is a count, as of tests that pass, and one with a fraction is a measure. */
  always: (value, place) => place !== 'number' || /^\d{4,}$/.test(value),
  /** A text, whatever it is, but for the path of a file. */
  text: (value, place) => place !== 'number' && !isPath(value),
  /** The same, but for the working directory of a shell. */
  noDirectory: (value, place) => place !== 'number' && !/^(?:[/~]|[A-Za-z]:\\)/.test(value),
  /** No word, and no sentence. */
  credential: (value, place) => place !== 'number' && !isWordy(value) && !/^\d{1,3}$/.test(value) && !isPath(value),
  /** In JSON only what looks random (language models call words tokens). */
  token: (value, place) => {
    if (place === 'number') return false
    if (place === 'member') return looksDrawn(value)
    return !isPlainText(value) && !/^\d{1,3}$/.test(value) && !isPath(value)
  },
  /** Some of them, of which there may as well be a count. */
  tokens: (value, place) => place !== 'number' && looksDrawn(value),
  /** Codes that a person types: digits, and short groups of letters. */
  typed: (value) =>
    /^(?:\d[\d -]{2,30}|[A-Z\d]{3,6}(?:-[A-Z\d]{3,6})+)$/.test(value) ||
    (value.length >= 4 && !isWordy(value) && !isKnownForm(value)) ||
    isInGroups(value),
  /** The number of a card for payments. */
  card: (value) => isCardNumber(value),
  /** What a captcha gave, which is long, or a digest of a challenge and a password. */
  long: (value, place) =>
    (place !== 'number' && value.length >= 100 && looksRandom(value)) || (place === 'parameter' && ANSWER.test(value)),
  /** A document in base64. */
  blob: (value, place) => place !== 'number' && value.length >= 40 && looksRandom(value),
  /** What looks random. */
  word: (value, place) => place !== 'number' && looksRandom(value),
  /** The same, but for what looks like a digest of something. */
  digest: (value, place) => place !== 'number' && looksRandom(value) && (place !== 'member' || !DIGEST.test(value)),
  /** A code under a name of which most are short: of countries, of errors, of vouchers. */
  longCode: (value, place) => place !== 'number' && /^[\w.~+/=-]{24,}$/.test(value) && looksRandom(value),
  /** What is drawn from letters of both cases: no digest and no UUID. */
  mixed: (value, place) =>
    place !== 'number' && /^(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])[\w-]{32,}$/.test(value) && looksRandom(value),
  /** A digest with the time at which it was made. */
  stamped: (value, place) => place !== 'number' && /^0x[\dA-F]{40,},\d/i.test(value),
  /** A key that signs; programs for OpenPGP give the id of one under this name. */
  signingKey: (value, place) => place !== 'number' && looksRandom(value) && !OPENPGP_ID.test(value),
  /** A keyed digest in a URL, under a name that says next to nothing. */
  mac: (value, place) =>
    place === 'parameter' && /^(?:[\w-]{40,}={0,2}|[\da-f]{32})$/.test(value) && looksRandom(value),
  /** The digest of a link and a key, as servers of files take it. */
  linkDigest: (value, place) => place === 'parameter' && /^[\w-]{22}(?:==)?$/.test(value) && looksRandom(value),
  /** What looks random in a URL or a form, under a name that says next to nothing. */
  parameter: (value, place) => place === 'parameter' && looksRandom(value),
  /** A user that was drawn, as bridges and brokers give out; an id has dashes. */
  drawnUser: (value, place) =>
    place !== 'number' && /^[\w-]{32,}$/.test(value) && !UUID.test(value) && looksRandom(value),
  /** A nonce of WordPress, with which a form is sent. */
  shortHex: (value) => /^(?=\d*[a-f])(?=[a-f]*\d)[\da-f]{10}$/.test(value),
  /** A user and a password, with a colon between them. */
  login: (value, place) =>
    place !== 'number' && /^[^\s:/]+:(?!\/\/)\S{4,}$/.test(value) && looksRandom(value.slice(value.indexOf(':') + 1)),
  /** One-time codes, error codes, authorization codes. */
  code: (value, place) => place !== 'number' && (looksRandom(value) || /^\d{6}$/.test(value)),
} as const satisfies Readonly<Record<string, IsSecret>>

/** Under everyday words the value counts. */
export const EVERYDAY: ReadonlySet<Kind> = new Set<Kind>([
  'word',
  'blob',
  'digest',
  'code',
  'longCode',
  'mixed',
  'stamped',
  'signingKey',
  'mac',
  'linkDigest',
  'parameter',
  'drawnUser',
  'shortHex',
  'login',
  'card',
  'long',
])

/** Groups of letters and digits as people type them, drawn from one case or from both. */
function isInGroups(value: string): boolean {
  if (!/^[A-Za-z\d]{3,6}(?:-[A-Za-z\d]{3,6}){1,7}$/.test(value)) return false
  const groups = value.split('-')
  const isEven = groups.every(({ length }) => length === groups[0]?.length)
  return isEven && (groups.length > 2 || !groups.every((group) => /^(?:[A-Z]?[a-z]+|[A-Z]+|\d+)$/.test(group)))
}

/** RFC 7616 and its like: one or two digests, after a salt or not. */
const ANSWER = /^(?:[\da-f]{8,64}[-$]){0,2}[\da-f]{32,128}$/i
const OPENPGP_ID = /^(?:0x)?(?:[\dA-F]{8}|[\dA-F]{16}|[\dA-F]{40})$/

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

const DIGEST =
  /^(?:0x)?(?:[\da-f]{7,12}|[\da-f]{32}|[\da-f]{40}|[\da-f]{56}|[\da-f]{64}|[\da-f]{96}|[\da-f]{128}|[\w+/]{27}=|[\w+/]{43}=|[\w+/]{86}==)$/i

/** ISO/IEC 7812-1: the last digit is a check of the others. */
function isCardNumber(value: string): boolean {
  const digits = value.replaceAll(/[ -]/g, '')
  if (!/^[3-6]\d{13,18}$/.test(digits)) return false
  const sum = Array.from(digits)
    .toReversed()
    .reduce((all, digit, k) => {
      const part = Number(digit) * (k % 2 === 0 ? 1 : 2)
      return all + (part > 9 ? part - 9 : part)
    }, 0)
  return sum % 10 === 0
}

const isPlainText = (value: string): boolean => /^[\w .,:/-]+$/.test(value) && isWordy(value)

const isPath = (value: string): boolean => /^\/[\w./-]*$/.test(value) && isKnownForm(value)

/** Whether a value is not secret under any name: a word of programs, what is hidden already, what names a secret. */
export const isNoSecret = (value: string): boolean => HARMLESS_VALUE.test(value) || NOT_SECRET_FORM.test(value)

const HARMLESS_VALUE =
  /^(?:|true|false|null|none|undefined|nil|yes|no|on|off|0|1|include|omit|same-origin|no-check|nocheck|bearer|basic|required|optional|string|n\/a|\*+|\?|(?:x{3,}|X{3,}|\*{3,}|\.{3,})[-_]?\w{0,6}|REDACTED|\[REDACTED\]|<redacted>|\[FILTERED\]|\$\{[^}]*\}|\$\{?\{[^}]*\}\}|%[a-z]|\$\w+)$/i

/** What names a secret, or may be seen by everybody: ARNs, public keys, identifiers of Twilio, what was sealed with another key. */
const NOT_SECRET_FORM =
  /^\s*(?:arn:|urn:|-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY|CERTIFICATE|SIGNATURE)|ssh-(?:rsa|dss|ed25519) |LS0tLS1CRUdJTiBDRVJU|LS0tLS1CRUdJTiBQVUJM|(?!SK)[A-Z]{2}[\da-f]{32}$|(?![APS]K)[A-Z]{2}_[A-Za-z\d]{12}$|vault:v\d{1,4}:|ENC\[[A-Z\d_]{3,20},|\$ANSIBLE_VAULT|Ag[A-D](?!AAA)[\w+/]{100,}={0,2}$|pk_(?:test|live|sandbox|sbox)_[A-Za-z\d]|\d{4}-\d\d-\d\d(?:[T ][\d:.,]+(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?$)/
