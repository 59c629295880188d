import {
  canonicalText,
  formAt,
  type FormPath,
  type Holes,
  holesAt,
  isMap,
  type NormalForm,
} from '../content/normal-form.ts'
import { fits, mayHoldPlaceholder, type Pattern, patternOf, type Values } from './pattern.ts'
import { type Disguised, isWithheld } from '../content/placeholders.ts'

/**
 * A recorded form in which placeholders stand for values: what it says of the forms that may be asked in its place.
 *
 * A form that is asked agrees if some values in the place of the placeholders make the recorded one equal to it.
 */
export interface Template {
  /** Equal for templates with their holes in the same places. */
  readonly signature: string
  /** Equal for forms that agree in all but the holes. */
  keyOf(form: NormalForm): string
  /** The key of the recorded form. */
  readonly key: string
  /** The values that make the forms equal, together with those that are known; `undefined` where there are none. */
  valuesIn(asked: NormalForm, known?: Values): Values | undefined
}

interface Hole {
  readonly path: FormPath
  /** `undefined`: anything may stand there. */
  readonly pattern: Pattern | undefined
}

/** The template of a recorded form; `undefined` where nothing in it stands for something else. */
export function templateOf(recorded: NormalForm, disguised?: Disguised): Template | undefined {
  const found = Array.from(holesIn(recorded, [], disguised))
  return found.length === 0 ? undefined : new FormTemplate(recorded, found)
}

function* holesIn(form: NormalForm, path: FormPath, disguised: Disguised | undefined): Iterable<Hole> {
  if (typeof form === 'string') {
    if (isWithheld(form)) yield { path, pattern: undefined }
    else {
      const pattern = patternOf(form, disguised)
      if (pattern !== undefined) yield { path, pattern }
    }
  } else if (typeof form === 'number') {
    const pattern = disguised?.has(String(form)) === true ? patternOf(String(form), disguised) : undefined
    if (pattern !== undefined) yield { path, pattern }
  } else if (isMap(form)) {
    const names = Object.keys(form)
    // A name that stands for something may be any name, so what has such names is compared as a whole.
    const pattern = names.some((name) => mayHoldPlaceholder(name))
      ? patternOf(canonicalText(form), disguised)
      : undefined
    if (pattern !== undefined && names.some((name) => patternOf(name, disguised) !== undefined)) yield { path, pattern }
    else for (const name of names) yield* holesIn(form[name] ?? null, [...path, name], disguised)
  } else if (typeof form === 'object' && form !== null) {
    for (const [index, item] of form.entries()) yield* holesIn(item, [...path, String(index)], disguised)
  }
}

class FormTemplate implements Template {
  readonly signature: string
  readonly key: string
  readonly #holes: Holes
  readonly #found: readonly Hole[]

  constructor(recorded: NormalForm, found: readonly Hole[]) {
    this.#found = found
    this.#holes = holesAt(found.map(({ path }) => path))
    this.signature = JSON.stringify(found.map(({ path }) => path))
    this.key = this.keyOf(recorded)
  }

  keyOf(form: NormalForm): string {
    return canonicalText(form, this.#holes)
  }

  valuesIn(asked: NormalForm, known?: Values): Values | undefined {
    const values: Values = new Map(known)
    return this.#found.every((hole) => agrees(hole, asked, values)) ? values : undefined
  }
}

function agrees({ path, pattern }: Hole, asked: NormalForm, values: Values): boolean {
  const form = formAt(asked, path)
  if (form === undefined) return false
  if (pattern === undefined) return true
  if (typeof form === 'string') return fits(pattern, form, values)
  // A number stands where one was recorded, and where an older cassette has a placeholder in its place.
  return fits(pattern, typeof form === 'number' ? String(form) : canonicalText(form), values)
}
