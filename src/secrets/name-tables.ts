import type { Kind } from './secret-kinds.ts'

/** What a name says: what its secret is called, and what has to be true of a value under it. */
export interface NameRule {
  readonly label: string
  readonly kind: Kind
}

/** Texts are byte strings. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')
export const nameRule = (label: string, kind: Kind): NameRule => ({ label, kind })
const each = (words: string, label: string, kind: Kind): readonly (readonly [string, NameRule])[] =>
  words.split(', ').map((word) => [word, nameRule(label, kind)] as const)

/** What the last words of a name say; the longest that fits counts. */
export const HEADS: ReadonlyMap<string, NameRule> = new Map([
  ...each(
    'password, pass word, passwd, passphrase, pass phrase, pw, psw, passwort, kennwort, senha, wachtwoord, parola, haslo, mot de passe, passe',
    'password',
    'always',
  ),
  ...each('contrasena, contrase\xf1a, clave, heslo, kodeord, salasana, adgangskode, seed phrase', 'password', 'always'),
  ...each(
    ['contraseña', 'lösenord', 'пароль', '密码', '密碼', 'パスワード', '비밀번호'].map(bytesOf).join(', '),
    'password',
    'always',
  ),
  ...each('mnemonic, recovery phrase, security answer, secret answer, pass, passw, mdp', 'password', 'text'),
  ...each('pwd', 'password', 'noDirectory'),
  ...each(
    'snmp community, agent community, read community, write community, trap community, community string',
    'password',
    'credential',
  ),
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
  ...each('dtsg, lsd', 'csrf', 'word'),
  ...each('csrf token, xsrf token', 'csrf', 'credential'),
  ...each('session, sid, session id, sess id', 'session', 'token'),
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
  // Keyed digests with which a form or a notice proves where it comes from.
  ...each(
    'fp hash, secure hash, verif hash, verify hash, auth hash, check hash, token hash, login hash',
    'hash',
    'word',
  ),
  ...each('mod hash, modhash, form hash, formhash, logout hash, form digest', 'csrf', 'word'),
  ...each('request digest', 'csrf', 'stamped'),
  // A word that somebody chose, with which a service proves that it is asked by the right one.
  ...each('verify token', 'token', 'text'),
  ...each('ssecurity', 'secret', 'word'),
  // What opens a door or a charger.
  ...each('id tag, idtag, rfid', 'credential', 'word'),
  // Anyone who knows this can delete an anonymous upload.
  ...each('delete hash, deletion hash, edit hash, removal hash', 'capability', 'word'),
  // What a call that logs in gives back.
  ...each('login return, login result, logon result, authenticate return, authenticate result', 'session', 'word'),
  ...each('sca authentication, authentication code, second factor, access license number', 'code', 'typed'),
  ...each('code verifier', 'code', 'text'),
  ...each('device code, oob code', 'code', 'credential'),
  ...each('client state, session state', 'state', 'word'),
  ...each(
    'otp, totp, pin, passcode, mfa, 2fa, tfa, cvc, cvv, cvv2, cvn, ssn, pin code, pincode, puk, otp token, totp token, sms token, mfa pin',
    'otp',
    'typed',
  ),
  ...each(
    'mfa code, user code, auth code, access code, verification code, recovery code, backup code, security code',
    'code',
    'typed',
  ),
  ...each(
    'confirmation code, activation code, reset code, sms code, token code, time code, otp code, pairing code, setup code',
    'code',
    'typed',
  ),
  ...each(
    'pass code, invite code, login code, magic code, authorization code, totp code, 2fa code, scratch code, verify code, card code',
    'code',
    'typed',
  ),
  ...each('factor token, mfa token, 2fa token, tfa token', 'otp', 'typed'),
  ...each('cvv number, cvc number, pin number, otp number', 'otp', 'typed'),
  ...each('tfa code, two factor code, factor code, challenge code, unlock code, email code', 'code', 'typed'),
  ...each('enrollment code, enrolment code, epp code', 'code', 'typed'),
  ...each('card number, number, pan, cc number, credit card, card, acct', 'card', 'card'),
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
  // Of a queue it is a path of words.
  ...each('routing key', 'api-key', 'longCode'),
  ...each('signing key', 'api-key', 'signingKey'),
  ...each('macaroon', 'token', 'word'),
  // With it a domain is taken to another registrar.
  ...each('auth info', 'code', 'word'),
  ...each('scratch', 'code', 'word'),
  ...each('key, k, appid, license, licence, pat, passkey', 'api-key', 'word'),
  ...each('ticket, crumb, invite, invitation, otac, magic link, verifier', 'ticket', 'word'),
  ...each('auth req id, trigger id, upload id, secret id, resume id, capability', 'capability', 'word'),
  // These ids act like credentials: with one, anyone can change a password or count as trusted.
  ...each('change password id, password id, trust id, verification id, reset id', 'capability', 'mixed'),
  ...each('policy', 'capability', 'blob'),
  ...each('pin block', 'otp', 'word'),
  ...each('plaintext, plain value, clear text, cleartext, secret string, secret binary', 'secret', 'word'),
  ...each('user info, userinfo', 'credential', 'login'),
  ...each('h, s, sn', 'hash', 'mac'),
  ...each('verify, ak, confirm', 'token', 'parameter'),
  ...each('md', 'signature', 'linkDigest'),
  ...each('salt, entropy, seed, baton', 'secret', 'word'),
  ...each('totp seed, otp seed, hotp seed, mfa seed, master seed, wallet seed, private seed', 'secret', 'word'),
  ...each('enciphered seed, cipher seed', 'secret', 'word'),
  ...each('payment nonce, method nonce, card nonce, invitation nonce', 'token', 'word'),
])

