/**
 * A content in the form in which two of them are compared: a JSON value, whatever the content was.
 *
 * What may be spelled in several ways is spelled in one here, and contents that mean the same have the same form.
 */
export type NormalForm = string | number | boolean | null | readonly NormalForm[] | NormalMap

/** Members by name. */
export interface NormalMap {
  readonly [name: string]: NormalForm
}

/** Names of members and indexes of elements, from the root. */
export type FormPath = readonly string[]

/** Where in a form something else may stand: the children by name, or `true` for all that is there. */
export type Holes = true | ReadonlyMap<string, Holes>

export const isMap = (form: NormalForm | undefined): form is NormalMap =>
  typeof form === 'object' && form !== null && !Array.isArray(form)

/** Equal for equal forms, and for no others; what stands in holes does not count. */
export function canonicalText(form: NormalForm, holes?: Holes): string {
  return JSON.stringify(sorted(form, holes))
}

/** No text of a form has this: a lone surrogate is no character. */
const HOLE = '\ud800hole'

function sorted(form: NormalForm, holes: Holes | undefined): NormalForm {
  if (holes === true) return HOLE
  if (typeof form !== 'object' || form === null) return form
  if (isList(form)) return form.map((item, index) => sorted(item, holes?.get(String(index))))
  // Entries keep a member called __proto__ a member.
  const names = Object.keys(form).toSorted(byCode)
  return Object.fromEntries(names.map((name) => [name, sorted(form[name] ?? null, holes?.get(name))]))
}

const isList = (form: NormalForm): form is readonly NormalForm[] => Array.isArray(form)

/** In the order of UTF-16 units. */
export const byCode = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** What stands at a path. */
export function formAt(form: NormalForm, path: FormPath): NormalForm | undefined {
  let at: NormalForm | undefined = form
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = isList(at) ? at[Number(name)] : Object.hasOwn(at, name) ? at[name] : undefined
  }
  return at
}

/** Holes at these paths. */
export function holesAt(paths: readonly FormPath[]): Holes {
  if (paths.some(({ length }) => length === 0)) return true
  const children = new Map<string, FormPath[]>()
  for (const [name = '', ...rest] of paths) {
    const others = children.get(name)
    if (others === undefined) children.set(name, [rest])
    else others.push(rest)
  }
  return new Map(Array.from(children, ([name, rests]) => [name, holesAt(rests)]))
}
