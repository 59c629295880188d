import { isInBraces } from '../content/placeholders.ts'
import { EVERYDAY, IS_SECRET, isNoSecret, type Kind, type NamePlace } from './secret-kinds.ts'
import { wordsOf } from './name-words.ts'

/**
 * The label of the placeholder for what stands under `name`, or `undefined` if it is not a secret.
 *
 * Names are taken apart into words; the last one that says something counts most: a `token_type` is a type.
 * Of `auth[token]` each part counts.
 */
export function labelOf(name: string, value: string, place: NamePlace): string | undefined {
  const rule = ruleFor(name)
  if (rule === undefined || isInBraces(value) || isNoSecret(value)) return undefined
  return IS_SECRET[rule.kind](value, place) ? rule.label : undefined
}

/** Whether a name says that its value only marks where a list goes on, whatever its form. */
export const isCursor = (name: string): boolean => /continuation|cursor|(?:next|page)[-_]?token/i.test(name)

/** Whether a name says that there may be a secret under it, whatever the value. */
export const isSecretName = (name: string): boolean => ruleFor(name) !== undefined

/** Whether a name says so only of values that look like it. */
export const isWeakName = (name: string): boolean => EVERYDAY.has(ruleFor(name)?.kind ?? 'always')

/** Whether a name may have a secret under it because it stands in something that is secret: names, times and kinds do not. */
export function saysSecret(name: string): boolean {
  const all = wordsOf(name)
  return !ABOUT.has(all.at(-1) ?? '') && !WHETHER.has(all[0] ?? '') && !isCursor(name)
}

/**
 * Whether a value is left out where it is only shown.
 *
 * Unlike {@link labelOf} it hides short and harmless values, too, and placeholders, so that nothing about a secret can be told
 * from whether it is hidden. Only under an everyday word such as `code` does the value count.
 */
export function hidesValue(name: string, value: string = UNKNOWN): boolean {
  const rule = ruleFor(name)
  return rule !== undefined && (!EVERYDAY.has(rule.kind) || IS_SECRET[rule.kind](value, 'parameter'))
}

/** Whether a name says secret whatever its value looks like. */
export function isStrongLabel(label: string): boolean {
  return STRONG_LABELS.has(label)
}

interface NameRule {
  readonly label: string
  readonly kind: Kind
}

// oxfmt-ignore
const LABELS: Readonly<Record<string, string>> = {
  authorization: 'authorization', assertion: 'assertion', password: 'password', secret: 'secret', credential: 'credential', token: 'token',
  csrf: 'csrf', session: 'session', signature: 'signature', code: 'code', otp: 'otp', cookie: 'cookie', hash: 'hash', ticket: 'ticket',
}

