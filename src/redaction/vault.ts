import type { Edit } from '../content/edits.ts'
import { Needles } from './needles.ts'
import { PLACEHOLDER, SHORTEST_NEEDLE } from './placeholders.ts'
import { isKnownForm, looksRandom } from './randomness.ts'
import { isStrongLabel } from './secret-names.ts'

/** Of the number of a placeholder. */
const MOST_DIGITS = 9

/** Longer values are replaced where they stand and not looked for elsewhere. */
const LONGEST_NEEDLE = 8192

/**
 * The secrets of one cassette and their placeholders.
 *
 * It first takes in what is found; once sealed, it numbers placeholders and finds the secrets wherever they stand. All
 * texts are byte strings: one character a byte, other characters as UTF-8.
 */
export class Vault {
  readonly #labels = new Map<string, string>()
  /** Values that are looked for everywhere, with their labels. */
  readonly #sought = new Map<string, string>()
  readonly #placeholders = new Map<string, string>()
  readonly #counts = new Map<string, number>()
  readonly #used = new Set<string>()
  #needles: Needles<Replacement> | undefined
  #needlesBefore: Needles<Replacement> | undefined

  get isSealed(): boolean {
    return this.#needles !== undefined
  }

  /** Whether `search` looks for all that is known. */
  get isCurrent(): boolean {
    return (this.#needles ?? this.#needlesBefore) !== undefined && this.#placeholders.size === this.#sought.size
  }

  /** Placeholders that stand somewhere, in the order in which they were first needed. */
  get placeholders(): readonly string[] {
    return [...this.#used]
  }

  /** How many values are looked for everywhere. */
  get size(): number {
    return this.#sought.size
  }

  /**
   * Whether values behind the first `known` ones may stand in what a text spells: as they are, cut in two anywhere, or encoded.
   *
   * In doubt it is `true`: where a text may spell the value in another way than this looks for.
   */
  mayStandIn(text: string, known: number): boolean {
    return [...this.#sought.keys()].slice(known).some((value) => {
      if (!/^[\w.+/=~-]+$/.test(value)) return true
      const middle = value.length >> 1
      if (text.includes(value.slice(0, middle)) || text.includes(value.slice(middle))) return true
      for (const [form] of binaryForms(value, '')) if (text.includes(form)) return true
      return false
    })
  }

  /** Takes in a value that is to go wherever it stands. */
  register(label: string, value: string): void {
    if (value.length >= SHORTEST_NEEDLE && value.length <= LONGEST_NEEDLE && !this.#sought.has(value))
      this.#sought.set(value, label)
  }

  /** Takes in a value that stands under a secret name; what could stand elsewhere by chance goes only there. */
  note(label: string, value: string): void {
    const isTelling = looksRandom(value) || (value.length >= 12 && (isStrongLabel(label) || hasManySigns(value)))
    if (isTelling && !value.includes('{{')) this.register(label, value)
  }

  /** Keeps the numbers of placeholders that are there already out of use. */
  skipNumbersIn(text: string): void {
    if (!text.includes('{{')) return
    for (const [, label = '', number = ''] of text.matchAll(PLACEHOLDER))
      // What nobody counts up to is not in the way, and could not be counted on from.
      if (number.length <= MOST_DIGITS) this.#counts.set(label, Math.max(this.#counts.get(label) ?? 0, Number(number)))
  }

  /** Ends the taking in, until `unseal`. */
  seal(): void {
    const known = this.#placeholders.size
    for (const [value, label] of this.#sought)
      if (!this.#placeholders.has(value))
        this.#placeholders.set(value, this.#labels.get(`${label}\n${value}`) ?? this.#number(label))
    const isAsBefore = this.#needlesBefore !== undefined && this.#placeholders.size === known
    this.#needles = isAsBefore ? this.#needlesBefore : new Needles(this.#replacements())
  }

  /** Takes in more; what has a placeholder keeps it. */
  unseal(): void {
    this.#needlesBefore = this.#needles
    this.#needles = undefined
  }

  /** What stands for a value that is found under a secret name. */
  placeholder(label: string, value: string): string {
    if (!this.isSealed) return ''
    const key = `${label}\n${value}`
    const placeholder = this.#placeholders.get(value) ?? this.#labels.get(key) ?? this.#number(label)
    if (!this.#placeholders.has(value)) this.#labels.set(key, placeholder)
    this.#used.add(placeholder)
    return placeholder
  }

  /** Where secrets stand, in any form that takes no decoding of the text around them; before sealing, those known by then. */
  search(text: string): Edit[] {
    return ((this.#needles ?? this.#needlesBefore)?.search(text) ?? []).map(({ start, end, meaning }) => {
      this.#used.add(meaning.placeholder)
      return { start, end, with: meaning.form }
    })
  }

  #number(label: string): string {
    const count = (this.#counts.get(label) ?? 0) + 1
    this.#counts.set(label, count)
    return `{{${label}.${count}}}`
  }

  *#replacements(): Generator<readonly [form: string, replacement: Replacement]> {
    for (const [value, placeholder] of this.#placeholders)
      for (const [form, replacement] of formsOf(value, placeholder)) yield [form, { placeholder, form: replacement }]
  }
}

/** Signs that sentences and addresses do not have so many of. */
const hasManySigns = (value: string): boolean =>
  !isKnownForm(value) && value.replaceAll(/[\w\s.,:;/'()-]/g, '').length >= 3

/** What is to stand for a secret, in the encoding in which it was found. */
interface Replacement {
  readonly placeholder: string
  readonly form: string
}

function* formsOf(value: string, placeholder: string): Generator<readonly [form: string, replacement: string]> {
  yield [value, placeholder]
  if (value.includes(' ')) yield [value.replaceAll(' ', '+'), placeholder]
  yield* binaryForms(value, placeholder)
  yield* charsetForms(value, placeholder)
}

function* binaryForms(value: string, placeholder: string): Generator<readonly [string, string]> {
  const bytes = Buffer.from(value, 'latin1')
  const hex = bytes.toString('hex')
  const hexPlaceholder = Buffer.from(placeholder).toString('hex')
  yield [hex, hexPlaceholder]
  yield [hex.toUpperCase(), hexPlaceholder.toUpperCase()]
  for (const alphabet of ['base64', 'base64url'] as const)
    for (const lead of [0, 1, 2])
      yield [
        base64Core(bytes, lead, alphabet),
        base64Core(Buffer.from(fitting(placeholder, bytes.length)), lead, alphabet),
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

function* charsetForms(value: string, placeholder: string): Generator<readonly [string, string]> {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  for (const form of [utf16, utf16BigEndian]) yield [form(text), form(placeholder)]
  // Characters that latin-1 has, in a text that is latin-1.
  // oxlint-disable-next-line no-control-regex
  if (text !== value && /^[\0-\xff]*$/.test(text)) yield [text, placeholder]
}

const utf16 = (text: string): string => Buffer.from(text, 'utf16le').toString('latin1')
const utf16BigEndian = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('latin1')
