import { expect, test } from '../helpers/test.ts'
import { scanForSecrets } from '../../src/inspection/secret-scan.ts'

/** So many characters that look drawn: nothing that is secret anywhere. */
const from =
  (drawn: string) =>
  (length: number): string =>
    drawn.repeat(Math.ceil(length / drawn.length)).slice(0, length)
const word = from('q7Zr2kLm3XvB9tYp4WdN8sHj5GcF6aEu')
const upper = from('Q7ZR2KLM3XVB9TYP4WDN8SHJ5GCF6AEU')
const lower = from('q7zr2klm3xvb9typ4wdn8shj5gcf6aeu')
const hex = from('0a1b2c3d4e5f60718293a4b5c6d7e8f9')

/** The kind of a form, and the shortest text that has it: without its last character it has not. */
type Form = readonly [kind: string, shortest: string]

const each = (kind: string, before: readonly string[], after: string): readonly Form[] =>
  before.map((one): Form => [kind, `${one}${after}`])

const SHORTEST: readonly Form[] = [
  ...each('jwt', ['eyJ', 'eyAi', 'ewog', 'ew0K'], `${word(8)}.${word(8)}.`),
  ...each('paseto', ['v1.local.', 'v4.public.'], word(20)),
  ...each('private-key', ['-----BEGIN ', '-----BEGIN RSA ', '-----BEGIN PGP '], 'PRIVATE KEY BLOCK-----'),
  ['private-key', `AGE-SECRET-KEY-1${upper(20)}`],
  ['private-key', `Private-Lines: 12\r\n${word(20)}`],
  ...each('aws', ['AKIA', 'ASIA', 'AROA', 'AIDA', 'AGPA', 'ANPA', 'ABIA', 'ACCA'], upper(16)),
  ['alibaba', `LTAI${word(12)}`],
  ['tencent', `AKID${word(32)}`],
  ...each('pubnub', ['pub-c-', 'sec-c-'], word(30)),
  ['payment', `tokencc_${lower(20)}`],
  ['payment', `wc_order_${word(13)}`],
  ...each('wallet', ['5', 'Kx', 'L1'], word(50)),
  ...each('github', ['gho_', 'ghp_', 'ghu_', 'ghs_', 'ghr_'], word(30)),
  ['github', `github_pat_${word(22)}`],
  ...each(
    'gitlab',
    ['pat', 'dt', 'rt', 'ptt', 'cbt', 'imt', 'agent', 'oas', 'soat', 'ft', 'ffct'].map((one) => `gl${one}-`),
    word(20),
  ),
  ['gitlab', `GR1348941${word(20)}`],
  ...each('slack', ['xoxa-', 'xoxb-', 'xoxc-', 'xoxd-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-'], word(10)),
  ...each('slack', ['xapp-', 'xwfp-'], word(10)),
  ['slack', `hooks.slack.com/services/${word(20)}`],
  ...each('stripe', ['sk_live_', 'rk_test_', 'ek_live_', 'whsec_'], word(16)),
  ...each('api-key', ['sk-', 'ek_', 'sess-'], word(20)),
  ['google', `AIza${word(35)}`],
  ...each('google', ['GOCSPX-', 'ya29.', '4/0', '1//0'], word(20)),
  ...each('vendor', ['dop_v1_', 'lin_api_', 'sbp_', 'tfp_', 'CFPAT-', 'r8_', 'gsk_', 'pat-na1-'], word(24)),
  ...each('vendor', ['ATATT3', 'sntrys_', 'PMAK-'], word(24)),
  ...each('vendor', ['key-', 'dapi'], hex(32)),
  ['vendor', `${hex(32)}-us1`],
  ['vendor', `ATTA${hex(72)}`],
  ['vendor', `aio_${word(28)}`],
  ['vendor', `da2-${lower(26)}`],
  ...each('vendor', ['dnsimple_a_', 'dnsimple_u_'], word(32)),
  ['sendgrid', `SG.${word(16)}.${word(16)}`],
  ['npm', `npm_${word(36)}`],
  ['pypi', `pypi-${word(50)}`],
  ['hugging face', `hf_${word(30)}`],
  ...each('vault', ['hvs.', 'hvb.', 'hvr.'], word(20)),
  ['docker', `dckr_pat_${word(20)}`],
  ...each('shopify', ['shpat_', 'shpss_', 'shpca_', 'shppa_', 'shptka_', 'shpua_'], word(32)),
  ['telegram', `12345678:AA${word(32)}`],
  ...each('new relic', ['NRAK-', 'NRII-', 'NRJS-', 'NRRA-', 'NRAL-', 'NRIQ-', 'NRSP-'], word(18)),
  ['heroku', `HRKU-${word(30)}`],
  ['twilio', `SK${hex(32)}`],
  ['airtable', `pat${word(14)}.${hex(64)}`],
  ...each('figma', ['figd_', 'figou_'], word(30)),
  ...each('password hash', ['$2a$', '$2b$', '$2y$', '$apr1$', '$1$', '$5$', '$6$', '$y$', '$argon2id$'], word(20)),
  ...each('password hash', ['$$6$', '{SHA}', '{SSHA}', '{SSHA512}'], word(20)),
  ...each('password hash', [`:${hex(32).toUpperCase()}:`, `:${'X'.repeat(32)}:`], `${hex(32).toUpperCase()}:[`),
  ...each(
    'ticket',
    ['TGT', 'ST', 'PT', 'LT', 'PGT', 'PGTIOU'].map((one) => `${one}-1-`),
    word(20),
  ),
  ...each('signed message', [`BAh${word(6)}--`, `Im${word(6)}--`, `eyJ${word(6)}--`], hex(40)),
  ['artifact', `AAQAA${word(54)}=`],
  ...each('signed token', ['SFMyNTY.', 'SFMzODQ.', 'SFM1MTI.'.replace('1', 'M')], `${word(8)}.${word(20)}`),
  ['rancher', `token-${lower(5)}:${lower(54)}`],
  ['wallet', `nsec1${lower(58)}`],
  ['wallet', `xprv${word(90)}`],
  ['static key', `-----BEGIN OpenVPN Static key V1-----\n${hex(16)}`],
  ['join token', `SWMTKN-1-${lower(40)}`],
  ['salesforce', `3MVG9${word(50)}`],
  ['azure', `${word(3)}8Q~${word(30)}`],
  ...['4111111111111111', '5105105105105100', '5555555555554444', '341111111111111', '371449635398431'].map(
    (number): Form => ['card', number],
  ),
  ['bootstrap', `${lower(6)}.${lower(16)}`],
]