/** Texts are byte strings. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')
const rule = (label: string, kind: Kind): NameRule => ({ label: LABELS[label] ?? label, kind })
const each = (words: string, label: string, kind: Kind): readonly (readonly [string, NameRule])[] =>
  words.split(', ').map((word) => [word, rule(label, kind)] as const)

/** What the last words of a name say; the longest that fits counts. */
const HEADS: ReadonlyMap<string, NameRule> = new Map([
  ...each(
    'password, passwd, passphrase, pw, psw, passwort, kennwort, senha, wachtwoord, parola, haslo, mot de passe, passe',
    'password',
    'always',
  ),
  ...each('contrasena, contrase\xf1a, clave, heslo, kodeord, salasana, adgangskode, seed phrase', 'password', 'always'),
  ...each(
    ['contraseña', 'lösenord', 'пароль', '密码', '密碼', 'パスワード', '비밀번호'].map(bytesOf).join(', '),
    'password',
    'always',
  ),
  ...each('mnemonic, recovery phrase, security answer, secret answer, pass, passw', 'password', 'text'),
  ...each('pwd', 'password', 'noDirectory'),
  ...each('psk, pre shared key, preshared key, wpa key, network key', 'password', 'text'),
  ...each('secret', 'secret', 'always'),
  ...each('authorization, proxy authorization', 'authorization', 'text'),
  ...each('client assertion, saml response, saml art, samlresponse, samlart, sam lart', 'assertion', 'text'),
  ...each('api key', 'api-key', 'text'),
  ...each('access key, account key, shared access key, access key id, accesskeyid', 'access-key', 'text'),
  ...each('private key', 'private-key', 'text'),
  ...each('private key id', 'private-key', 'word'),
  ...each('secret key', 'secret', 'text'),
  ...each('credential, cred', 'credential', 'token'),
  ...each('token, tok, auth, authentication', 'token', 'token'),
  ...each(
    'jwt, access token, refresh token, id token, auth token, api token, bearer token, session token, reset token',
    'token',
    'credential',
  ),
  ...each(
    'password token, client token, user token, card token, bot token, device token, verification token, secret token',
    'token',
    'credential',
  ),
  ...each('bearer', 'token', 'token'),
  ...each('csrf, xsrf, wp nonce, csrf nonce, xsrf nonce, authenticity token, verification token', 'csrf', 'token'),
  ...each('csrf token, xsrf token', 'csrf', 'credential'),
  ...each('session, sid, session id', 'session', 'token'),
  ...each('session key', 'session', 'word'),
  ...each('sk, launch', 'session', 'parameter'),
  ...each('sesskey', 'session', 'text'),
  ...each('pares, pa res, pa req, pareq, cres, creq', 'assertion', 'blob'),
  ...each('nonce, security', 'csrf', 'shortHex'),
  ...each('binary security token', 'token', 'text'),
  ...each('username, user name', 'credential', 'drawnUser'),
  ...each('x auth', 'token', 'word'),
  ...each('jsession id, j session id, php session id', 'session', 'text'),
  ...each('signature, sig', 'signature', 'token'),
  ...each('sign, signing, hmac, mac key', 'signature', 'word'),
  ...each('mac', 'signature', 'longCode'),
  ...each('hash', 'hash', 'digest'),
  ...each('user hash, identity hash', 'hash', 'word'),
  ...each('code verifier', 'code', 'text'),
  ...each('device code, oob code', 'code', 'credential'),
  ...each('client state, session state', 'state', 'word'),
  ...each(
    'otp, totp, pin, passcode, mfa, 2fa, tfa, cvc, cvv, cvv2, ssn, pin code, pincode, otp token, totp token, sms token, mfa pin',
    'otp',
    'typed',
  ),
  ...each(
    'mfa code, user code, auth code, access code, verification code, recovery code, backup code, security code',
    'code',
    'typed',
  ),
  ...each(
    'confirmation code, activation code, reset code, sms code, token code, time code, otp code, pairing code',
    'code',
    'typed',
  ),
  ...each(
    'pass code, invite code, login code, magic code, authorization code, totp code, 2fa code, scratch code, verify code, card code',
    'code',
    'typed',
  ),
  ...each('card number, number, pan, cc number, credit card, card', 'card', 'card'),
  ...each('captcha response, recaptcha response, turnstile response', 'captcha', 'word'),
  ...each('response', 'captcha', 'long'),
  ...each('private mac', 'private-key', 'word'),
  ...each(
    'openai organization, open ai organization, open ai project, openai project, anthropic organization id',
    'organization',
    'text',
  ),
  ...each('cookie, set cookie', 'cookie', 'text'),
  ...each('code, oauth code', 'code', 'code'),
  ...each('assertion', 'assertion', 'word'),
  ...each('refresh', 'token', 'word'),
  ...each('key, k, appid, license, licence, pat, passkey', 'api-key', 'word'),
  ...each('ticket, crumb, invite, invitation, otac, magic link, verifier', 'ticket', 'word'),
  ...each('auth req id, trigger id, upload id, secret id, resume id, capability', 'capability', 'word'),
  ...each('policy', 'capability', 'blob'),
  ...each('pin block', 'otp', 'word'),
  ...each('plaintext, secret string, secret binary', 'secret', 'word'),
  ...each('user info, userinfo', 'credential', 'login'),
  ...each('h', 'hash', 'mac'),
])

/** Words that say secret wherever they stand in a name, if the last word does not speak about it. */
const ANYWHERE: ReadonlyMap<string, NameRule> = new Map([
  ...each('password, passwd, passphrase, passwort, contrasena', 'password', 'always'),
  ...each('pwd', 'password', 'noDirectory'),
  ...each('secret', 'secret', 'always'),
  ...each('authorization', 'authorization', 'text'),
  ...each('token, jwt', 'token', 'word'),
  ...each('csrf, xsrf', 'csrf', 'word'),
  ...each('session', 'session', 'word'),
  ...each('signature', 'signature', 'word'),
  ...each('credential', 'credential', 'word'),
])

