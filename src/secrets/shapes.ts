import { holds } from '../content/marks.ts'
import type { Run } from '../content/runs.ts'
import { looksRandom } from './randomness.ts'

/** A secret that can be told by its form, whatever it is called. */
interface Shape {
  readonly label: string
  /** Fixed text in it: a text without that is not searched. */
  readonly hint: string
  readonly pattern: RegExp
}

const END = '(?![A-Za-z0-9_-])'
const START = '(?<![A-Za-z0-9_-])'

/** `prefix` and then so many characters of a class. */
function prefixed(label: string, prefixes: string, rest: string, end = END): readonly Shape[] {
  return prefixes.split(' ').map((prefix) => {
    const escaped = prefix.replaceAll(/[.$]/g, String.raw`\$&`)
    return { label, hint: prefix, pattern: new RegExp(`${START}${escaped}${rest}${end}`, 'g') }
  })
}

const AN = '[A-Za-z0-9]'
const WORD = '[A-Za-z0-9_-]'

/** By the first letters, as the documentation of each service gives them. */
// oxfmt-ignore
const PREFIXED: readonly Shape[] = [
  // RFC 7519 and RFC 7515: a JSON object in base64url begins so, whether it is printed in one line or in several.
  ...prefixed('jwt', 'eyJ eyAi ewog ew0K ewoJ', String.raw`${WORD}{8,}\.${WORD}{8,}(?:\.${WORD}*){1,3}`, ''),
  ...prefixed('token', 'v1.local. v2.local. v3.local. v4.local. v1.public. v2.public. v3.public. v4.public.', String.raw`${WORD}{30,}(?:\.${WORD}+)?`),
  ...prefixed('aws-key', 'AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA', '[A-Z0-9]{16}'),
  ...prefixed('aws-key', 'ABSK bedrock-api-key-', '[A-Za-z0-9+/]{60,}={0,2}'),
  ...prefixed('github-token', 'ghp_ gho_ ghu_ ghs_ ghr_', '[A-Za-z0-9_]{30,255}'),
  ...prefixed('github-token', 'github_pat_', '[A-Za-z0-9_]{22,255}'),
  ...prefixed('gitlab-token', 'glpat- gldt- glrt- glptt- glcbt- glimt- glagent- gloas- glsoat- glft- glffct- glwt-', `[A-Za-z0-9_.-]{20,}`),
  ...prefixed('gitlab-token', 'GR1348941', `${WORD}{20}`),
  ...prefixed('slack-token', 'xoxb- xoxp- xoxa- xoxr- xoxs- xoxc- xoxd- xoxe- xapp- xwfp- xoxo- xoxe.xoxp- xoxe.xoxb- xoxa-2-', '[A-Za-z0-9%/+=-]{10,}'),
  ...prefixed('alibaba-key', 'LTAI', `${AN}{12,30}`),
  ...prefixed('tencent-key', 'AKID', `${AN}{32,60}`),
  ...prefixed('pubnub-key', 'pub-c- sec-c-', `${WORD}{30,60}`),
  ...prefixed('payment-nonce', 'tokencc_', '[a-z0-9_]{20,60}'),
  // Of the Central Authentication Service: to log in, for one service, and in the name of somebody.
  ...prefixed('ticket', 'TGT- ST- PT- LT- PGT- PGTIOU-', String.raw`\d{1,10}-[A-Za-z0-9.-]{20,120}`),
  // A signed term of Phoenix: the algorithm in base64 comes first.
  ...prefixed('signed-token', 'SFMyNTY. SFMzODQ. SFM1MTI.', String.raw`${WORD}{8,}\.${WORD}{20,}`),
  // What a thing shows to be taken into a house: base 38, with the code that it is asked for.
  ...prefixed('otp', 'MT:', '[A-Z0-9.-]{19,60}'),
  // What a server of SAML 2.0 is asked to give an assertion for (Bindings, section 3.6.4).
  ...prefixed('assertion', 'AAQAA', '[A-Za-z0-9+/]{54}='),
  ...prefixed('trello-token', 'ATTA', '[a-f0-9]{72}'),
  ...prefixed('adafruit-key', 'aio_', `${AN}{28}`),
  ...prefixed('appsync-key', 'da2-', '[a-z0-9]{26}'),
  ...prefixed('dnsimple-token', 'dnsimple_a_ dnsimple_u_', `${AN}{32}`),
  ...prefixed('elevenlabs-token', 'sutkn_ cvtkn_', `${AN}{20,}`),
  ...prefixed('order-key', 'wc_order_', `${AN}{13,22}`),
  ...prefixed('api-key', 'sk- ek_', `${WORD}{20,}`),
  ...prefixed('api-key', 'sess-', `${AN}{40}`),
  ...prefixed('stripe-key', 'sk_live_ sk_test_ rk_live_ rk_test_ whsec_ ek_live_ ek_test_ sk_org_live_', '[A-Za-z0-9_+/=-]{16,}'),
  ...prefixed('google-key', 'AIza', `${WORD}{35}`),
  ...prefixed('google-key', 'GOCSPX-', `${WORD}{20,}`),
  ...prefixed('google-token', 'ya29. ya29.c. ya29.a0', `[A-Za-z0-9_.-]{20,}`),
  ...prefixed('google-token', '1//0 4/0A', `${WORD}{20,}`),
  ...prefixed('sendgrid-key', 'SG.', String.raw`${WORD}{16,32}\.${WORD}{16,64}`),
  ...prefixed('sendinblue-key', 'xkeysib- xsmtpsib-', '[a-f0-9]{64}-[A-Za-z0-9]{16}'),
  ...prefixed('npm-token', 'npm_', `${AN}{36}`),
  ...prefixed('pypi-token', 'pypi-', `${WORD}{50,}`),
  ...prefixed('rubygems-key', 'rubygems_', '[a-f0-9]{48}'),
  ...prefixed('cargo-token', 'cio', `${AN}{32}`),
  ...prefixed('nuget-key', 'oy2', '[a-z0-9]{43}'),
  ...prefixed('docker-token', 'dckr_pat_ dckr_oat_', `${WORD}{20,}`),
  ...prefixed('digitalocean-token', 'dop_v1_ doo_v1_ dor_v1_', '[a-f0-9]{64}'),
  ...prefixed('huggingface-token', 'hf_ api_org_', `${AN}{30,}`),
  ...prefixed('groq-key', 'gsk_', `${AN}{30,}`),
  ...prefixed('xai-key', 'xai-', `${AN}{40,}`),
  ...prefixed('perplexity-key', 'pplx-', `${AN}{40,}`),
  ...prefixed('replicate-token', 'r8_', `${AN}{30,}`),
  ...prefixed('api-key', 'fw_ tvly- fc- nvapi- lsv2_pt_ lsv2_sk_ pcsk_ wsec_ co_ jina_ tgp_v1_ csk- e2b_ vapi_ phx_ phc_ fm_ ctx7sk-', `[A-Za-z0-9_-]{24,}`),
  ...prefixed('shopify-token', 'shpat_ shpss_ shpca_ shppa_ shptka_', '[a-fA-F0-9]{32}'),
  ...prefixed('shopify-token', 'shpua_ shpit_ atkn_', `${AN}{32,}`),
  ...prefixed('square-token', 'sq0atp- sq0idp-', `${WORD}{22}`),
  ...prefixed('square-token', 'sq0csp-', `${WORD}{43}`),
  ...prefixed('square-token', 'EAAA EAAl', `${WORD}{60}`),
  ...prefixed('paypal-token', 'A21AA access_token$production$ access_token$sandbox$', `[A-Za-z0-9_$-]{40,}`),
  ...prefixed('salesforce-key', '3MVG9', `[A-Za-z0-9_.]{60,}`),
  ...prefixed('adyen-key', 'AQE', `[A-Za-z0-9]{4}[A-Za-z0-9+/=]{50,}`),
  ...prefixed('plaid-token', 'access-sandbox- access-development- access-production- public-sandbox- public-production- link-sandbox- link-production-', '[0-9a-f-]{36}'),
  ...prefixed('facebook-token', 'EAAC EAAG EAAB EAAM EAAJ', `${AN}{30,}`),
  ...prefixed('telegram-token', 'bot', String.raw`\d{8,10}:AA${WORD}{32,34}`),
  ...prefixed('vault-token', 'hvs. hvb. hvr.', `${WORD}{20,}`),
  ...prefixed('vault-token', 's. b. r.', '[A-Za-z0-9]{24}'),
  ...prefixed('postman-key', 'PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'),
  ...prefixed('postman-key', 'PMAT-', '[A-Z0-9]{26}'),
  ...prefixed('linear-key', 'lin_api_ lin_oauth_ lin_wh_', `${AN}{32,}`),
  ...prefixed('notion-token', 'ntn_ secret_', `${AN}{40,}`),
  ...prefixed('databricks-token', 'dapi', '[a-f0-9]{32}(?:-[0-9])?'),
  ...prefixed('newrelic-key', 'NRAK- NRII- NRJS- NRRA- NRAL- NRIQ- NRSP-', `[A-Za-z0-9_-]{18,64}`),
  ...prefixed('grafana-token', 'glsa_', '[A-Za-z0-9]{32}_[a-fA-F0-9]{8}'),
  ...prefixed('grafana-token', 'glc_', '[A-Za-z0-9+/]{32,}={0,3}'),
  ...prefixed('mailgun-key', 'key- pubkey-', '[a-f0-9]{32}'),
  ...prefixed('heroku-key', 'HRKU-', `[A-Za-z0-9_-]{36,}`),
  ...prefixed('twilio-key', 'SK', '[a-f0-9]{32}'),
  ...prefixed('figma-token', 'figd_ figdr_ figo_ figor_ figu_', `${WORD}{36,}`),
  ...prefixed('airtable-token', 'pat', String.raw`[A-Za-z0-9]{14}\.[a-f0-9]{64}`),
  ...prefixed('airtable-token', 'key', '[A-Za-z0-9]{14}'),
  ...prefixed('asana-token', '0/', '[a-f0-9]{32}'),
  ...prefixed('atlassian-token', 'ATATT3 ATCTT3 ATSTT3 ATBB', `[A-Za-z0-9_=-]{24,}`),
  ...prefixed('dropbox-token', 'sl.', `${WORD}{60,}`),
  ...prefixed('dropbox-token', 'sl.u.', `${WORD}{60,}`),
  ...prefixed('doppler-token', 'dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.', `[A-Za-z0-9_.-]{40,}`),
  ...prefixed('pulumi-token', 'pul-', '[a-f0-9]{40}'),
  ...prefixed('planetscale-token', 'pscale_tkn_ pscale_pw_ pscale_oauth_', `[A-Za-z0-9_.=-]{32,}`),
  ...prefixed('supabase-key', 'sbp_ sb_secret_', `[A-Za-z0-9_-]{30,}`),
  ...prefixed('sentry-token', 'sntrys_ sntryu_ sntryi_', `[A-Za-z0-9_+/=-]{30,}`),
  ...prefixed('dynatrace-token', 'dt0c01. dt0s01. dt0s16. dt0s06.', String.raw`[A-Z0-9]{8,24}\.[A-Z0-9]{60,64}`),
  ...prefixed('okta-token', '00', `[A-Za-z0-9_-]{40}`),
  ...prefixed('auth0-token', 'Fe26.2*', String.raw`[A-Za-z0-9*_.~%-]{40,}`),
  ...prefixed('buildkite-token', 'bkua_ bkaa_ bkct_', '[a-f0-9]{40}'),
  ...prefixed('circleci-token', 'CCIPAT_ CCIPRJ_', '[A-Za-z0-9_]{30,}'),
  ...prefixed('render-key', 'rnd_', `${AN}{28,}`),
  ...prefixed('railway-token', 'fo1_ FlyV1 fm1r_ fm2_ fm1a_', `[A-Za-z0-9_,+/= -]{30,}`),
  ...prefixed('netlify-token', 'nfp_', `${AN}{30,}`),
  ...prefixed('vercel-token', 'vcp_ vci_ vca_ vcr_ vck_', `${AN}{24,}`),
  ...prefixed('cloudflare-key', 'v1.0-', '[a-f0-9]{24}-[a-f0-9]{146}'),
  ...prefixed('contentful-token', 'CFPAT-', `${WORD}{43}`),
  ...prefixed('frameio-token', 'fio-u-', `${WORD}{64}`),
  ...prefixed('intercom-token', 'dG9rO', '[A-Za-z0-9=]{30,}'),
  ...prefixed('hubspot-key', 'pat-na1- pat-eu1- pat-na2- pat-ap1-', '[0-9a-f-]{36}'),
  ...prefixed('typeform-token', 'tfp_', `[A-Za-z0-9_.=-]{40,}`),
  ...prefixed('easypost-key', 'EZAK EZTK', `${AN}{54}`),
  ...prefixed('shippo-token', 'shippo_live_ shippo_test_', '[a-f0-9]{40}'),
  ...prefixed('duffel-token', 'duffel_live_ duffel_test_', `${WORD}{43}`),
  ...prefixed('flutterwave-key', 'FLWSECK_TEST- FLWSECK- FLWPUBK_TEST-', '[a-fA-F0-9]{12,}(?:-X)?'),
  ...prefixed('lob-key', 'live_ test_', '[a-f0-9]{35}'),
  ...prefixed('mapbox-token', 'sk.eyJ', String.raw`${WORD}{40,}\.${WORD}{20,}`),
  ...prefixed('mollie-key', 'live_ test_', `${AN}{30}`),
  ...prefixed('gocardless-token', 'live_ sandbox_', `[A-Za-z0-9_=-]{40}`),
  ...prefixed('clerk-key', 'sk_live_ sk_test_', `${AN}{40,}`),
  ...prefixed('resend-key', 're_', `[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}`),
  ...prefixed('tailscale-key', 'tskey-auth- tskey-api- tskey-client- tskey-scim- tskey-webhook- tskey-', `[A-Za-z0-9-]{18,}`),
  ...prefixed('ngrok-token', 'ak_', `${AN}{30,}`),
  ...prefixed('onepassword-token', 'ops_eyJ', `[A-Za-z0-9+/=_-]{100,}`),
  ...prefixed('onepassword-key', 'A3-', '[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}'),
  ...prefixed('bitwarden-token', '0.', String.raw`[0-9a-f-]{36}\.[A-Za-z0-9]{30}:[A-Za-z0-9+/=]{24,}`),
  ...prefixed('age-key', 'AGE-SECRET-KEY-1', '[A-Z0-9]{58}'),
  ...prefixed('settlemint-token', 'sm_pat_ sm_aat_ sm_sat_', `${AN}{16,}`),
  ...prefixed('artifactory-key', 'AKCp cmVmd', `${AN}{59,}`),
  ...prefixed('confluent-key', 'cflt', `[A-Za-z0-9+/]{60}`),
  ...prefixed('prefect-key', 'pnu_ pnb_', `${AN}{36}`),
  ...prefixed('readme-key', 'rdme_', '[a-z0-9]{70}'),
  ...prefixed('openshift-token', 'sha256~', `${WORD}{43}`),
  ...prefixed('scalingo-token', 'tk-us-', `${WORD}{48}`),
  ...prefixed('snyk-token', 'snyk_', `[A-Za-z0-9._-]{30,}`),
  ...prefixed('sourcegraph-token', 'sgp_ slk_', '[a-fA-F0-9_]{40,}'),
  ...prefixed('yandex-key', 'AQVN t1. y0_', `[A-Za-z0-9_.=-]{35,}`),
  ...prefixed('zuplo-key', 'zpka_', `[A-Za-z0-9_]{30,}`),
  ...prefixed('wallet-key', 'nsec1', '[a-z0-9]{58}'),
  ...prefixed('extended-key', 'xprv', '[A-HJ-NP-Za-km-z1-9]{100,}'),
]

