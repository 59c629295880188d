/**
 * The words of a name, in lower case: `primaryMasterKey`, `primary-master-key` and `primary_master_key` have the same three.
 *
 * Numbers after a word are left out. What is written in one is taken apart where the parts are known: `csrftoken`, `subscriptionkey`.
 */
export function wordsOf(name: string): readonly string[] {
  return (
    name
      .replace(/^\xef\xbb\xbf/, '')
      .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
      .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
      // Of bytes above 127 two make a letter.
      .replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
      .split(NOT_IN_WORDS)
      .map((word) => word.replace(/(?<=[a-z]{2})\d+$/, ''))
      .flatMap(partsOf)
      .filter((word) => word !== '')
  )
}

const NOT_IN_WORDS = /[^a-z\d\x80-\xff]+/

/** Words that are found at the end of others, whatever comes before. */
const ENDINGS =
  /^(.+?)(passwords?|passwd|passphrase|secrets?|tokens?|signature|sessionid|sessid|apikeys?|privatekey|accesskey|credentials?)$/
/** Words that end many others by chance, as in `monkey` and `compass`: only after one of the words below. */
const ENDINGS_OF_SOME =
  /^(.+?)(keys?|code|id|pass|passw|pw|pwd|pin|auth|sig|hash|otp|sid|ticket|nonce|csrf|xsrf|session|cookie)$/
const BEGINNINGS = /^(password|passwd|csrf|xsrf|secret|token|session|apikey)(.+)$/

const BEFORE_ENDINGS: ReadonlySet<string> = new Set(
  `access account activation admin agent api apim app aspx application auth authentication authorization backup bearer client confirmation connection
   consumer continuation cron csrf customer database db delete deletion deploy dev device encryption feed function functions host hmac id ingest insert
   integration invite j jenkins jwt license licence login logout master mfa mysql next oauth openid org page partner partition php postgres primary private prod proxy public
   read recovery redis refresh registration relay remote reset resume root routing secondary secret security sentry server service sess session shared
   sign signing sms ssh storage stream sub subscription sync temp test tfa tls token totp unlock user verification verify web webhook wp write
   xsrf x require smtp ftp ldap mail my new old bind imap sasl sip vpn wifi current your`.split(/\s+/),
)
const ENDING_IN_KEY: ReadonlySet<string> = new Set([
  'monkey',
  'donkey',
  'turkey',
  'hockey',
  'jockey',
  'mickey',
  'lackey',
])
const AFTER_BEGINNINGS =
  /^(?:id|key|token|value|hash|confirm|confirmation|again|repeat|base|string|param|hex|digest|new|old|field|text|access)$/

function partsOf(word: string): readonly string[] {
  if (word === '' || WHOLE_WORDS.has(word)) return [word]
  const known = TAKEN_APART[word]
  if (known !== undefined) return known
  const [, before = '', ending = ''] = ENDINGS.exec(word) ?? []
  if (ending !== '') return [...partsOf(before), ...(TAKEN_APART[ending] ?? [ending])]
  const [, some = '', last = ''] = ENDINGS_OF_SOME.exec(word) ?? []
  if (BEFORE_ENDINGS.has(some)) return [some, last]
  // An abbreviation before it, as in `rlkey`; words that end so by chance have more letters, or mean no key.
  const [, short = ''] = /^([a-z]{1,3})key$/.exec(word) ?? []
  if (short !== '' && !ENDING_IN_KEY.has(word)) return [short, 'key']
  const [, first = '', rest = ''] = BEGINNINGS.exec(word) ?? []
  if (AFTER_BEGINNINGS.test(rest)) return [...(TAKEN_APART[first] ?? [first]), rest]
  return [word]
}

const WHOLE_WORDS: ReadonlySet<string> = new Set(['appid', 'sesskey'])

// oxfmt-ignore
const TAKEN_APART: Readonly<Record<string, readonly string[]>> = {
  apikey: ['api', 'key'], apikeys: ['api', 'keys'], privatekey: ['private', 'key'], accesskey: ['access', 'key'],
  sessionid: ['session', 'id'], sessid: ['session', 'id'], motdepasse: ['mot', 'de', 'passe'],
  authinfo: ['auth', 'info'], requirepass: ['redis', 'pass'], masterauth: ['master', 'password'], storepass: ['store', 'pass'], keypass: ['key', 'pass'],
}
