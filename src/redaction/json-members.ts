import { hasBraces } from '../content/placeholders.ts'
import { findByCall, isOfCall } from './calls.ts'
import type { Found } from './found.ts'
import { JsonMembers, jsonNumberAt, unescapedName } from '../content/json-members.ts'
import { type JsonString, ObjectAround, stringEnd, walkContainer } from '../content/json-strings.ts'
import { findInField, isBlandCookie } from './field-values.ts'
import { isSecretName, isWeakName, labelOf, saysSecret } from '../secrets/secret-names.ts'
import { isKnownForm, isWordy, looksRandom } from '../secrets/randomness.ts'

/** What stands under secret names in double quotes, and in what says its name beside it: `{"name": "password", "value": "..."}`. */
export function findJsonMembers(text: string, found: Found): void {
  /** Where the last object or array ends whose name is secret, or says so of what looks like it: all in it was looked at under that name. */
  let [done, doneWeakly] = [0, 0]
  for (const { name, nameStart, at } of TELLING_MEMBERS.in(text)) {
    const char = text[at]
    if (char === '"') findInString({ text, name, nameStart, at, found })
    else if (char === '{' || char === '[') {
      if (at < done || !isSecretName(name)) continue
      if (!isWeakName(name)) done = findInContainer(text, name, at, found)
      else if (at >= doneWeakly) doneWeakly = findInContainer(text, name, at, found)
    } else findNumber(text, name, at, found)
  }
}

interface Member {
  readonly text: string
  readonly name: string
  readonly nameStart: number
  /** Where its value begins. */
  readonly at: number
  readonly found: Found
}

function findInString({ text, name, nameStart, at, found }: Member): void {
  const end = stringEnd(text, at)
  const value = text.slice(at + 1, end)
  if (value === '') return
  if (isOfCall(name)) findByCall(text, name, nameStart, at + 1, value, found)
  if (OPENS_SOMETHING.test(name)) findInLink(text, at + 1, end, found)
  const own = labelOf(name, value, 'member')
  const label =
    own === undefined
      ? (labelByNeighbours({ text, name, nameStart, at, found }, value) ?? labelBeside(text, name, nameStart, value))
      : harmlessBeside(text, name, nameStart, value)
        ? undefined
        : own
  if (label !== undefined) found(label, at + 1, end)
}

function findNumber(text: string, name: string, at: number, found: Found): void {
  const value = jsonNumberAt(text, at)
  if (value === undefined) return
  const label = labelOf(name, value, 'number')
  if (label !== undefined) found(label, at, at + value.length)
}

/** All strings and numbers under a secret name; inside it, names are names. Gives where it ends. */
function findInContainer(text: string, outer: string, at: number, found: Found): number {
  if (isPublicList(outer)) return at
  return walkContainer(text, at, (value) => {
    const label = labelInContainer(text, outer, value)
    if (label !== undefined) found(label, value.start, value.end)
  })
}

function labelInContainer(text: string, outer: string, { name, start, end, isNumber }: JsonString): string | undefined {
  const value = text.slice(start, end)
  const place = isNumber ? 'number' : 'member'
  if (name === undefined) return labelOf(outer, value, place)
  const own = unescapedName(name)
  const label = labelOf(own, value, place)
  if (label !== undefined) return label
  if (isNumber) return undefined
  if (VALUE_NAMES.has(own))
    return outer === 'cookies' && isBlandCookie(value) ? undefined : labelOf(outer, value, 'member')
  return isWeakName(outer) || !saysSecret(own) || !looksRandom(value) ? undefined : labelOf(outer, value, 'member')
}

/** Signatures of packages and the like, which everybody is to check. */
const isPublicList = (name: string): boolean => /signatures$/i.test(name)

/** Names that say nothing, beside which the name may stand. */
export const VALUE_NAMES: ReadonlySet<string> = new Set([
  'value',
  'Value',
  'VALUE',
  'val',
  'data',
  'Data',
  'payload',
  'plaintext',
  'Plaintext',
  'string',
  'defaultValue',
  'default_value',
  'secureValue',
  'v',
  '$value',
  '_value',
  '#text',
  '$t',
  // Of Travis CI, whose names have that of their kind before them.
  'env_var.value',
  'stringValue',
  'string_value',
  // How databases say of which type a value is.
  'S',
])
const NAME_NAMES: readonly string[] = [
  'name',
  'key',
  'Name',
  'Key',
  'NAME',
  'KEY',
  'keyName',
  'id',
  'field',
  'header',
  'parameter',
  'param',
  'attribute',
  'property',
  'variable',
  'env',
  'label',
  'k',
  'n',
  'type',
  'Type',
  'kind',
  '@name',
  '_name',
  '$name',
  '@key',
  'purpose',
  'system',
  'ParameterKey',
  'OptionName',
  'path',
  'mapped_to',
  ...['variable', 'env', 'attribute', 'property', 'field', 'header', 'parameter', 'param', 'setting'].flatMap(
    (word) => [`${word}Name`, `${word}_name`, `${word}Key`, `${word}_key`],
  ),
]

