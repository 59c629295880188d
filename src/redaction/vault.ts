import type { Edit } from '../content/edits.ts'
import { meaningOf } from '../content/escapes.ts'
import { Needles } from './needles.ts'
import {
  FORMED,
  hasBraces,
  inBraces,
  nameInBraces,
  partsOfName,
  PLACEHOLDER,
  placeholderIs,
  SHORTEST_NEEDLE,
} from '../content/placeholders.ts'
import { formFor, numberFor } from './forms.ts'
import { Grams } from './grams.ts'
import { isKnownForm, looksRandom } from '../secrets/randomness.ts'
import { isStrongLabel } from '../secrets/secret-names.ts'
import type { SecretNames } from './shared-names.ts'

/** Longer values are replaced where they stand and not looked for elsewhere. */
const LONGEST_NEEDLE = 8192

/**
 * The secrets of one cassette and their placeholders.
 *
 * It first takes in what is found; once sealed, it numbers placeholders and finds the secrets wherever they stand. All
 * texts are byte strings: one character a byte, other characters as UTF-8.
 */
export class Vault {
  readonly #names: SecretNames | undefined
  readonly #labels = new Map<string, string>()
  /** Values that are looked for everywhere, with their labels. */
  readonly #sought = new Map<string, string>()
  readonly #placeholders = new Map<string, string>()
  readonly #nameBySecret = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  readonly #used = new Set<string>()
  /** Names of placeholders that have no braces, by how they are written. */
  readonly #disguised = new Map<string, string>()
  /** Those that were known when it was sealed last, of which there are so many. */
  readonly #needles = new Needles<Replacement>()
  #searched = 0
  #stage: 'open' | 'sealed' | 'tried' = 'open'

  /** @param names who gives names to secrets. Default: they are numbered. */
  constructor(names?: SecretNames) {
    this.#names = names
  }

  get isSealed(): boolean {
    return this.#stage !== 'open'
  }

  /** Whether nothing is taken in any more. */
  get isLearned(): boolean {
    return this.#stage === 'sealed'
  }

  /** Whether `search` looks for all that is known. */
  get isCurrent(): boolean {
    return this.#searched === this.#sought.size
  }