const HASHED = String.raw`\${1,2}(?:2[abxy]?|5|6|7|1|apr1|y|gy|md5|sha1|argon2(?:id|i|d)|scrypt|bcrypt-sha256|pbkdf2[\w-]*)\${1,2}(?:[a-z]{1,9}=\d{1,9}[,$])*[\w./+=$-]{20,400}`

/** Of a key in PEM, also as it is escaped. */
const LINE_END = String.raw`(?:\s|\\+[rn]|%0[AD])`
const BASE64 = '(?:[A-Za-z0-9+/]|%2[BbFf])'
/** Fields, long lines, and a short one if it has a line of its own. */
const CUT_KEY = String.raw`(?:${LINE_END}+[A-Z][\w-]{2,30}: [^\r\n\\%"']{1,200})*(?:${LINE_END}+${BASE64}{16,20000}(?:=|%3D){0,2})+(?:${LINE_END}+${BASE64}{1,80}(?:=|%3D){0,2}(?=\s|\\|%0|["'<&]|-----|$))?`

const PEM_NAME = '(?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?'

/** Those that do not begin with letters of their own. */
const OTHERS: readonly Shape[] = [
  {
    label: 'private-key',
    hint: 'PRIVATE KEY',
    // With the fields and comments that may stand in it (RFC 1421, RFC 9580), and also if the end is cut off: then as far as it is base64.
    pattern: new RegExp(
      `-----BEGIN ${PEM_NAME}-----(?!${LINE_END}*\\{\\{)(?:(?:(?!-----)[^]){16,20000}?-----END ${PEM_NAME}-----|${CUT_KEY})`,
      'g',
    ),
  },
  {
    label: 'private-key',
    hint: 'BEGIN SSH2 ',
    pattern:
      /---- BEGIN SSH2 (?:ENCRYPTED )?PRIVATE KEY ----[^]{16,20000}?---- END SSH2 (?:ENCRYPTED )?PRIVATE KEY ----/g,
  },
  {
    label: 'private-key',
    hint: 'Private-Lines:',
    pattern: /(?<=Private-Lines: \d{1,3}\s{1,2})[A-Za-z0-9+/=]+(?:\r?\n[A-Za-z0-9+/]{4,}={0,2})*/g,
  },
  {
    label: 'slack-hook',
    hint: 'hooks.slack.com',
    pattern: /(?<=hooks\.slack\.com\/(?:services|workflows|triggers|commands|actions)\/)[A-Za-z0-9/]{20,}/g,
  },
  {
    label: 'terraform-token',
    hint: '.atlasv1.',
    pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}/g,
  },
  // Passwords as systems keep them: they can be guessed at.
  { label: 'password-hash', hint: '$', pattern: new RegExp(`(?<![\\w$])${HASHED}`, 'g') },
  ...['{S', '{MD5}', '{CRYPT}'].map((hint) => ({
    label: 'password-hash',
    hint,
    pattern: /\{S?(?:SHA|SHA256|SHA512|MD5|CRYPT)\}[\w./+$-]{20,200}={0,2}/g,
  })),
  {
    label: 'password-hash',
    hint: 'pbkdf2_sha',
    pattern: /\bpbkdf2_sha\d{1,3}\$\d{1,8}\$[\w./+]{4,80}\$[\w./+]{20,200}={0,2}/g,
  },
  // Of Windows, in the lines that tools print.
  {
    label: 'password-hash',
    hint: ':::',
    pattern: /(?<=:\d{1,10}:(?:[\da-f]{32}|\*{4,}|NO PASSWORD\*+):)[\da-f]{32}(?=:::)/gi,
  },
  // What Rails signs, after what is signed: JSON or Marshal in base64.
  {
    label: 'signature',
    hint: '--',
    pattern:
      /(?<=--)(?:[\da-f]{64}|[\da-f]{40})(?![\w-])(?<=(?<![A-Za-z\d])(?:I[A-Za-z]|BAh|eyJ)[\w+/=%]{6,1000}--[\da-f]{40,64})/g,
  },
  // Of Samba, with its flags after it.
  {
    label: 'password-hash',
    hint: ':[',
    pattern: /(?<=:(?:[\dA-F]{32}|X{32}):)[\dA-F]{32}(?=:\[[A-Z ]{11}\])/g,
  },
  {
    label: 'path',
    hint: 'IncomingWebhook/',
    pattern: /(?<=IncomingWebhook\/[^/\s]{1,60}\/[\w-]{36}\/)[\w-]{20,}/g,
  },
  { label: 'otp', hint: 'otpauth-migration://', pattern: /(?<=otpauth-migration:\/\/offline\?data=)[\w%+/=-]{16,}/g },
  { label: 'device-token', hint: ':APA91b', pattern: /(?<![\w-])[\w-]{11,}:APA91b[\w-]{80,}/g },
  { label: 'device-token', hint: 'PushToken[', pattern: /(?<=\bExpo(?:nent)?PushToken\[)[\w-]{10,}/g },
  { label: 'secret', hint: '::add-mask::', pattern: /(?<=::add-mask::)[^\s"'\\{]{4,}/g },
  {
    label: 'secret',
    hint: 'issecret=true',
    pattern: /(?<=##vso\[task\.setvariable [^\]\r\n]{0,200}issecret=true[^\]\r\n]{0,100}\])[^\s"'\\{]{4,}/g,
  },
  // An identity of ZeroTier, after its address and what everybody may see.
  { label: 'private-key', hint: ':0:', pattern: /(?<=\b[\da-f]{10}:0:[\da-f]{128}:)[\da-f]{128}(?![\da-f])/g },
  // Keys under which servers keep sessions.
  { label: 'session', hint: 'sess:', pattern: /(?<=(?<![\w-])sess:)[\w-]{20,}/g },
  { label: 'session', hint: '/cpsess', pattern: /(?<=\/cpsess)\d{10}(?!\d)/g },
  { label: 'join-token', hint: 'SWMTKN-1-', pattern: /SWMTKN-1-[a-z0-9]{40,}-[a-z0-9]{20,}/g },
  { label: 'project-key', hint: 'infura.io/', pattern: /(?<=\binfura\.io\/(?:ws\/)?v3\/)[\da-f]{32}/g },
  { label: 'project-key', hint: 'alchemy.com/v2/', pattern: /(?<=alchemy\.com\/v2\/)[\w-]{20,}/g },
  { label: 'telegram-token', hint: ':AA', pattern: /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])/g },
  {
    label: 'azure-secret',
    hint: '8Q~',
    pattern: /(?<![\w~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~.-])/g,
  },
  { label: 'azure-key', hint: 'AzSe', pattern: /(?<![A-Za-z0-9])[A-Za-z0-9]{42}AzSe[A-Z][A-Za-z0-9]{5}/g },
  { label: 'mailchimp-key', hint: '-us', pattern: /(?<![A-Za-z0-9])[a-f0-9]{32}-us\d{1,2}(?!\d)/g },
]

/** How far before its run of letters and digits the mark of a secret may begin. */
const LONGEST_HINT = 40

/** What stands after a run may mark it, too: `:::`. */
const AFTER_RUN = 3

/** What is marked by words may have its letters and digits far after them. */
const FAR_HINT = 10

const FAR = OTHERS.filter(({ hint }) => hint.length > FAR_HINT)
const NEAR = OTHERS.filter(({ hint }) => hint.length <= FAR_HINT)

/** The shapes that begin with two characters. */
const BY_START = new Map<number, Shape[]>()
for (const shape of PREFIXED) {
  const start = startOf(shape.hint, 0)
  BY_START.set(start, [...(BY_START.get(start) ?? []), shape])
}

/** The second of the two counts with five bits: most texts have none of them. */
const IS_START = Uint8Array.from({ length: 1 << 14 }, (_, start) => Number(BY_START.has(start)))

function startOf(text: string, at: number): number {
  return ((text.charCodeAt(at) & 127) << 7) | (text.charCodeAt(at + 1) & 127)
}

const IN_WORDS = Uint8Array.from({ length: 256 }, (_, code) => Number(/[A-Za-z0-9_-]/.test(String.fromCharCode(code))))

/**
 * Calls back for every stretch of the text that has the form of a known kind of secret.
 *
 * @param runs where the text has 16 and more letters and digits on end: each secret has them, most texts have few.
 */
export function findShapes(
  text: string,
  runs: readonly Run[],
  found: (label: string, start: number, end: number) => void,
): void {
  if (runs.length === 0) return
  const places = runs.map(({ start, end }) => text.slice(Math.max(0, start - LONGEST_HINT), end + AFTER_RUN)).join('\n')
  for (const { label, pattern } of [...startedIn(text, runs), ...othersIn(text, places)])
    for (const match of text.matchAll(pattern)) found(label, match.index, match.index + match[0].length)
  for (const { start, end } of runs) findInRun(text, start, end, found)
}

/** One text after the other: each is taken in once. */
function othersIn(text: string, places: string): readonly Shape[] {
  const found = [...FAR.filter(({ hint }) => holds(text, hint)), ...NEAR.filter(({ hint }) => holds(places, hint))]
  return found.length < 2 ? found : OTHERS.filter((shape) => found.includes(shape))
}

/** The shapes whose first letters stand at the beginning of a word, in runs or shortly before them. */
function startedIn(text: string, runs: readonly Run[]): ReadonlySet<Shape> {
  const shapes = new Set<Shape>()
  let done = 0
  for (const { start, end } of runs) {
    let at = Math.max(done, start - LONGEST_HINT)
    let isInWord = IN_WORDS[text.charCodeAt(at - 1)] === 1
    for (; at < end; at += 1) {
      const isWithin = IN_WORDS[text.charCodeAt(at)] === 1
      if (!isInWord && isWithin && IS_START[startOf(text, at)] === 1)
        for (const shape of BY_START.get(startOf(text, at)) ?? [])
          if (text.startsWith(shape.hint, at)) shapes.add(shape)
      isInWord = isWithin
    }
    done = end
  }
  return shapes
}

/** Tokens of which only length and dots tell: with them a node joins a cluster of Kubernetes, a bot logs in at Discord, and a wallet pays. */
function findInRun(
  text: string,
  start: number,
  end: number,
  found: (label: string, start: number, end: number) => void,
): void {
  if (end - start === 16 && text[start - 1] === '.' && text[end] !== '.') {
    const token = /(?<![\w.-])[a-z0-9]{6}\.[a-z0-9]{16}$/.exec(text.slice(Math.max(0, start - 8), end))?.[0]
    if (token !== undefined && looksRandom(token)) found('bootstrap-token', end - token.length, end)
  } else if (text[end] === '.' && end - start >= 24 && end - start <= 28 && /[MNO]/.test(text[start] ?? '')) {
    const rest = /^\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])/.exec(text.slice(end, end + 50))?.[0]
    if (rest !== undefined) found('discord-token', start, end + rest.length)
  } else if ((end - start === 51 || end - start === 52) && WALLET_KEY.test(text.slice(start, end)))
    found('wallet-key', start, end)
}

/** A private key of Bitcoin in its import format: base58, and its version gives the first letter. */
const WALLET_KEY = /^(?:5[1-9A-HJ-NP-Za-km-z]{50}|[KL][1-9A-HJ-NP-Za-km-z]{51})$/