/** Two words that say it wherever they stand. */
const PAIRS_ANYWHERE: ReadonlyMap<string, NameRule> = new Map([
  ...each('api key', 'api-key', 'text'),
  ...each('private key', 'private-key', 'text'),
  ...each('access key', 'access-key', 'text'),
  ...each('client assertion', 'assertion', 'text'),
])

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Words at the end that change nothing. */
const NEUTRAL = words(
  `value val data string str text plain plaintext raw encoded encrypted base64 base hex b64 confirmation confirm again repeat attempt provided
   header field env var variable env_var prod production dev staging live test new old current previous primary secondary default input bytes
   hidden param pem json bundle material content contents sha md`,
)

/** Words at the end of a name that speak about a secret. */
const ABOUT = words(
  `type types count counts limit limits url urls uri uris endpoint endpoints length expiry expires expiration expire expired ttl timeout duration
   algorithm algorithms alg algo method methods version versions enabled required policy policies hint format formats status created updated used at on
   usage details affinity name names id ids label description rule rules strength min max size age date time timestamp started ended start end
   state scope scopes file files path paths dir directory location prefix suffix form template placeholder error errors message messages set
   changed reset rotation lifetime valid invalid exists last first by index position budget rate cost price remaining provider issuer kind mode
   level group owner supported support settings config options option list manager store service validity days hours minutes seconds ms in
   until since allowed visible available needed forgotten less mismatch failed failure attempts tries retries arn title fingerprint fingerprints
   thumbprint crc32c challenge storage handler reference ref refs placeholder question questions verified`,
)

/** Words at the beginning of a name that say whether or how many. */
const WHETHER =
  words(`has have is are use uses show hide require requires required enable enables enabled disable disabled allow allows num max min
   total count can should forgot forgotten invalid missing supports no without must need needs`)

/** What stands before `key` in names of things that nobody keeps secret. */
const HARMLESS_KEYS = words(
  `retry public pub publishable primary foreign sort partition cache object row idempotency group translation hash range issue project index map dedup dedupe
   deduplication surrogate websocket natural composite unique event message lookup order config setting property feature flag image file path
   evaluated start next pagination resource entity record item parent child node tree host ssh gpg pgp verify document doc field column dimension
   metric tag locale lang react component shift hot tab arrow socket any i18n trace cursor job queue topic bucket blob s3 thumbnail rate header
   sender vapid`,
)

/** What stands before `token` where it only says where a list goes on. */
const CURSORS =
  words(`page next nextpage resumption prev previous continuation continue sync resume cursor skip start delta change changes scroll pagination paging
   position marker list iterator after before last watch shard backward forward`)

/** What stands before `code` in names of something else than a credential. */
const CODES = words(`oauth grant one`)

/** What stands before `nonce`, `pin` and the like says what they are. */
const HARMLESS_PAIRS = words('map_pin drop_pin public_token next_cursor')

const STRONG_LABELS: ReadonlySet<string> = new Set([
  'authorization',
  'assertion',
  'password',
  'secret',
  'api-key',
  'access-key',
  'private-key',
])

const known = new Map<string, NameRule | 'none'>()

function ruleFor(name: string): NameRule | undefined {
  let found = known.get(name)
  if (found === undefined) {
    if (known.size > 10_000) known.clear()
    found = findRule(name) ?? 'none'
    known.set(name, found)
  }
  return found === 'none' ? undefined : found
}

/** The last part that says something: of `user[password]` the password, of `auth[type]` nothing. */
function findRule(name: string): NameRule | undefined {
  if (name.length > LONGEST_NAME || !mayBeSecret(name) || NO_SECRET_NAME.test(name)) return undefined
  const parts = name.split(/[[\]]+/).filter((part) => part !== '')
  const whole = parts.length > 1 ? ruleOfWords(wordsOf(name)) : undefined
  if (whole !== undefined) return whole
  for (const part of parts.toReversed()) {
    const found = ruleOfWords(wordsOf(part))
    if (found !== undefined) return found
  }
  return undefined
}

const LONGEST_NAME = 200

/** Letters of which some are in each name that says secret: most names of a long form have none of them, and are not taken apart. */
const TELLING_LETTERS = new RegExp(
  shortest([...HEADS.keys(), ...ANYWHERE.keys(), ...PAIRS_ANYWHERE.keys()]).join('|'),
  'i',
)
/** Words of one letter. */
const TELLING_LETTER = /(?<![A-Za-z\d\x80-\xff])[HKhk](?![a-z\d\x80-\xff])/

const mayBeSecret = (name: string): boolean => TELLING_LETTERS.test(name) || TELLING_LETTER.test(name)

/** The last words of names, but for those of which another one is a part. */
function shortest(names: readonly string[]): readonly string[] {
  const last = new Set(names.map((name) => name.split(' ').at(-1) ?? ''))
  const long = [...last].filter((word) => word.length > 1)
  return long.filter((word) => !long.some((other) => other !== word && word.includes(other)))
}

