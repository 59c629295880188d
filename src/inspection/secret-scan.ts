import { FORMED, placeholderIs } from '../content/placeholders.ts'
import { decodings } from './decodings.ts'
import { suspiciousMaps } from './suspicious-maps.ts'
import { findSuspiciousValues, isMixed } from './suspicious-values.ts'

/** What to look for besides known forms, and how far to decode. */
export interface SecretScanOptions {
  /** Values that must not be there, in any encoding. */
  readonly values?: readonly string[]
  /** What stands for secrets and does not show it. Default: none. */
  readonly placeholders?: readonly string[]
  /** How many nested encodings to decode. Default: 4. */
  readonly depth?: number
  /** How many bytes to decode before a scan gives up on further encodings. Default: 32 MiB. */
  readonly budget?: number
  /** The same for all scans of a scanner. Default: 128 MiB. */
  readonly total?: number
}

/** A secret that was found. It does not contain the secret itself, because findings are printed. */
export interface SecretScanFinding {
  /** `value`, or the kind of its form, such as `jwt`. */
  readonly kind: string
  /** The encodings around it, the outermost first. */
  readonly inside: readonly string[]
  /** Where it begins in the innermost decoded text, in bytes. */
  readonly offset: number
}

const DEFAULTS = { values: [], placeholders: [], depth: 4, budget: 32 << 20, total: 128 << 20 } as const

