import { isUtf8 } from 'node:buffer'
import { holds } from '../content/marks.ts'
import { jsonNumberAt } from '../content/json-members.ts'
import { walkContainer } from '../content/json-strings.ts'
import { hasBraces } from '../content/placeholders.ts'
import { isTextual } from '../content/views.ts'
import type { Found } from './found.ts'
import { isKnownForm, isWordy, looksRandom } from '../secrets/randomness.ts'
import { labelOf, saysSecret } from '../secrets/secret-names.ts'

/** What keeps secrets under names of their users' own: Secrets of Kubernetes, Vault, the state of Terraform. */
export function findInStores(text: string, found: Found): void {
  if (holds(text, '"Secret')) findManifest(text, found)
  if (holds(text, 'data"') && holds(text, '"data"') && IN_VAULT.test(text)) findVaultData(text, found)
  if (holds(text, '"random_')) findDrawnResources(text, found)
  if (holds(text, '_codes"')) findShownCodes(text, found)
  if (holds(text, '"parameters"')) findInTemplates(text, found)
  if (holds(text, '"transactionKey"'))
    for (const { index, 0: all, 1: value = '' } of text.matchAll(MERCHANT))
      if (looksRandom(value) && !hasBraces(value))
        found('access-key', index + all.indexOf(value, 8), index + all.indexOf(value, 8) + value.length)
}

/** With both a shop logs in. */
const MERCHANT = /"name"\s{0,4}:\s{0,4}"([\w-]{8,60})"(?=\s{0,4},\s{0,4}"transactionKey")/g

/** A code that is sent in a message whose template says that it is one. */
function findInTemplates(text: string, found: Found): void {
  for (const { index, 0: all, 1: value = '' } of text.matchAll(SENT_CODE)) {
    const end = index + all.length - 1
    found('code', end - value.length, end)
  }
}

const SENT_CODE =
  /"name"\s{0,4}:\s{0,4}"[\w-]{0,40}(?:otp|code|verif|auth|pin|login)[\w-]{0,40}"[^]{0,400}?"text"\s{0,4}:\s{0,4}"(\d{4,8})"/gi

/** Codes that a form shows once, for when a telephone is lost. */
function findShownCodes(text: string, found: Found): void {
  for (const { index, 0: all, 1: value = '' } of text.matchAll(SHOWN_CODES)) {
    const end = index + all.length - 1
    if (looksRandom(value) && !hasBraces(value)) found('code', end - value.length, end)
  }
}

const SHOWN_CODES =
  /"(?:id|name)"\s{0,4}:\s{0,4}"\w{0,40}(?:secret|backup|recovery)_codes"[^{}]{0,80}"text"\s{0,4}:\s{0,4}\{[^{}"]{0,40}"text"\s{0,4}:\s{0,4}"([^"\\]{6,2000})"/g

/** `variable "token" { default = "..." }` of Terraform. */
export function findVariables(text: string, found: Found): void {
  for (const { index, 0: all, 1: name = '', 2: value = '' } of text.matchAll(VARIABLE)) {
    const label = labelOf(name, value, 'member')
    const end = index + all.length - 1
    if (label !== undefined) found(label, end - value.length, end)
  }
}

const VARIABLE = /\bvariable\s{1,8}"([\w-]{1,80})"\s{0,8}\{[^{}]{0,1000}?\bdefault\s{0,40}=\s{0,8}"([^"\n]{1,1024})"/g

/** Members of the Secret of Kubernetes have names of their own, and their values are base64. */
function findManifest(text: string, found: Found): void {
  if (!/"kind"\s{0,4}:\s{0,4}"Secret(?:List)?"/.test(text)) return
  for (const at of containers(text, /"(?:data|stringData)"\s{0,4}:\s{0,4}\{/g))
    walkContainer(text, at, ({ start, end, isNumber }) => {
      const value = text.slice(start, end)
      if (isNumber || value.length < 8 || isKnownForm(value) || hasBraces(value)) return
      const bytes = Buffer.from(value, 'base64')
      const decoded = bytes.toString('latin1')
      // Many passwords are base64 of something by chance, but not of a text.
      const isText = bytes.toString('base64') === value && isUtf8(bytes) && isTextual(decoded)
      const meaning = isText ? decoded : value
      // What has a form of its own is looked into.
      if (/^[\s[{<-]/.test(meaning)) return
      if (!isWordy(meaning) && !isKnownForm(meaning) && (looksRandom(meaning) || meaning === value))
        found(meaning === value ? 'secret' : 'secret-data', start, end)
    })
}

/** How Vault answers: a lease around the data, or data with a version beside it. */
const IN_VAULT = /"lease_duration"\s{0,4}:|"data"\s{0,4}:\s{0,4}\{\s{0,8}"data"\s{0,4}:\s{0,4}\{/

function findVaultData(text: string, found: Found): void {
  for (const at of containers(text, /"data"\s{0,4}:\s{0,4}\{/g))
    walkContainer(text, at, ({ name, start, end, isNumber }) => {
      const value = text.slice(start, end)
      if (isNumber || name === undefined || !(saysSecret(name) || LOGS_IN.test(name)) || VAULT_KEEPS.test(name)) return
      if (looksRandom(value) && !SEALED.test(value) && !hasBraces(value)) found('secret', start, end)
    })
}

/** With the two an application logs in. */
const LOGS_IN = /^(?:role|secret)_id$/
const VAULT_KEEPS = /certificate|ca_chain|issuing_ca|serial|ciphertext|public|^path$|username/i
const SEALED = /^vault:v\d/

/** Where containers begin that lie in none of those before. */
function* containers(text: string, opening: RegExp): Generator<number> {
  let done = 0
  for (const { index, 0: all } of text.matchAll(opening)) {
    if (index < done) continue
    const at = index + all.length - 1
    yield at
    done = walkContainer(text, at, () => {})
  }
}

/** Resources of Terraform that draw a secret, in a state or a plan. */
function findDrawnResources(text: string, found: Found): void {
  for (const { index, 0: type } of text.matchAll(/"type"\s{0,4}:\s{0,4}"random_(?:password|string|bytes)"/g)) {
    const from = index + type.length
    const next = text.indexOf('"type"', from)
    const end = Math.min(next === -1 ? text.length : next, from + LONGEST_RESOURCE)
    for (const member of text.slice(from, end).matchAll(DRAWN_MEMBER)) {
      const [all, value = ''] = member
      const last = from + member.index + all.length - 1
      if (value.length >= 8 && !hasBraces(value) && jsonNumberAt(value, 0) !== value)
        found('secret', last - value.length, last)
    }
  }
}

const LONGEST_RESOURCE = 4096
const DRAWN_MEMBER = /"(?:result|base64|hex|bcrypt_hash)"\s{0,4}:\s{0,4}"([^"\\]{1,1024})"/g
