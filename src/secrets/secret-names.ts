import { isInBraces } from '../content/placeholders.ts'
import {
  ABOUT,
  ANYWHERE,
  CODES,
  CURSORS,
  HARMLESS_KEYS,
  HARMLESS_PAIRS,
  HEADS,
  type NameRule,
  nameRule,
  NEUTRAL,
  PAIRS_ANYWHERE,
  STRONG_LABELS,
  THINGS,
  WHETHER,
} from './name-tables.ts'
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
  const isSecret = IS_SECRET[rule.kind]
  const scheme = schemeIn(value)
  return isSecret(value, place) || (scheme > 0 && isSecret(value.slice(scheme), place)) ? rule.label : undefined
}

/** How long the scheme of credentials is that a value begins with, the blank after it included. */
export const schemeIn = (value: string): number => SCHEME.exec(value)?.[0].length ?? 0

/** Blanks may be escaped, as in a form. */
const SCHEME = /^(?:Bearer|Basic|Token|JWT|DPoP|Bot)(?: |\+|%20){1,4}(?=\S{8,}$)/i

/** Whether a name says that its value only marks where a list goes on, whatever its form. */
export function isCursor(name: string): boolean {
  let isOne = cursors.get(name)
  if (isOne === undefined) {
    if (cursors.size > 10_000) cursors.clear()
    isOne = saysCursor(name)
    cursors.set(name, isOne)
  }
  return isOne
}

const cursors = new Map<string, boolean>()

function saysCursor(name: string): boolean {
  if (/continuation|cursor/i.test(name)) return true
  const [before = '', last = ''] = wordsOf(name).slice(-2)
  return CURSOR_ENDS.has(last) && CURSORS.has(before)
}

/** `next_page_token`, `LastEvaluatedKey`. */
const CURSOR_ENDS: ReadonlySet<string> = new Set(['token', 'key'])

/** Whether a name says that there may be a secret under it, whatever the value. */
export const isSecretName = (name: string): boolean => ruleFor(name) !== undefined

/** Whether a name says so only of values that look like it. */
export const isWeakName = (name: string): boolean => EVERYDAY.has(ruleFor(name)?.kind ?? 'always')

/** Whether a name may have a secret under it because it stands in something that is secret: names, times and kinds do not. */
export function saysSecret(name: string): boolean {
  const all = wordsOf(name)
  const last = all.at(-1) ?? ''
  return (
    !ABOUT.has(last) &&
    !THINGS.has(last) &&
    !(last === 'hash' && all.length > 1) &&
    !WHETHER.has(all[0] ?? '') &&
    !isCursor(name)
  )
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

/** The last part that says something: of `user[password]` the password, of `auth[type]` the first. */
function findRule(name: string): NameRule | undefined {
  if (name.length > LONGEST_NAME || !mayBeSecret(name) || NO_SECRET_NAME.test(name) || isInBraces(name))
    return undefined
  const parts = name.split(/[[\]]+/).filter((part) => part !== '')
  const whole = parts.length > 1 ? ruleOfWords(wordsOf(name)) : undefined
  if (whole !== undefined && saysSecret(parts.at(-1) ?? '')) return whole
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
const TELLING_LETTER = /(?<![A-Za-z\d\x80-\xff])[HKShks](?![a-z\d\x80-\xff])/

const mayBeSecret = (name: string): boolean => TELLING_LETTERS.test(name) || TELLING_LETTER.test(name)

/** The last words of names, but for those of which another one is a part. */
function shortest(names: readonly string[]): readonly string[] {
  const last = new Set(names.map((name) => name.split(' ').at(-1) ?? ''))
  const long = [...last].filter((word) => word.length > 1)
  return long.filter((word) => !long.some((other) => other !== word && word.includes(other)))
}

/** The directory before, the id of one run of npm, a list that somebody goes through, a call by telephone, the name of a secret that is kept elsewhere. */
const NO_SECRET_NAME =
  /^(?:oldpwd|npm-session|x-ms-continuation|(?:telephony|call)[-_]?session[-_]?id|existing[-_]?secret.*)$/i

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

const LONG_CODE = nameRule('code', 'longCode')

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
  mixed: 'mixed',
  stamped: 'stamped',
  signingKey: 'signingKey',
  mac: 'mac',
  linkDigest: 'linkDigest',
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
  // `X-Key` says no more than `Key`.
  if (all.length < 2 || (all.length === 2 && before === 'x')) return false
  if (HARMLESS_PAIRS.has(`${before}_${last}`)) return true
  switch (last) {
    case 'k':
      // Alone it is a member of a JSON Web Key.
      return true
    case 'key':
      return HARMLESS_KEYS.has(before) || CURSORS.has(before) || all.includes('public')
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
    case 's':
    case 'sn':
    case 'md':
    case 'ak':
    case 'verify':
    case 'seed':
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