/** The directory before, the id of one run of npm, a list that somebody goes through, the name of a secret that is kept elsewhere. */
const NO_SECRET_NAME = /^(?:oldpwd|npm-session|x-ms-continuation|existing[-_]?secret.*)$/i

function ruleOfWords(all: readonly string[]): NameRule | undefined {
  const found = ruleOfHead(all)
  // A digest of code or of a key; that of a password and a signature are as good as these.
  return DIGESTS.has(all.at(-1) ?? '') && found?.kind === 'code' ? undefined : found
}

const DIGESTS: ReadonlySet<string> = new Set(['sha', 'md'])

function ruleOfHead(all: readonly string[]): NameRule | undefined {
  let end = all.length
  while (end > 1 && NEUTRAL.has(all[end - 1] ?? '') && HEADS.get(all.slice(end - 2, end).join(' ')) === undefined)
    end -= 1
  const [first = ''] = all
  if (end === 0 || (end > 1 && WHETHER.has(first))) return undefined
  const last = all[end - 1] ?? ''
  const singular = last.length > 3 && last.endsWith('s') && !last.endsWith('ss') ? last.slice(0, -1) : undefined
  const head = headRule([...all.slice(0, end - 1), last])
  if (head === 'harmless')
    return ABOUT.has(last)
      ? undefined
      : (anywhereRule(all.slice(0, end), true) ?? (last === 'code' ? LONG_CODE : undefined))
  if (head !== undefined) return head
  if (singular !== undefined) {
    const one = headRule([...all.slice(0, end - 1), singular])
    if (one !== undefined && one !== 'harmless') return { label: one.label, kind: PLURAL[one.kind] }
  }
  if (end > 1 && ABOUT.has(last)) return undefined
  return anywhereRule(all.slice(0, end), false)
}

const LONG_CODE = rule('code', 'longCode')

/** Many of them are a list, or a count. */
const PLURAL: Readonly<Record<Kind, Kind>> = {
  always: 'text',
  text: 'text',
  noDirectory: 'noDirectory',
  credential: 'tokens',
  token: 'tokens',
  tokens: 'tokens',
  typed: 'typed',
  word: 'word',
  digest: 'digest',
  card: 'card',
  long: 'long',
  blob: 'blob',
  code: 'word',
  longCode: 'longCode',
  mac: 'mac',
  parameter: 'parameter',
  drawnUser: 'drawnUser',
  shortHex: 'shortHex',
  login: 'login',
}

function headRule(all: readonly string[]): NameRule | 'harmless' | undefined {
  for (let size = Math.min(4, all.length); size > 0; size -= 1) {
    const found = HEADS.get(all.slice(-size).join(' '))
    if (found === undefined) continue
    return size === 1 && isHarmlessHead(all) ? 'harmless' : found
  }
  return undefined
}

/** Whether the word before says that the last one is not a secret. */
function isHarmlessHead(all: readonly string[]): boolean {
  const [before = '', last = ''] = all.slice(-2)
  if (all.length < 2) return false
  if (HARMLESS_PAIRS.has(`${before}_${last}`)) return true
  switch (last) {
    case 'k':
      // Alone it is a member of a JSON Web Key.
      return true
    case 'key':
      return HARMLESS_KEYS.has(before) || all.includes('public')
    case 'token':
      return CURSORS.has(before) || all.includes('public')
    case 'signature':
    case 'sig':
      return all.includes('public')
    case 'code':
      return !CODES.has(before)
    case 'number':
      return !/^(?:card|cc|credit|pan|account)$/.test(before)
    case 'h':
    case 'policy':
    case 'response':
    case 'pan':
    case 'refresh':
    case 'hash':
    case 'invite':
      return true
    default:
      return false
  }
}

/** `onlyStrong`: only what says secret of any value. */
function anywhereRule(all: readonly string[], onlyStrong: boolean): NameRule | undefined {
  for (const [k, word] of all.entries()) {
    const found = PAIRS_ANYWHERE.get(`${word} ${all[k + 1] ?? ''}`) ?? ANYWHERE.get(word)
    if (found !== undefined && (!onlyStrong || found.kind === 'always' || found.kind === 'text')) return found
  }
  return undefined
}

/** Stands for a value that is not known yet, is not harmless, and looks random. */
export const UNKNOWN = 'Zq7rT0kLm3XvB9cW5yPd8NfH'