/** Words that say secret wherever they stand in a name, if the last word does not speak about it. */
export const ANYWHERE: ReadonlyMap<string, NameRule> = new Map([
  ...each('password, passwd, passphrase, passwort, contrasena', 'password', 'always'),
  ...each('pwd', 'password', 'noDirectory'),
  ...each('secret', 'secret', 'always'),
  ...each('authorization', 'authorization', 'text'),
  ...each('token, jwt', 'token', 'word'),
  ...each('csrf, xsrf', 'csrf', 'word'),
  ...each('session', 'session', 'word'),
  ...each('signature', 'signature', 'word'),
  ...each('credential', 'credential', 'word'),
  // Whoever knows such an address writes into an account.
  ...each('beamer', 'capability', 'word'),
])

/** Two words that say it wherever they stand. */
export const PAIRS_ANYWHERE: ReadonlyMap<string, NameRule> = new Map([
  ...each('pass word, pass phrase', 'password', 'always'),
  ...each('api key', 'api-key', 'text'),
  ...each('private key', 'private-key', 'text'),
  ...each('access key, account key', 'access-key', 'text'),
  ...each('client assertion', 'assertion', 'text'),
])

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Words at the end that change nothing. */
export const NEUTRAL = words(
  `value val data string str text plain plaintext raw encoded encrypted base64 base hex b64 confirmation confirm again repeat attempt provided
   header field env var variable env_var prod production dev staging live test new old current previous primary secondary default input bytes
   hidden param pem json bundle material content contents sha md`,
)

/** Words at the end of a name that speak about a secret. */
export const ABOUT = words(
  `type types count counts limit limits url urls uri uris endpoint endpoints length expiry expires expiration expire expired ttl timeout duration
   instant instants modified update updates factory
   algorithm algorithms alg algo method methods version versions enabled required policy policies hint format formats status created updated used at on
   usage details affinity name names id ids label description rule rules strength min max size age date time timestamp started ended start end
   state scope scopes file files path paths dir directory location prefix suffix form template placeholder error errors message messages set
   changed reset rotation eight four scheme lifetime valid invalid exists last first by index position budget rate cost price remaining provider issuer kind mode
   level group owner supported support settings config options option list manager store service validity days hours minutes seconds ms in
   until since allowed visible available needed forgotten less mismatch failed failure attempts tries retries arn title fingerprint fingerprints
   thumbprint crc32c cert certificate certificates challenge storage handler reference ref refs placeholder question questions verified`,
)

/** What things are called and told apart by that stand beside a secret, in an object with its name. */
export const THINGS = words(
  `avatar image picture photo icon logo etag revision uuid guid email login slug color locale user account org organization realm host hostname region language country timezone zone city`,
)

/** Words at the beginning of a name that say whether or how many. */
export const WHETHER =
  words(`has have is are use uses show hide require requires required enable enables enabled disable disabled allow allows num max min
   total count can should forgot forgotten invalid missing supports no without must need needs`)

/** What stands before `key` in names of things that nobody keeps secret. */
export const HARMLESS_KEYS = words(
  `retry public pub publishable primary foreign sort partition cache object row idempotency group translation hash range issue project index map dedup dedupe
   deduplication surrogate websocket natural composite unique event message lookup order config setting property feature flag image file path
   evaluated start next pagination resource entity record item parent child node tree host ssh gpg pgp verify document doc field column dimension
   metric tag locale lang react component shift hot tab arrow socket any i18n trace cursor job queue topic bucket blob s3 thumbnail rate header
   sender vapid site incident`,
)

/** What stands before `token` or `key` where it only says where a list goes on. */
export const CURSORS =
  words(`page next nextpage resumption prev previous continuation continue sync resume cursor skip start delta change changes scroll pagination paging
   position marker list iterator after before first last offset watch shard backward forward`)

/** What stands before `code` in names of something else than a credential. */
export const CODES = words(`oauth grant one`)

/** What stands before `nonce`, `pin` and the like says what they are. */
export const HARMLESS_PAIRS = words('map_pin drop_pin public_token next_cursor')

export const STRONG_LABELS: ReadonlySet<string> = new Set([
  'authorization',
  'assertion',
  'password',
  'secret',
  'api-key',
  'access-key',
  'private-key',
])