// Deliberately not shared with redaction, and wider: a scanner that shares a rule with redaction shares its blind spot.
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['jwt', /\be(?:yJ|yAi|wog|w0K)[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g],
  ['paseto', /\bv[1-4]\.(?:local|public)\.[\w-]{20,}/g],
  ['private-key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?!(?:\s|\\+[rn]|%0[AD])*\{\{)/g],
  ['private-key', /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}|Private-Lines: \d+\s+[A-Za-z0-9+/]{20,}/g],
  ['aws', /\bA(?:KIA|SIA|ROA|IDA|GPA|NPA|BIA|CCA)[A-Z0-9]{16}\b/g],
  ['alibaba', /\bLTAI[A-Za-z\d]{12,30}\b/g],
  ['tencent', /\bAKID[A-Za-z\d]{32,}/g],
  ['pubnub', /\b(?:pub|sec)-c-[\w-]{30,}/g],
  ['payment', /\btokencc_[a-z\d_]{20,}|\bwc_order_[A-Za-z\d]{13}/g],
  ['wallet', /(?<![A-Za-z\d])(?:5|[KL][1-9A-HJ-NP-Za-km-z])[1-9A-HJ-NP-Za-km-z]{50}(?![A-Za-z\d])/g],
  ['github', /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})/g],
  ['gitlab', /\b(?:gl(?:pat|dt|rt|ptt|cbt|imt|agent|oas|soat|ft|ffct)-[\w-]{20,}|GR1348941[\w-]{20})/g],
  ['slack', /\bx(?:ox[a-eoprs]|app|wfp)[-.](?!\{)[\w%.+/=-]{10,}/g],
  ['slack', /hooks\.slack\.com\/\w+\/[\w/]{20,}/g],
  ['stripe', /\b(?:[sre]k_(?:live|test)|whsec)_[A-Za-z0-9+/=]{16,}/g],
  ['api-key', /\b(?:(?:sk|ek)[-_]|sess-)(?=[\w-]*\d)[\w-]{20,}/g],
  ['google', /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{20,}|[14]\/\/?0[\w-]{20,})/g],
  [
    'vendor',
    /\b(?:dop_v1_|lin_api_|sbp_|tfp_|CFPAT-|r8_|gsk_|pat-[a-z]{2}\d-|ATATT3|sntry[a-z]_|PMAK-|key-(?=[\da-f]{32}\b)|dapi(?=[\da-f]{32}\b))[\w.=-]{24,}/g,
  ],
  ['vendor', /\b[\da-f]{32}-us\d{1,2}\b/g],
  ['sendgrid', /\bSG\.[\w-]{16,}\.[\w-]{16,}/g],
  ['npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['pypi', /\bpypi-[\w-]{50,}/g],
  ['hugging face', /\bhf_[A-Za-z0-9]{30,}/g],
  ['vault', /\bhv[sbr]\.[\w-]{20,}/g],
  ['docker', /\bdckr_[a-z]+_[\w-]{20,}/g],
  ['shopify', /\bsh(?:pat|pss|pca|ppa|ptka|pua)_[A-Za-z0-9]{32,}/g],
  ['telegram', /(?<!\d)\d{8,10}:AA[\w-]{32,34}/g],
  ['new relic', /\bNR(?:AK|II|JS|RA|AL|IQ|SP)-[\w-]{18,}/g],
  ['heroku', /\bHRKU-[\w-]{30,}/g],
  ['twilio', /\bSK[\da-f]{32}\b/g],
  ['airtable', /\bpat[A-Za-z0-9]{14}\.[\da-f]{64}/g],
  ['figma', /\bfig[a-z]{1,2}_[\w-]{30,}/g],
  ['password hash', /\${1,2}(?:2[aby]|apr1|[156y]|argon2\w{1,2})\${1,2}[\w./+=,$-]{20,}|\{S?SHA\d{0,3}\}[\w./+]{20,}/g],
  ['ticket', /\b(?:TGT|ST|PT|LT|PGT|PGTIOU)-\d{1,10}-[A-Za-z\d.-]{20,}/g],
  ['signed message', /(?<![A-Za-z\d])(?:I[A-Za-z]|BAh|eyJ)[\w+/=%]{6,1000}--(?:[\da-f]{64}|[\da-f]{40})(?![\w-])/g],
  ['artifact', /\bAAQAA[A-Za-z\d+/]{54}=/g],
  ['signed token', /\bSFM[yzM][A-Za-z\d]{3}\.[\w-]{8,}\.[\w-]{20,}/g],
  ['password hash', /:(?:[\dA-F]{32}|X{32}):[\dA-F]{32}:\[/g],
  ['vendor', /\b(?:ATTA[\da-f]{72}|aio_[A-Za-z\d]{28}|da2-[a-z\d]{26}|dnsimple_[au]_[A-Za-z\d]{32})\b/g],
  ['rancher', /\btoken-[a-z\d]{5}:[a-z\d]{54}\b/g],
  ['wallet', /\bnsec1[a-z\d]{58}\b/g],
  ['static key', /-----BEGIN OpenVPN Static key V1-----\s+(?!\{\{)\S{16,}/g],
  ['join token', /\bSWMTKN-1-[a-z\d]{40,}/g],
  ['wallet', /\bxprv[\w]{90,}/g],
  ['salesforce', /\b3MVG9[\w.]{50,}/g],
  ['azure', /[\w.~-]{3}8Q~[\w.~-]{30,}/g],
  // Digits after a point are a fraction: one of ten that are random would pass for a card.
  ['card', /(?<!\w)(?<!\d\.)(?:4\d{15}|5[1-5]\d{14}|3[47]\d{13})(?!\d)/g],
  ['bootstrap', /(?<![\w.])(?=[a-z]*\d)[a-z0-9]{6}\.(?=[a-z]*\d)[a-z0-9]{16}(?![\w.])/g],
]

/**
 * Looks for secrets in text or bytes: given values and known forms, plain and under base64, hex, percent, JSON and HTML escapes, UTF-16,
 * gzip, deflate and Brotli, also nested. It shares no code with redaction, so it can check redaction.
 */
export function scanForSecrets(
  content: string | Uint8Array,
  options: SecretScanOptions = {},
): readonly SecretScanFinding[] {
  return new SecretScanner(options).scan(content)
}

/** The same for many similar texts: a text in which nothing was found is not decoded again. */
export class SecretScanner {
  readonly #values: readonly string[]
  readonly #placeholders: readonly string[]
  /** Those of digits, of which there may be thousands. */
  readonly #numbers: ReadonlySet<string>
  readonly #depth: number
  readonly #fullBudget: number
  /** Texts without secrets, and the least number of encodings around each. */
  readonly #clean = new Map<string, number>()
  #seen = new Set<string>()
  #findings: SecretScanFinding[] = []
  #budget = 0
  #total: number
  #isCutShort = false

  constructor(options: SecretScanOptions = {}) {
    const { values, placeholders, depth, budget, total } = { ...DEFAULTS, ...options }
    // Others show what they are.
    const hidden = placeholders.filter((written) => placeholderIs(written) === undefined)
    this.#numbers = new Set(hidden.filter((written) => NUMBER.test(written)))
    this.#placeholders = hidden.filter((written) => !NUMBER.test(written))
    // Bytes are read as latin-1, one character for each byte.
    this.#values = values.filter((value) => value !== '').map((value) => Buffer.from(value).toString('latin1'))
    this.#depth = depth
    this.#fullBudget = budget
    this.#total = total
  }

  /** Whether the last scan did not look into all encodings, because they decode to too much. */
  get isCutShort(): boolean {
    return this.#isCutShort
  }

  scan(content: string | Uint8Array): readonly SecretScanFinding[] {
    this.#seen = new Set()
    this.#findings = []
    this.#budget = Math.min(this.#fullBudget, this.#total)
    this.#isCutShort = false
    this.#look(Buffer.from(content), [])
    return this.#findings
  }

  /** Returns whether nothing was found, as far as it was decoded. */
  #look(bytes: Buffer, inside: readonly string[]): boolean {
    const text = bytes.toString('latin1')
    if ((this.#clean.get(text) ?? Infinity) <= inside.length) return true
    // Each finding is reported once in a scan.
    if (this.#seen.has(text)) return false
    this.#seen.add(text)
    if (inside.length > 0) this.#spend(bytes.length)
    const { length } = this.#findings
    this.#match(text, inside)
    const isClean = this.#lookInside(bytes, text, inside) && this.#findings.length === length
    if (isClean) this.#noteClean(text, inside.length)
    return isClean
  }

  #lookInside(bytes: Buffer, text: string, inside: readonly string[]): boolean {
    if (inside.length >= this.#depth) return true
    let isClean = true
    for (const [encoding, decoded] of decodings(bytes, text)) {
      if (this.#budget <= 0) {
        this.#isCutShort = true
        return false
      }
      if (decoded.length >= 8 && !this.#look(decoded, [...inside, encoding])) isClean = false
    }
    return isClean
  }

  #spend(bytes: number): void {
    this.#budget -= bytes
    this.#total -= bytes
  }

  #noteClean(text: string, depth: number): void {
    if (text.length > LONGEST_CLEAN) return
    if (this.#clean.size >= MOST_CLEAN) this.#clean.clear()
    this.#clean.set(text, depth)
  }

  #match(text: string, inside: readonly string[]): void {
    for (const value of this.#values) {
      const offset = text.indexOf(value)
      if (offset !== -1) this.#findings.push({ kind: 'value', inside, offset })
    }
    const shown = this.#withoutPlaceholders(text)
    const places = new Set<number>()
    for (const [kind, form] of FORMS)
      for (const { index, 0: written } of shown.matchAll(form)) {
        if (kind === 'card' && !hasCheckDigit(written)) continue
        this.#findings.push({ kind, inside, offset: index })
        places.add(index)
      }
    this.#matchNamed(shown, inside, places)
  }

  /** Blanks instead of placeholders that have the form of a secret. */
  #withoutPlaceholders(text: string): string {
    const formed = text.replaceAll(FORMED, (written) =>
      placeholderIs(written) === undefined ? written : ' '.repeat(written.length),
    )
    const counted =
      this.#numbers.size === 0 ? formed : formed.replaceAll(NUMBERS, (digits) => this.#shownNumber(digits))
    return this.#placeholders.reduce((rest, written) => rest.replaceAll(written, ' '.repeat(written.length)), counted)
  }

  #shownNumber(digits: string): string {
    return this.#numbers.has(digits) ? ' '.repeat(digits.length) : digits
  }

  /** Names and values stand in text; what was decoded by a guess and is none was a wrong guess. */
  #matchNamed(text: string, inside: readonly string[], places: ReadonlySet<number>): void {
    const isText = !NO_TEXT.test(text)
    if (!isText && inside.length > 0) return
    if (!isText)
      for (const offset of suspiciousMaps(text, (value) => isMixed(value, '')))
        this.#findings.push({ kind: 'named', inside, offset })
    const stretches = isText ? [{ index: 0, 0: text }] : text.matchAll(STRETCH)
    for (const { index, 0: stretch } of stretches)
      for (const { kind, offset } of findSuspiciousValues(stretch))
        // What has a known form was told by it.
        if (!places.has(index + offset)) this.#findings.push({ kind, inside, offset: index + offset })
  }
}

/** ISO/IEC 7812-1, as the sum of every second digit doubled. */
function hasCheckDigit(digits: string): boolean {
  let sum = 0
  for (let at = digits.length - 1, isSecond = false; at >= 0; at -= 1, isSecond = !isSecond) {
    const digit = Number(digits[at])
    sum += isSecond ? Math.floor(digit / 5) + ((digit * 2) % 10) : digit
  }
  return sum % 10 === 0
}

const NUMBER = /^\d+$/
const NUMBERS = /\d+/g

const LONGEST_CLEAN = 1024
const MOST_CLEAN = 20_000

// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x7f-\xff]/
/** Text among other bytes. Random ones have none that is so long. */
const STRETCH = /[\t\n\r\x20-\x7e]{16,}/g