  /** Placeholders that stand somewhere, in the order in which they were first needed. */
  get placeholders(): readonly string[] {
    return [...new Set(Array.from(this.#used, (written) => this.#bracesOf(written)))]
  }

  /** How many values are looked for everywhere. */
  get size(): number {
    return this.#sought.size
  }

  /** Changes with all that may change what is found in a text, or what is written there. */
  get state(): number {
    return this.#sought.size + this.#disguised.size
  }

  /**
   * Whether values after the first `known` ones may stand in what a text spells: as they are, cut in two anywhere, or encoded.
   *
   * In doubt it is `true`: where a text may spell the value in another way than this looks for.
   */
  mayStandIn(text: string, known: number): boolean {
    const grams = new Grams(text)
    return [...this.#sought.keys()].slice(known).some((value) => {
      if (!/^[\w.+/=~-]+$/.test(value)) return true
      const middle = value.length >> 1
      if (grams.has(value.slice(0, middle)) || grams.has(value.slice(middle))) return true
      for (const [form] of binaryForms(value)) if (grams.has(form)) return true
      return false
    })
  }

  /** Takes in a value that is to go wherever it stands. */
  register(label: string, value: string): void {
    if (value.length < SHORTEST_NEEDLE || value.length > LONGEST_NEEDLE || this.#sought.has(value)) return
    this.#beSurprised()
    this.#sought.set(value, label)
  }

  /** Takes in a value that stands under a secret name; what could stand elsewhere by chance goes only there. */
  note(label: string, value: string): void {
    // Who records knows other values by heart: what they are called depends on where they stand.
    if (ANONYMOUS.has(this.#sought.get(value) ?? '') && !this.#placeholders.has(value)) {
      this.#beSurprised()
      this.#sought.set(value, label)
    }
    const isTelling = looksRandom(value) || (value.length >= 12 && (isStrongLabel(label) || hasManySigns(value)))
    if (isTelling && !isRepetition(value) && !hasBraces(value) && !this.isPlaceholder(value))
      this.register(label, value)
  }

  /** Keeps the numbers of placeholders that are there already out of use. */
  skipNumbersIn(text: string): void {
    if (hasBraces(text)) for (const [, label = '', number = ''] of text.matchAll(PLACEHOLDER)) this.#skip(label, number)
    if (text.includes('.e3'))
      for (const [written] of text.matchAll(FORMED)) this.#skipName(placeholderIs(written) ?? '')
    // In the text of a cassette, in one line or in several.
    if (text.includes('redacted:'))
      for (const [, name = ''] of text.matchAll(/(?:^ {6,}|[{,] )([a-z0-9-]+\.\d{1,9}): /gm)) this.#skipName(name)
  }

  #skipName(name: string): void {
    const { label, number } = partsOfName(name)
    this.#skip(label, number)
  }

  /** No cassette has that many: a server that writes such a number writes it in vain. */
  #skip(label: string, number: string): void {
    if (number.length < 10) this.#counts.set(label, Math.max(this.#counts.get(label) ?? 0, Number(number)))
  }

  /** Takes in what stands for secrets in a tape that was redacted before, and does not show it. */
  keepDisguised(redacted: Readonly<Record<string, string>>): void {
    for (const [name, written] of Object.entries(redacted)) {
      this.#disguised.set(written, name)
      this.#skipName(name)
    }
  }

  /** Whether a value stands for a secret already. */
  isPlaceholder(value: string): boolean {
    return this.#disguised.has(value) || placeholderIs(value) !== undefined
  }

  /** Whether anything stands for a secret and does not show it. */
  get hasDisguised(): boolean {
    return this.#disguised.size > 0
  }

  /** Placeholders without braces in a text, as they are written, by name; `undefined` if there are none. */
  disguisedIn(text: string): Readonly<Record<string, string>> | undefined {
    if (!this.hasDisguised) return undefined
    const grams = new Grams(text)
    const found = [...this.#disguised].filter(([written]) => grams.has(written))
    return found.length === 0 ? undefined : Object.fromEntries(found.map(([written, name]) => [name, written]))
  }

  /** A placeholder as it is written with braces. */
  #bracesOf(written: string): string {
    const name = this.#disguised.get(written) ?? nameInBraces(written)
    return name === undefined ? written : inBraces(name)
  }

  /** Ends the taking in, until `unseal`. */
  seal(): void {
    for (const [form, replacement] of this.#replacements(this.#searched)) this.#needles.add(form, replacement)
    this.#searched = this.#sought.size
    this.#stage = 'sealed'
  }

  /** Takes in more; what has a placeholder keeps it. */
  unseal(): void {
    this.#stage = 'open'
  }

  /**
   * Goes on as if it were sealed as long as all that is found has its placeholder: then one look at a text is enough. With the first
   * other value it takes in more, so that a second look is needed if it is not sealed at the end of the first.
   */
  unsealIfNeeded(): void {
    this.#stage = this.isCurrent ? 'tried' : 'open'
  }

  #beSurprised(): void {
    if (this.#stage === 'tried') this.#stage = 'open'
  }

  /** What stands for a value that is found under a secret name. */
  placeholder(label: string, value: string): string {
    const isKnown = this.#sought.has(value) ? this.#placeholders.has(value) : this.#labels.has(`${label}\n${value}`)
    if (!isKnown) this.#beSurprised()
    if (!this.isSealed) return ''
    const placeholder = this.#sought.has(value) ? this.#placeholderOf(value) : this.#labelled(label, value)
    this.#used.add(placeholder)
    return placeholder
  }

  /** What stands for a value that is looked for everywhere; it is numbered when it is first found. */
  #placeholderOf(value: string): string {
    const known = this.#placeholders.get(value)
    if (known !== undefined) return known
    const placeholder = this.#labelled(this.#sought.get(value) ?? 'secret', value)
    this.#placeholders.set(value, placeholder)
    return placeholder
  }

  #labelled(label: string, value: string): string {
    const key = `${label}\n${value}`
    const placeholder = this.#labels.get(key) ?? this.#written(label, value)
    this.#labels.set(key, placeholder)
    return placeholder
  }

  /** The same for a number that is written without quotes. */
  number(label: string, value: string): string {
    const placeholder = this.placeholder(label, value)
    if (!this.isSealed) return ''
    const written = numberFor(value, placeholder)
    if (!written.startsWith('"')) this.#disguised.set(written, nameInBraces(placeholder) ?? '')
    return written
  }

  /** Where secrets stand, in any form that takes no decoding of the text around them; before sealing, those known by then. */
  search(text: string): Edit[] {
    return this.#needles.search(text).map(({ start, end, meaning }) => {
      if (!this.#placeholders.has(meaning.value)) this.#beSurprised()
      // Before sealing nothing is numbered: it may still be found under a name.
      if (!this.isSealed) return { start, end, with: '' }
      const placeholder = this.#placeholderOf(meaning.value)
      this.#used.add(placeholder)
      return { start, end, with: meaning.write(placeholder) }
    })
  }

  /** The name of a secret, however it is spelled: a token that was given in JSON may be sent with escapes. */
  #nameOf(label: string, value: string): string {
    const meaning = meaningOf(value)
    // What is looked for everywhere is the same secret under any label.
    const secret = this.#sought.has(value) ? meaning : `${label}\n${meaning}`
    const name = this.#nameBySecret.get(secret) ?? this.#newName(label, secret)
    this.#nameBySecret.set(secret, name)
    return name
  }

