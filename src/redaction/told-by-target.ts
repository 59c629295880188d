import { isBareNumber } from '../content/json-members.ts'
import { walkContainer } from '../content/json-strings.ts'
import { percentDecoded } from '../content/escapes.ts'
import { looksLikeForm, nameOfPair, writtenPairs } from '../content/form-fields.ts'
import { mediaTypeOf } from '../content/media-type.ts'
import { wordsOf } from '../secrets/name-words.ts'
import { isSecretName, labelOf } from '../secrets/secret-names.ts'
import type { Found } from './found.ts'
import { VALUE_NAMES } from './json-members.ts'

/**
 * Secrets whose name stands in the target of a request, or in the type of its content, and not in the content: `PUT /variables/DB_PASSWORD` with
 * `{"value": "..."}`, `value=...` or nothing but the value, and the digits that are sent to a target that verifies them.
 */
export function findToldByTarget(head: string, type: string, content: string, found: Found): void {
  const path = /^\s*\S+ ([^\s?#]*)/.exec(head)?.[1] ?? ''
  const { essence } = mediaTypeOf(type)
  const names = [nameIn(path), essence].filter(isSecretName)
  const verifies = wordsOf(path.slice(-LONGEST_PATH)).some((word) => VERIFIES.has(word))
  if (names.length === 0 && !verifies) return
  const take = (member: string | undefined, start: number, end: number): void => {
    const value = content.slice(start, end)
    const name = member === undefined || VALUE_NAMES.has(member) ? names[0] : undefined
    const label = name === undefined ? undefined : labelOf(name, value, 'member')
    if (label !== undefined) found(label, start, end)
    else if (verifies && (member === 'code' || member === 'value') && /^\d{4,14}$/.test(value)) found('otp', start, end)
  }
  const first = content.search(/\S/)
  if (content[first] === '{')
    walkContainer(content, first, ({ name, start, end, isNumber }) => {
      if (name !== undefined && !isNumber) take(name, start, end)
    })
  else if (looksLikeForm(content))
    for (const pair of writtenPairs(content))
      if (pair.value !== undefined) take(nameOfPair(pair), pair.value.start, pair.value.end)
  if (names.length > 0 && ONE_WORD.test(content) && !isBareNumber(content, first, content.trimEnd().length))
    take(undefined, first, content.trimEnd().length)
}

/** What the last part of a path calls, or that it is one of the secrets. */
function nameIn(path: string): string {
  const [before = '', last = ''] = path.split('/').slice(-2)
  return /^secrets?$/i.test(before) ? before : percentDecoded(last)
}

/** Whether a request line or a type may say so: most do not. */
export const mayTell = (line: string): boolean =>
  /pass|pw|secret|token|key|cred|auth|pin|code|otp|mfa|[2t]fa|pair|veri|jwt|sess|phrase|cert|%/i.test(line)
const LONGEST_PATH = 200
const VERIFIES: ReadonlySet<string> = new Set([
  'otp',
  'totp',
  'mfa',
  '2fa',
  'tfa',
  'passcode',
  'pairing',
  'verify',
  'verification',
  'verifications',
])
const ONE_WORD = /^\s{0,4}[^\s{}<>"&=]{4,4096}\s{0,4}$/
