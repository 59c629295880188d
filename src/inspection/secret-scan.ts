import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { findSuspiciousValues } from './suspicious-values.ts'

/** What to look for beside known forms, and how far to unpack. */
export interface SecretScanOptions {
  /** Values that must not be there, in whatever encoding. */
  readonly values?: readonly string[]
  /** How many encodings, one in the other, are undone. Default: 4. */
  readonly depth?: number
  /** Bytes that are unpacked before the scan gives up on further encodings. Default: 64 MiB. */
  readonly budget?: number
}

/** A secret that was found. The secret itself is not in it: findings are printed. */
export interface SecretScanFinding {
  /** `value`, or the kind that the form tells, such as `jwt`. */
  readonly kind: string
  /** The encodings around it, the outermost first. */
  readonly inside: readonly string[]
  /** Where it begins in the innermost decoded text, in bytes. */
  readonly offset: number
}

const DEFAULTS = { values: [], depth: 4, budget: 64 * 1024 * 1024 } as const

// Written anew on purpose, and wider than what redaction knows: a scanner that shares a rule with the redactor shares its blind spot.
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['jwt', /\be(?:yJ|yAi|wog|w0K)[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g],
  ['paseto', /\bv[1-4]\.(?:local|public)\.[\w-]{20,}/g],
  ['private-key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?!\{\{)/g],
  ['private-key', /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}|Private-Lines: \d+\s+[A-Za-z0-9+/]{20,}/g],
  ['aws', /\bA(?:KIA|SIA|ROA|IDA|GPA|NPA|BIA|CCA)[A-Z0-9]{16}\b/g],
  ['github', /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})/g],
  ['gitlab', /\b(?:gl(?:pat|dt|rt|ptt|cbt|imt|agent|oas|soat|ft|ffct)-[\w-]{20,}|GR1348941[\w-]{20})/g],
  ['slack', /\bx(?:ox[a-eoprs]|app|wfp)[-.](?!\{)[\w%.+/=-]{10,}/g],
  ['slack', /hooks\.slack\.com\/\w+\/[\w/]{20,}/g],
  ['stripe', /\b(?:[sre]k_(?:live|test)|whsec)_[A-Za-z0-9+/=]{16,}/g],
  ['api-key', /\b(?:sk|ek|sess)[-_](?=\w*\d)[\w-]{20,}/g],
  ['google', /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{20,}|ya29\.[\w.-]{20,}|[14]\/\/?0[\w-]{20,})/g],
  ['sendgrid', /\bSG\.[\w-]{16,}\.[\w-]{16,}/g],
  ['npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['pypi', /\bpypi-[\w-]{50,}/g],
  ['hugging face', /\bhf_[A-Za-z0-9]{30,}/g],
  ['vault', /\bhv[sbr]\.[\w-]{20,}/g],
  ['docker', /\bdckr_[a-z]+_[\w-]{20,}/g],
  ['shopify', /\bsh(?:pat|pss|pca|ppa|ptka|pua)_[A-Za-z0-9]{32,}/g],
  ['telegram', /\b\d{8,10}:AA[\w-]{32,34}/g],
  ['new relic', /\bNR(?:AK|II|JS|RA|AL|IQ|SP)-[\w-]{18,}/g],
  ['heroku', /\bHRKU-[\w-]{30,}/g],
  ['twilio', /\bSK[\da-f]{32}\b/g],
  ['airtable', /\bpat[A-Za-z0-9]{14}\.[\da-f]{64}/g],
  ['figma', /\bfig[a-z]{1,2}_[\w-]{30,}/g],
  ['bootstrap', /(?<![\w.])(?=[a-z]*\d)[a-z0-9]{6}\.(?=[a-z]*\d)[a-z0-9]{16}(?![\w.])/g],
]

/**
 * Looks for secrets in text or bytes: given values and known forms, plain and under base64, hex, percent, JSON and HTML escapes, UTF-16,
 * gzip, deflate and Brotli, one in the other. It shares no code with redaction, so it can hold redaction to its word.
 */
export function scanForSecrets(
  content: string | Uint8Array,
  options: SecretScanOptions = {},
): readonly SecretScanFinding[] {
  return new SecretScanner(options).scan(content)
}

/** The same for many texts, much of which is alike: what nothing was found in is not taken apart again. */
export class SecretScanner {
  readonly #values: readonly string[]
  readonly #depth: number
  readonly #fullBudget: number
  /** Texts with nothing in them, and how many encodings were around each at least. */
  readonly #clean = new Map<string, number>()
  #seen = new Set<string>()
  #findings: SecretScanFinding[] = []
  #budget = 0

  constructor(options: SecretScanOptions = {}) {
    const { values, depth, budget } = { ...DEFAULTS, ...options }
    // Bytes are looked at as latin-1, one character a byte.
    this.#values = values.filter((value) => value !== '').map((value) => Buffer.from(value).toString('latin1'))
    this.#depth = depth
    this.#fullBudget = budget
  }