  #newName(label: string, secret: string): string {
    const count = (this.#counts.get(label) ?? 0) + 1
    const shared = this.#names?.nameOf(label, secret, count)
    if (shared !== undefined) return shared
    this.#counts.set(label, count)
    return `${label}.${count}`
  }

  #written(label: string, value: string): string {
    const placeholder = inBraces(this.#nameOf(label, value))
    const written = formFor(value, placeholder)
    if (!hasBraces(written)) this.#disguised.set(written, nameInBraces(placeholder) ?? '')
    return written
  }

  /** The forms of all values but the first ones, which never change their order. */
  *#replacements(known: number): Generator<readonly [form: string, replacement: Replacement]> {
    for (const value of [...this.#sought.keys()].slice(known))
      for (const [form, write] of formsOf(value)) yield [form, { value, write }]
  }
}

/** Whether it is a few letters again and again: it could be compared with each place of a text that is the same. */
function isRepetition(value: string): boolean {
  const again = value.indexOf(value.slice(0, SHORTEST_NEEDLE), 1)
  return again !== -1 && again * MOST_REPEATED < value.length
}

const MOST_REPEATED = 8

/** Signs that sentences and addresses do not have so many of. */
const hasManySigns = (value: string): boolean =>
  !isKnownForm(value) && value.replaceAll(/[\w\s.,:;/'()-]/g, '').length >= 3

/** What is called after where it was registered, if it stands nowhere under a name. */
const ANONYMOUS: ReadonlySet<string> = new Set(['env', 'secret'])

/** A secret, and how its placeholder is written in the encoding in which it was found. */
interface Replacement {
  readonly value: string
  readonly write: Write
}

type Write = (placeholder: string) => string

const asItIs: Write = (placeholder) => placeholder

function* formsOf(value: string): Generator<readonly [form: string, write: Write]> {
  yield [value, asItIs]
  if (value.includes(' ')) yield [value.replaceAll(' ', '+'), asItIs]
  yield* binaryForms(value)
  yield* charsetForms(value)
}

function* binaryForms(value: string): Generator<readonly [string, Write]> {
  const bytes = Buffer.from(value, 'latin1')
  const hex = bytes.toString('hex')
  yield [hex, (placeholder) => Buffer.from(placeholder).toString('hex')]
  yield [hex.toUpperCase(), (placeholder) => Buffer.from(placeholder).toString('hex').toUpperCase()]
  for (const alphabet of ['base64', 'base64url'] as const)
    for (const lead of [0, 1, 2])
      yield [
        base64Core(bytes, lead, alphabet),
        (placeholder) => base64Core(Buffer.from(fitting(placeholder, bytes.length)), lead, alphabet),
      ]
}

/** With as many characters more as it takes for its base64 to end at the same bit as that of `length` bytes. */
const fitting = (placeholder: string, length: number): string =>
  placeholder + '_'.repeat((((length - placeholder.length) % 3) + 3) % 3)

/** The characters of the base64 of `bytes` that do not depend on the `lead` bytes before, nor on what follows. */
function base64Core(bytes: Uint8Array, lead: number, alphabet: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(lead), bytes, Buffer.alloc(3)]).toString(alphabet)
  return text.slice(Math.ceil((lead * 4) / 3), Math.floor(((lead + bytes.length) * 4) / 3))
}

function* charsetForms(value: string): Generator<readonly [string, Write]> {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  for (const form of [utf16, utf16BigEndian]) yield [form(text), form]
  // Characters that latin-1 has, in a text that is latin-1.
  // oxlint-disable-next-line no-control-regex
  if (text !== value && /^[\0-\xff]*$/.test(text)) yield [text, asItIs]
}

const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1')
const utf16BigEndian = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('latin1')
