import { BRACED, hasBraces } from '../content/placeholders.ts'
import { gzipOf } from '../content/coded-content.ts'
import { isBareNumber } from '../content/json-members.ts'
import { DecodingBudget, withoutCoding } from '../content/codings.ts'
import { applyEdits, type Edit, mergeEdits, ofSameLength, shiftEdits, trimEdit } from '../content/edits.ts'
import { hasCounts } from '../content/text-counts.ts'
import { wideCoding } from '../content/wide-text.ts'
import { writtenPairs } from '../content/form-fields.ts'
import type { Found } from './found.ts'
import { findInField, findInUnknownField } from './field-values.ts'
import { findNamed } from './named-values.ts'
import { looksRandom } from '../secrets/randomness.ts'
import { isCursor, schemeIn } from '../secrets/secret-names.ts'
import { findFormFields } from './marked-values.ts'
import { findShapes } from '../secrets/shapes.ts'
import { TextMemory } from './text-memory.ts'
import type { Vault } from './vault.ts'
import { unescapedForms } from '../content/escapes.ts'
import { longRuns, type Run } from '../content/runs.ts'
import { withoutSpelledPlaceholders } from '../content/spellings.ts'
import { editsBehindEscapes, editsInsideRuns, isTextual, mayGoOn, textIn } from '../content/views.ts'

/** How many layers of escapes, base64 and the like are undone. */
const DEEPEST = 3

/** Longer texts in a message are looked at each time; whole contents are remembered by themselves. */
const LONGEST_RECALLED = 1024
const LONGEST_REMEMBERED = 1 << 18
const MOST_REMEMBERED = 4 << 20

// A few kilobytes of zeros unzip to gigabytes; what people send so grows by less than this.
const MOST_GROWTH = 16
const LEAST_UNZIPPED = 1 << 20
const MOST_UNZIPPED = 16 << 20

/**
 * Finds what is secret in texts, and what is to stand there.
 *
 * All it finds goes to the vault; its edits count only once the vault is sealed. Texts are byte strings.
 */
export class Scrubber {
  readonly #vault: Vault
  /** The edits of texts that may come again, as most header lines of a connection do, and the state of the vault when they were found. */
  readonly #recent = new TextMemory<readonly Edit[]>(LONGEST_REMEMBERED, MOST_REMEMBERED)
  #stateBefore = 0
  /** Bytes that may still be unzipped in the message, and that might at its beginning. */
  #budget = LEAST_UNZIPPED
  #wholeBudget = LEAST_UNZIPPED
  /** Whether there is more inside the last encoding that was undone. */
  #isTooDeep = false
  /** What was unzipped in the message and had nothing in it. */
  readonly #emptyZips = new Set<string>()

  /** Texts that were written in an encoding since they were taken last. */
  #encoded: string[] = []

  constructor(vault: Vault) {
    this.#vault = vault
  }

  /** To be called before a message of that length: how much may be unzipped inside it depends on it. */
  beginMessage(length: number): void {
    this.#budget = Math.min(MOST_UNZIPPED, Math.max(LEAST_UNZIPPED, length * MOST_GROWTH))
    this.#wholeBudget = this.#budget
    this.#emptyZips.clear()
    this.#isTooDeep = false
  }

