/** Where a name stands; the same word is a secret in one place and an everyday word in another. */
export type NamePlace = 'field' | 'parameter' | 'member'

/**
 * The label of the placeholder for what stands under `name`, or `undefined` where it is no secret.
 *
 * Case, `-`, `_`, `.` and camelCase do not matter; of `auth[token]` each part counts.
 */
export function labelOf(name: string, value: string, place: NamePlace): string | undefined {
  const rule = ruleFor(name)
  if (rule === undefined || HARMLESS_VALUE.test(value)) return undefined
  switch (rule.kind) {
    case 'always':
      return rule.label
    case 'token':
      return place === 'member' && !looksRandom(value) ? undefined : rule.label
    case 'word':
      return (place === 'field' ? value.length >= 8 : looksRandom(value)) ? rule.label : undefined
  }
}

/**
 * Whether a value is left out where it is only shown.
 *
 * Unlike {@link labelOf} it hides short and harmless values, too, and placeholders, so that nothing about a secret can be told
 * from whether it is hidden. Only under an everyday word such as `code` does the value count.
 */
export function hidesValue(name: string, value: string = UNKNOWN): boolean {
  const rule = ruleFor(name)
  return rule !== undefined && (rule.kind !== 'word' || looksRandom(value))
}

/** Whether a value is no word, number, date, address or sentence: what is drawn at random looks otherwise. */
export function looksRandom(value: string): boolean {
  if (value.length < 8 || /\s/.test(value) || NOT_RANDOM.test(value)) return false
  return value.length >= 24 || !WORDS.test(value)
}

/** Whether a value is one ordinary word or some, with nothing in it that a word does not have. */
export const isWord = (value: string): boolean => WORDS.test(value)

/** Whether a name says secret whatever its value looks like. */
export function isStrongLabel(label: string): boolean {
  return STRONG_LABELS.has(label)
}

interface NameRule {
  readonly label: string
  /** `token`: in JSON only what looks random (language models call words tokens); `word`: only what looks random. */
  readonly kind: 'always' | 'token' | 'word'
}

/** By what a folded name holds; the first that fits counts. */
// oxfmt-ignore
const PARTS: readonly (readonly [part: string, rule: NameRule])[] = [
  ['authorization',   { label: 'authorization', kind: 'always' }],
  ['clientassertion', { label: 'assertion',     kind: 'always' }],
  ['password',        { label: 'password',      kind: 'always' }],
  ['passwd',          { label: 'password',      kind: 'always' }],
  ['passphrase',      { label: 'password',      kind: 'always' }],
  ['secret',          { label: 'secret',        kind: 'always' }],
  ['apikey',          { label: 'api-key',       kind: 'always' }],
  ['accesskey',       { label: 'access-key',    kind: 'always' }],
  ['accountkey',      { label: 'access-key',    kind: 'always' }],
  ['privatekey',      { label: 'private-key',   kind: 'always' }],
  ['credential',      { label: 'credential',    kind: 'token'  }],
  ['token',           { label: 'token',         kind: 'token'  }],
  ['csrf',            { label: 'csrf',          kind: 'token'  }],
  ['xsrf',            { label: 'csrf',          kind: 'token'  }],
  ['session',         { label: 'session',       kind: 'token'  }],
  ['signature',       { label: 'signature',     kind: 'token'  }],
]

/** By the whole folded name. */
// oxfmt-ignore
const WHOLE: ReadonlyMap<string, NameRule> = new Map<string, NameRule>([
  ['pwd',                     { label: 'password',     kind: 'always' }],
  ['pass',                    { label: 'password',     kind: 'always' }],
  ['otp',                     { label: 'otp',          kind: 'always' }],
  ['jwt',                     { label: 'token',        kind: 'always' }],
  ['codeverifier',            { label: 'code',         kind: 'always' }],
  ['openaiorganization',      { label: 'organization', kind: 'always' }],
  ['anthropicorganizationid', { label: 'organization', kind: 'always' }],
  ['cookie',                  { label: 'cookie',       kind: 'always' }],
  ['setcookie',               { label: 'cookie',       kind: 'always' }],
  ['samlresponse',            { label: 'assertion',    kind: 'always' }],
  ['sig',                     { label: 'signature',    kind: 'token'  }],
  ['sid',                     { label: 'session',      kind: 'token'  }],
  ['jsessionid',              { label: 'session',      kind: 'always' }],
  ['phpsessid',               { label: 'session',      kind: 'always' }],
  ['auth',                    { label: 'token',        kind: 'token'  }],
  ['bearer',                  { label: 'token',        kind: 'token'  }],
  ['assertion',               { label: 'assertion',    kind: 'word'   }],
  ['code',                    { label: 'code',         kind: 'word'   }],
  ['refresh',                 { label: 'token',        kind: 'word'   }],
  ['key',                     { label: 'api-key',      kind: 'word'   }],
])

const STRONG_LABELS: ReadonlySet<string> = new Set([
  'authorization',
  'assertion',
  'password',
  'secret',
  'api-key',
  'access-key',
  'private-key',
])

/** Names that speak about a secret and hold none. */
const ABOUT_A_SECRET =
  /ratelimit|tokeniz|(?:types?|counts?|limits?|ur[li]s?|endpoints?|length|expir\w*|ttl|timeout|duration|algorithm|method|version|enabled|required|policy|hint|format|status|createdat|updatedat|usedat|usage|details|input|affinity)$/

const HARMLESS_VALUE =
  /^(?:|true|false|null|none|undefined|nil|yes|no|on|off|0|1|include|omit|same-origin|bearer|basic|required|optional|\{\{[a-z0-9.-]+\}\}\**|\*+|REDACTED|\[REDACTED\])$/i
const NOT_RANDOM = /^(?:https?:\/\/|\d{4}-\d\d-\d\d|\d{1,9}(?:\.\d*)?$|[\w.+-]+\/[\w.+-]+$)/
const WORDS = /^(?:[A-Za-z]?[a-z]+|[A-Z]+)(?:[-_. ](?:[A-Za-z]?[a-z]+|[A-Z]+|\d{1,2}))*$/

const known = new Map<string, NameRule | 'none'>()

function ruleFor(name: string): NameRule | undefined {
  let rule = known.get(name)
  if (rule === undefined) {
    if (known.size > 10_000) known.clear()
    rule = findRule(name) ?? 'none'
    known.set(name, rule)
  }
  return rule === 'none' ? undefined : rule
}

function findRule(name: string): NameRule | undefined {
  const folded = name
    .split(/[[\]]/)
    .map((part) => part.toLowerCase().replaceAll(/[-_.\s:]/g, ''))
    .filter((part) => part !== '')
  for (const part of folded) {
    if (ABOUT_A_SECRET.test(part)) continue
    const rule = WHOLE.get(part) ?? PARTS.find(([sought]) => part.includes(sought))?.[1]
    if (rule !== undefined) return rule
  }
  return undefined
}

/** Stands for a value that is not known yet, and is not harmless. */
export const UNKNOWN = 'x'.repeat(24)
