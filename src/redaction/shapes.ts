import type { Run } from '../content/views.ts'

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
function prefixed(label: string, prefix: string, rest: string): Shape {
  const escaped = prefix.replaceAll(/[.$]/g, String.raw`\$&`)
  return { label, hint: prefix, pattern: new RegExp(`${START}${escaped}${rest}${END}`, 'g') }
}

const SHAPES: readonly Shape[] = [
  // RFC 7519 and RFC 7515: a JSON object in base64url always begins with these three.
  {
    label: 'jwt',
    hint: 'eyJ',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,3}/g,
  },
  {
    label: 'private-key',
    hint: 'PRIVATE KEY',
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[^-]{16,20000}-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/g,
  },
  ...['AKIA', 'ASIA', 'AROA', 'AIDA', 'AGPA', 'ANPA'].map((prefix) => prefixed('aws-key', prefix, '[A-Z0-9]{16}')),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => prefixed('github-token', prefix, '[A-Za-z0-9]{30,255}')),
  prefixed('github-token', 'github_pat_', '[A-Za-z0-9_]{22,255}'),
  prefixed('gitlab-token', 'glpat-', '[A-Za-z0-9_-]{20,}'),
  prefixed('gitlab-token', 'gldt-', '[A-Za-z0-9_-]{20,}'),
  prefixed('gitlab-token', 'glrt-', '[A-Za-z0-9_-]{20,}'),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xapp-'].map((prefix) =>
    prefixed('slack-token', prefix, '[A-Za-z0-9-]{10,}'),
  ),
  {
    label: 'slack-hook',
    hint: 'hooks.slack.com',
    pattern: /(?<=hooks\.slack\.com\/(?:services|workflows)\/)[A-Za-z0-9/]{20,}/g,
  },
  prefixed('api-key', 'sk-', '[A-Za-z0-9_-]{20,}'),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'].map((prefix) =>
    prefixed('stripe-key', prefix, '[A-Za-z0-9]{16,}'),
  ),
  prefixed('google-key', 'AIza', '[A-Za-z0-9_-]{35}'),
  prefixed('google-key', 'GOCSPX-', '[A-Za-z0-9_-]{20,}'),
  prefixed('google-token', 'ya29.', '[A-Za-z0-9_-]{20,}'),
  prefixed('sendgrid-key', 'SG.', String.raw`[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}`),
  prefixed('npm-token', 'npm_', '[A-Za-z0-9]{36}'),
  prefixed('pypi-token', 'pypi-', '[A-Za-z0-9_-]{50,}'),
  prefixed('docker-token', 'dckr_pat_', '[A-Za-z0-9_-]{20,}'),
  prefixed('digitalocean-token', 'dop_v1_', '[a-f0-9]{64}'),
  prefixed('digitalocean-token', 'doo_v1_', '[a-f0-9]{64}'),
  prefixed('huggingface-token', 'hf_', '[A-Za-z0-9]{30,}'),
  prefixed('groq-key', 'gsk_', '[A-Za-z0-9]{30,}'),
  prefixed('xai-key', 'xai-', '[A-Za-z0-9]{40,}'),
  prefixed('perplexity-key', 'pplx-', '[A-Za-z0-9]{40,}'),
  prefixed('replicate-token', 'r8_', '[A-Za-z0-9]{30,}'),
  prefixed('shopify-token', 'shpat_', '[a-fA-F0-9]{32}'),
  prefixed('shopify-token', 'shpss_', '[a-fA-F0-9]{32}'),
  prefixed('square-token', 'sq0atp-', '[A-Za-z0-9_-]{22}'),
  prefixed('square-token', 'sq0csp-', '[A-Za-z0-9_-]{43}'),
  prefixed('vault-token', 'hvs.', '[A-Za-z0-9_-]{20,}'),
  prefixed('terraform-token', '.atlasv1.', '[A-Za-z0-9_=-]{60,}'),
  prefixed('postman-key', 'PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'),
  prefixed('linear-key', 'lin_api_', '[A-Za-z0-9]{40}'),
  prefixed('notion-token', 'ntn_', '[A-Za-z0-9]{40,}'),
  prefixed('databricks-token', 'dapi', '[a-f0-9]{32}'),
  prefixed('newrelic-key', 'NRAK-', '[A-Z0-9]{27}'),
  prefixed('grafana-token', 'glsa_', '[A-Za-z0-9]{32}_[a-f0-9]{8}'),
  prefixed('mailgun-key', 'key-', '[a-f0-9]{32}'),
  { label: 'telegram-token', hint: ':AA', pattern: /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])/g },
]

/** How far before its run of letters and digits the mark of a secret may begin. */
const LONGEST_HINT = 24

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
  const places = runs.map(({ start, end }) => text.slice(Math.max(0, start - LONGEST_HINT), end)).join('\n')
  for (const { label, hint, pattern } of SHAPES) {
    if (!places.includes(hint)) continue
    for (const match of text.matchAll(pattern)) found(label, match.index, match.index + match[0].length)
  }
}