/** What a record of changes says of a field that it names: `{"field": "password", "old": "...", "new": "..."}`. */
const CHANGE_NAMES: ReadonlySet<string> = new Set([
  'old',
  'new',
  'previous',
  'before',
  'after',
  'fromString',
  'toString',
  ...['old', 'new', 'previous', 'current'].flatMap((word) => [`${word}Value`, `${word}_value`]),
])
const CHANGED_NAMES: readonly string[] = [
  'field',
  'fieldName',
  'field_name',
  'name',
  'key',
  'path',
  'attribute',
  'property',
  'setting',
  'column',
]

/** The label of what the members beside it, or the object around it, say to be secret. */
function labelByNeighbours({ text, name, nameStart, at, found }: Member, value: string): string | undefined {
  if (CHANGE_NAMES.has(name)) return value.length < SHORTEST_CHANGED ? undefined : labelOfChange(text, nameStart, value)
  if (!VALUE_NAMES.has(name) || hasBraces(value)) return undefined
  const around = new ObjectAround(text, nameStart)
  const isValue = name !== 'data' && name !== 'payload'
  // A value may say its type: `{"key": "password", "value": {"stringValue": "..."}}`.
  const members = (around.name !== undefined && VALUE_NAMES.has(around.name) ? around.outer : around).members()
  if (isValue)
    for (const key of NAME_NAMES) {
      const said = members.get(key)
      if (said === undefined || !isSecretName(said)) continue
      if (FIELD_OF_PARTS.test(said)) {
        findInField(said, value, (label, start, end) => found(label, at + 1 + start, at + 1 + end))
        return undefined
      }
      const label = labelOf(said, value, 'member')
      if (label !== undefined) return label
    }
  if (isValue && IS_SENSITIVE.test(around.source)) return !isWordy(value) && !isKnownForm(value) ? 'secret' : undefined
  if (!looksRandom(value)) return undefined
  const outer = around.name
  if (outer !== undefined && isValue && isSecretName(outer)) return labelOf(outer, value, 'member')
  // What is drawn and expires is a token of some kind.
  if (name === 'value' && value.length >= 24 && EXPIRES.test(around.source)) return 'token'
  // How key vaults, secret managers and the like answer.
  return SECRET_PATH.test(around.source) ||
    (outer === 'payload' && SECRET_PATH.test(text.slice(Math.max(0, nameStart - NEAR), nameStart + NEAR)))
    ? 'secret'
    : undefined
}

/** Fields of which only a part is secret. */
const FIELD_OF_PARTS = /^(?:(?:set-)?cookie|(?:proxy-)?authorization)$/i

/** They say that what stands beside them is one. */
const SECRET_NAMED: readonly string[] = ['secret_name', 'secretName', 'secretKey']
const SHORTEST_CHANGED = 4

function labelOfChange(text: string, nameStart: number, value: string): string | undefined {
  const members = new ObjectAround(text, nameStart).members()
  if (SECRET_NAMED.some((key) => members.has(key))) return labelOf('secret', value, 'member')
  for (const key of CHANGED_NAMES) {
    const said = members.get(key)
    if (said !== undefined && isSecretName(said)) return labelOf(said, value, 'member')
  }
  return undefined
}

const NEAR = 1024
const IS_SENSITIVE =
  /"(?:sensitive|is_?sensitive|is_?secret|secret|secured?|masked|encrypted|hidden|protected|confidential)"\s{0,4}:\s{0,4}true|"(?:env_var\.)?public"\s{0,4}:\s{0,4}false|"[Tt]ype"\s{0,4}:\s{0,4}"(?:CONCEALED|Secure_?String|secureString|secret_text|Secret|sensitive|SECRET|CREDENTIALS?)"/i
const SECRET_PATH = /"(?:name|id|arn|self_?link|path|resource)"\s{0,4}:\s{0,4}"[^"]{0,200}(?:\/secrets?\/|:secret:)/i

const EXPIRES = /"(?:expires?_?(?:at|in)|expir(?:y|ation)_?(?:time|date|at))"\s{0,4}:/i

/** Names that say nothing by themselves, and what makes what stands under them a secret. */
interface SecretBeside {
  readonly label: string
  readonly looks: (value: string) => boolean
  /** What stands beside it, or the name of the object that it is in. */
  readonly beside?: RegExp
  readonly inside?: RegExp
}