const kindsAt = (text: string, offset: number): readonly string[] =>
  scanForSecrets(text).flatMap((found) => (found.offset === offset && found.inside.length === 0 ? [found.kind] : []))

for (const [kind, shortest] of SHORTEST)
  test(`${kind} is what looks like ${shortest.slice(0, 24).replaceAll('\n', ' ')}, and is as long`, () => {
    expect(kindsAt(`see ${shortest} there`, 4)).toContain(kind)
    expect(kindsAt(`see ${shortest.slice(0, -1)} there`, 4)).not.toContain(kind)
  })

const NONE: readonly (readonly [kind: string, text: string])[] = [
  ...['\n', ' \r\n', String.raw`\n`, String.raw`\\r\\n`, '%0D%0A'].map(
    (lineEnd) => ['private-key', `-----BEGIN PRIVATE KEY-----${lineEnd}{{private-key.1}}`] as const,
  ),
  ['static key', '-----BEGIN OpenVPN Static key V1-----\n{{static-key.1}}'],
  ['slack', 'xoxb-{{token.1}}={{token.2}}'],
  ['api-key', `sk-${'long-name-of-a-class'.repeat(2)}`],
  ['wallet', `a5${word(50)}`],
  ['wallet', `5${word(51)}`],
  ['wallet', `5${word(49)}0`],
  ['aws', `xAKIA${upper(16)}`],
  ['aws', `AKIA${upper(17)}`],
  ['npm', `npm_${word(37)}`],
  ['twilio', `SK${hex(33)}`],
  ['rancher', `token-${lower(5)}:${lower(55)}`],
  ['telegram', `12345678901:AA${word(32)}`],
  ['signed message', `Im${word(6)}--${hex(41)}`],
  ['signed message', `aIm${word(6)}--${hex(40)}`],
  ['card', '41111111111111111'],
  ['card', 'a4111111111111111'],
  ['bootstrap', `abcdef.${lower(16)}`],
  ['bootstrap', `${lower(6)}.abcdefghijklmnop`],
  ['bootstrap', `www.${lower(6)}.${lower(16)}`],
  ['bootstrap', `${lower(6)}.${lower(16)}.test`],
]

for (const [kind, text] of NONE)
  test(`${kind} is not what is in ${JSON.stringify(text.slice(0, 70))}`, () => {
    expect(scanForSecrets(`see ${text} there`).map((found) => found.kind)).not.toContain(kind)
  })