  /** Notes a text that is written in a coding, where what stands for secrets cannot be seen any more. */
  noteEncoded(text: string): void {
    if (this.#vault.hasDisguised) this.#encoded.push(text)
  }

  /** What was noted since this was called last. */
  takeEncoded(): string {
    const text = this.#encoded.join('\n')
    this.#encoded = []
    return text
  }

  /** Whether something was left as it is, since it is encoded more often than is undone. */
  get isTooDeep(): boolean {
    return this.#isTooDeep
  }

  /** Whether something was left as it is, since unzipping it would have taken more than a message may. */
  get isOverBudget(): boolean {
    return this.#budget <= 0
  }

  /** The edits of a text of which nothing else is known. */
  text(text: string, depth = DEEPEST): readonly Edit[] {
    if (depth < DEEPEST || text.length > LONGEST_RECALLED) return this.#editsOf(text, depth)
    return this.#recalled('text', text, () => this.#editsOf(text, depth))
  }

  /** The edits of a text; those of one that came before are known if no more secrets are. */
  #recalled(kind: string, text: string, find: () => readonly Edit[]): readonly Edit[] {
    const known = this.#known(kind, text)
    if (known !== undefined) return known
    const encoded = this.#encoded.length
    const edits = find()
    if (this.#encoded.length === encoded) this.#remember(kind, text, edits)
    return edits
  }

  /** The same for a piece of a message, of which its kind and text say all that counts; `isSilent`: whether nothing else is to be said of it. */
  recalled(
    kind: string,
    text: string,
    find: () => readonly Edit[],
    isSilent: (edits: readonly Edit[]) => boolean = () => true,
  ): readonly Edit[] {
    const known = this.#known(kind, text)
    if (known !== undefined) return known
    const encoded = this.#encoded.length
    const edits = find()
    const isPlain = !this.#isTooDeep && this.#budget === this.#wholeBudget && this.#encoded.length === encoded
    if (isPlain && isSilent(edits)) this.#remember(kind, text, edits)
    return edits
  }

  #known(kind: string, text: string): readonly Edit[] | undefined {
    if (this.#stateBefore !== this.#vault.state) this.#recent.clear()
    this.#stateBefore = this.#vault.state
    return this.#recent.get(kind, text)
  }

  /** What is found later may stand in it, too. Edits are final only once all that they write has its placeholder; a placeholder in a text counts each time. */
  #remember(kind: string, text: string, edits: readonly Edit[]): void {
    const isFinal = this.#vault.isCurrent && this.#stateBefore === this.#vault.state
    if (isFinal && (edits.length === 0 || this.#vault.isSealed) && !hasBraces(text)) this.#recent.set(kind, text, edits)
  }

  /** `hasNames`: whether names in it say something. */
  #editsOf(text: string, depth: number, hasNames = true): Edit[] {
    this.#vault.skipNumbersIn(text)
    const edits = this.known(text)
    const runs = longRuns(text)
    const found = this.#collect(text, edits)
    if (hasNames) {
      if (isTextual(text)) findNamed(text, found)
      else
        for (const { start, end } of textIn(text))
          findNamed(text.slice(start, end), (label, from, to) => found(label, start + from, start + to))
    }
    findShapes(text, runs, found)
    const known = [...edits]
    if (depth === 0) this.#isTooDeep ||= mayGoOn(text, runs)
    else for (const edit of this.#decoded(text, runs, depth - 1)) if (!isCovered(edit, text, known)) edits.push(edit)
    return mergeEdits(edits)
  }

  /** Where what is known stands; a number that is written without quotes stays a number. */
  known(text: string): Edit[] {
    return this.#vault.search(text).map((edit) => {
      const [start, end] = digitsAround(text, edit)
      return start !== end && isBareNumber(text, start, end)
        ? { start, end, with: this.#vault.number('secret', text.slice(start, end)) }
        : edit
    })
  }

  /** The edits of a field value; in a request, one that nobody knows is secret if it looks so. */
  field(name: string, value: string, isRequest = false): readonly Edit[] {
    return this.#recalled(isRequest ? 'asked' : 'field', `${name}:${value}`, () => {
      const edits: Edit[] = []
      const found = this.#collect(value, edits)
      findInField(name, value, found)
      if (isRequest && edits.length === 0) findInUnknownField(name, value, found)
      return mergeEdits([...edits, ...this.#editsOf(value, DEEPEST, !isCursor(name))])
    })
  }

  /** The edits of a body of the form `a=b&c=d`. */
  form(body: string): Edit[] {
    const edits: Edit[] = []
    findFormFields(body, this.#collect(body, edits))
    // A plus is a blank, and sentences have blanks; offsets are the same.
    if (body.includes('+'))
      for (const { value } of writtenPairs(body))
        if (value?.text.includes('+') === true)
          edits.push(...shiftEdits(this.text(value.text.replaceAll('+', ' ')), value.start))
    return mergeEdits([...edits, ...this.text(body)])
  }

  /** The edit for a whole text under a secret name. */
  whole(label: string, text: string): Edit[] {
    const edits: Edit[] = []
    if (text !== '') this.#collect(text, edits)(label, 0, text.length)
    return edits
  }

  #decoded(text: string, longest: readonly Run[], depth: number): Edit[] {
    const inner = (decoded: string): readonly Edit[] => this.text(decoded, depth)
    const inRun = (decoded: string): readonly Edit[] => {
      const found = inner(decoded)
      if (found.length === 0) return found
      const isCounted = hasCounts(decoded) && wideCoding(decoded, '') === undefined
      const edits = isCounted ? found.map(ofSameLength) : found
      this.noteEncoded(applyEdits(decoded, mergeEdits(edits)))
      return edits
    }
    const runs = editsInsideRuns(text, longest, (decoded) => this.#zipped(decoded, depth) ?? inRun(decoded))
    // A run that was not all base64 may have hidden another one.
    const safe = runs.map(({ start, end, with: run }) => {
      return { start, end, with: applyEdits(run, mergeEdits(this.#vault.search(run))) }
    })
    return [...editsBehindEscapes(text, inner), ...safe]
  }

  /** gzip inside base64, as it stands in the data URLs and JSON of some APIs. */
  #zipped(bytes: string, depth: number): Edit[] | undefined {
    if (!bytes.startsWith('\x1f\x8b')) return undefined
    if (this.#emptyZips.has(bytes)) return []
    const text = this.#unzipped(bytes)
    if (text === undefined) return undefined
    const edits = this.text(text, depth)
    if (edits.length === 0) {
      this.#emptyZips.add(bytes)
      return []
    }
    const plain = applyEdits(text, edits)
    this.noteEncoded(plain)
    const redacted = gzipOf(plain)
    return [{ start: 0, end: bytes.length, with: redacted }]
  }

  #unzipped(bytes: string): string | undefined {
    if (this.#budget <= 0) return undefined
    const budget = new DecodingBudget({ all: this.#budget })
    const content = withoutCoding('gzip', Buffer.from(bytes, 'latin1'), budget)
    if (content === undefined) {
      // Otherwise it is not gzip after all.
      if (budget.isExceeded) this.#budget = 0
      return undefined
    }
    this.#budget -= content.length
    return Buffer.from(content).toString('latin1')
  }

  #collect(text: string, edits: Edit[]): Found {
    return (label, from, end) => {
      // Clients part the scheme of credentials from them.
      const start = PASSWORDS.has(label) ? from : from + schemeIn(text.slice(from, end))
      const value = text.slice(start, end)
      if (STANDS_ALREADY.test(value) || this.#vault.isPlaceholder(value) || isSpelledPlaceholder(value)) return
      this.#note(label, value)
      const written = isBareNumber(text, start, end)
        ? this.#vault.number(label, value)
        : this.#vault.placeholder(label, value)
      edits.push({ start, end, with: written })
    }
  }

  /** A value counts in the spelling it has and in the one it means. */
  #note(label: string, value: string): void {
    if (this.#vault.isLearned) return
    this.#vault.note(label, value)
    for (const form of unescapedForms(value)) this.#vault.note(label, form)
    if (label === 'authorization') this.#noteBasic(value)
  }

  /** RFC 7617: the password alone is as secret as the pair. */
  #noteBasic(credentials: string): void {
    const pair = Buffer.from(credentials, 'base64').toString('latin1')
    const colon = pair.indexOf(':')
    if (colon === -1 || !isTextual(pair)) return
    const password = pair.slice(colon + 1)
    this.#vault.note('password', password === '' ? pair.slice(0, colon) : password)
  }
}

/** Passwords may begin with any words. */
const PASSWORDS: ReadonlySet<string> = new Set(['password', 'secret'])

/** The whole number of which some digits are a range; an empty range where that has more than digits. */
function digitsAround(text: string, { start, end }: Edit): readonly [start: number, end: number] {
  if (!/^\d+$/.test(text.slice(start, end))) return [start, start]
  const before = /-?[\d.eE+-]{0,40}$/.exec(text.slice(Math.max(0, start - 40), start))?.[0].length ?? 0
  const after = /^[\d.eE+-]{0,40}/.exec(text.slice(end, end + 40))?.[0].length ?? 0
  return [start - before, end + after]
}

/** Whether another edit reaches beyond this one and changes all that it changes. */
function isCovered(edit: Edit, text: string, others: readonly Edit[]): boolean {
  const reaching = others.filter(({ start, end }) => start < edit.end && end > edit.end)
  if (reaching.length === 0) return false
  const changed = trimEdit(edit, text)
  return reaching.some(({ start, end }) => start <= changed.start && end >= changed.end)
}

/** Whether a value was put in the place of a secret in base64 or hex, and what is beside it is not secret. */
function isSpelledPlaceholder(value: string): boolean {
  const rest = withoutSpelledPlaceholders(value)
  return rest !== value && !looksRandom(rest)
}

/** What was put in the place of a secret before. */
const STANDS_ALREADY = new RegExp(String.raw`^(?:${BRACED}[*_]*|\*+|"?-----(?:BEGIN|END) [A-Z0-9 ]+-----)$`)