// oxfmt-ignore
const SECRET_BESIDE: readonly (readonly [name: string, rule: SecretBeside])[] = [
  ['role_id',      { label: 'secret', looks: looksRandom, beside: /"secret_id"/ }],
  ['answer',       { label: 'password', looks: (value) => value !== '', inside: /(?:recovery|security|secret|challenge)_?(?:question|answer)/i }],
  ['encoded',      { label: 'api-key', looks: looksRandom, beside: /"api_key"/ }],
  ['string_value', { label: 'secret', looks: looksRandom, beside: /"scope"/ }],
  ['dataValue',    { label: 'token', looks: looksRandom, beside: /"dataDescriptor"/ }],
  ['streamName',   { label: 'secret', looks: (value) => looksRandom(value) || IN_FOURS.test(value), beside: /"ingestion(?:Address|Type)"|"rtmps?:/ }],
  ['credentialsId', { label: 'credential', looks: looksRandom, beside: /"credentialsType"\s{0,4}:\s{0,4}"\w{0,40}(?:TOKEN|BASIC)/ }],
  ['code',         { label: 'otp', looks: (value) => /^\d{4,8}$/.test(value), inside: /^(?:sms|otp|totp|mfa|2fa|flash_?call|phone_?call|pin)$/i }],
  ['code',         { label: 'otp', looks: (value) => /^\d{7,20}$/.test(value), beside: EXPIRES }],
  ['code',         { label: 'code', looks: (value) => value.length > 3, beside: /"grant_type"\s{0,4}:\s{0,4}"authorization_code"/ }],
  ['token',        { label: 'otp', looks: (value) => /^\d{4,8}$/.test(value), beside: /"(?:phone|phone_number|sms|otp|mfa|email)"/ }],
  // A picture of the link with the secret.
  ...['image', 'qr', 'qrCode', 'qr_code', 'qrcode'].map((name) => [name, { label: 'otp', looks: (value: string) => value.length > 99, beside: /"otpauth:/ }] as const),
]
const NAMES_BESIDE: ReadonlySet<string> = new Set(SECRET_BESIDE.map(([name]) => name))

/** Four letters and digits, again and again. */
const IN_FOURS = /^[a-z\d]{4}(?:-[a-z\d]{4}){3,7}$/

function labelBeside(text: string, name: string, nameStart: number, value: string): string | undefined {
  if (!NAMES_BESIDE.has(name) || hasBraces(value)) return undefined
  const rules = SECRET_BESIDE.filter(([of, { looks }]) => of === name && looks(value))
  if (rules.length === 0) return undefined
  const around = new ObjectAround(text, nameStart)
  const said = rules.find(
    ([, { beside, inside }]) => beside?.test(around.source) === true || inside?.test(around.name ?? '') === true,
  )
  return said?.[1].label
}

/** What stands beside everyday meanings of these names. */
// oxfmt-ignore
const HARMLESS_BESIDE: ReadonlyMap<string, RegExp> = new Map([
  ['session_id', /"(?:ciphertext|sender_key)"/],
  ['key',       /"(?:key_?id|ETag|LastModified|last_modified|Size|Bucket|fields|self|fingerprint|encoding)"/],
  ['Key',       /"(?:ETag|LastModified|Size|Bucket|StorageClass|VersionId)"/],
  ['sid',       /"(?:upgrades|pingInterval|account_sid|date_created)"/],
  ['sig',       /"(?:keyid|key_id)"/],
  ['signature', /"(?:keyid|key_id|verified|public_key)"/],
  ['code',      /"(?:message|error|errors|msg|detail|details|description|status|title|reason)"/i],
  ['token',     /"(?:logprob|top_logprobs|bytes|prob|start_offset|position)"/],
])

function harmlessBeside(text: string, name: string, nameStart: number, value: string): boolean {
  const harmless = HARMLESS_BESIDE.get(name)
  if (harmless === undefined || (name === 'code' && !/^\d+$/.test(value))) return false
  const around = new ObjectAround(text, nameStart)
  if (harmless.test(around.source)) return true
  const outer = around.name
  return outer !== undefined && /public|signatures/i.test(outer)
}

/** Members that may have a secret under them, or say that the one beside them does. */
const TELLING_MEMBERS = new JsonMembers(
  (name) =>
    isSecretName(name) ||
    VALUE_NAMES.has(name) ||
    CHANGE_NAMES.has(name) ||
    NAMES_BESIDE.has(name) ||
    isOfCall(name) ||
    OPENS_SOMETHING.test(name),
)

/** Links that act for anybody who opens them, so to have one is enough. */
const OPENS_SOMETHING =
  /(?:^|[_-])(?:delete|deletion|invite|invitation|join|reset|magic|unsubscribe|confirm|confirmation|activate|activation|enrol|enroll|enrollment|pairing|provisioning|verify|claim|recover|recovery|secret|private|incoming|webhook|hook|log-?in|sign-?in)[_-]?(?:ur[il]|link|href|barcode|qr|qr_?code)$/i

/** The last random part of their path, or what their parameters hold. */
function findInLink(text: string, start: number, last: number, found: Found): void {
  for (const match of text.slice(start, last).matchAll(/[/=+]([\w~.-]{12,512})(?=[/?&#]|$)/g)) {
    const from = start + match.index + 1
    const value = match[1] ?? ''
    if (looksRandom(value) && !hasBraces(value)) found('path', from, from + value.length)
  }
}

/** RFC 7518 section 6: the private members of a JSON Web Key. */
export function findJsonWebKeys(text: string, found: Found): void {
  for (const match of text.matchAll(/"(?:d|p|q|dp|dq|qi|k)"\s{0,4}:\s{0,4}"([\w-]{16,8192})"/g)) {
    const end = match.index + match[0].length - 1
    found('jwk', end - (match[1] ?? '').length, end)
  }
}