  scan(content: string | Uint8Array): readonly SecretScanFinding[] {
    this.#seen = new Set()
    this.#findings = []
    this.#budget = this.#fullBudget
    this.#look(Buffer.from(content), [])
    return this.#findings
  }

  /** Gives whether nothing is in there, as far as it was looked into. */
  #look(bytes: Buffer, inside: readonly string[]): boolean {
    const text = bytes.toString('latin1')
    if ((this.#clean.get(text) ?? Infinity) <= inside.length) return true
    // What was told once in this scan is not told again.
    if (this.#seen.has(text)) return false
    this.#seen.add(text)
    this.#budget -= bytes.length
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
      if (this.#budget <= 0) return false
      if (decoded.length >= 8 && !this.#look(decoded, [...inside, encoding])) isClean = false
    }
    return isClean
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
    for (const [kind, form] of FORMS)
      for (const { index } of text.matchAll(form)) this.#findings.push({ kind, inside, offset: index })
    this.#matchNamed(text, inside)
  }

  /** Names and values stand in text; what was decoded by a guess and is none was a wrong guess. */
  #matchNamed(text: string, inside: readonly string[]): void {
    const isText = !NO_TEXT.test(text)
    if (!isText && inside.length > 0) return
    const stretches = isText ? [{ index: 0, 0: text }] : text.matchAll(STRETCH)
    for (const { index, 0: stretch } of stretches)
      for (const { kind, offset } of findSuspiciousValues(stretch))
        this.#findings.push({ kind, inside, offset: index + offset })
  }
}

const LONGEST_CLEAN = 1024
const MOST_CLEAN = 20_000

const MAX_OUTPUT = { maxOutputLength: 16 * 1024 * 1024 } as const

// oxlint-disable-next-line no-control-regex
const NO_TEXT = /[\0-\x08\x0e-\x1f\x7f-\xff]/
/** Text among other bytes. Random ones have none that is so long. */
const STRETCH = /[\t\n\r\x20-\x7e]{16,}/g
/** Eight bytes, raw deflate around them, and what stands beside. */
const SHORTEST_COMPRESSED = 12

// RFC 1952 section 2.3: how each member begins.
const GZIP = new RegExp(String.fromCharCode(0x1f, 0x8b, 8), 'g')

/** Everything that the bytes may be under one encoding. */
function* decodings(bytes: Buffer, text: string): Generator<readonly [encoding: string, decoded: Buffer]> {
  for (const { index } of text.matchAll(GZIP))
    yield* inflated('gzip', () => gunzipSync(bytes.subarray(index), MAX_OUTPUT))
  // What is compressed has bytes that no text has; trying anyway would take nearly all of the time.
  if (bytes.length >= SHORTEST_COMPRESSED && NO_TEXT.test(text)) {
    yield* inflated('deflate', () => inflateSync(bytes, MAX_OUTPUT))
    yield* inflated('raw deflate', () => inflateRawSync(bytes, MAX_OUTPUT))
    yield* inflated('br', () => brotliDecompressSync(bytes, MAX_OUTPUT))
  }
  // A wrapped base64 has line ends and the indentation of YAML in it.
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{8,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]{8,})*={0,2}/g))
    yield ['base64', Buffer.from(run.replaceAll(/\s/g, ''), 'base64')]
  for (const [run] of text.matchAll(/(?:[0-9a-fA-F]{2}){8,}/g)) yield ['hex', Buffer.from(run, 'hex')]
  yield* replaced('percent', text, /%([0-9a-fA-F]{2})/g, 16)
  yield* replaced('JSON escapes', text, /\\u00([0-9a-fA-F]{2})/g, 16)
  yield* replaced('HTML escapes', text, /&#0*([0-9]{1,3});/g, 10)
  yield* replaced('HTML escapes', text, /&#[xX]0*([0-9a-fA-F]{1,2});/g, 16)
  if (text.includes('\\/')) yield ['JSON escapes', Buffer.from(text.replaceAll('\\/', '/'), 'latin1')]
  if (/(?:[\x20-\x7e]\0){8}/.test(text) || /(?:\0[\x20-\x7e]){8}/.test(text))
    yield ['UTF-16', Buffer.from(text.replaceAll('\0', ''), 'latin1')]
}

function* inflated(coding: string, unpack: () => Buffer): Generator<readonly [encoding: string, decoded: Buffer]> {
  try {
    yield [coding, unpack()]
  } catch {
    // Most bytes are not in this coding: that is what was asked.
  }
}

function* replaced(
  encoding: string,
  text: string,
  escape: RegExp,
  radix: number,
): Generator<readonly [encoding: string, decoded: Buffer]> {
  const decoded = text.replaceAll(escape, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, radix)))
  if (decoded !== text) yield [encoding, Buffer.from(decoded, 'latin1')]
}
