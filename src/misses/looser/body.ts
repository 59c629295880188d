import { FORM_TYPE, looksLikeForm } from '../../content/form-fields.ts'
import { type BodyKind, contentForm } from '../../content/content-form.ts'
import { valueOf } from '../../content/codings.ts'
import { jsonDifferences } from '../../content/json-differences.ts'
import { mediaTypeOf } from '../../content/media-type.ts'
import { canonicalText, isMap, type NormalForm } from '../../content/normal-form.ts'
import type { WireRequest } from '../../interactions/request-reader.ts'
import type { BodyRule, MatchList, MatchRule } from '../../matching/match-on.ts'
import { isBodyRule } from '../../matching/match-check.ts'
import { type Agrees, type Candidate, fewest } from './candidate.ts'

export const isOfBody = (rule: MatchRule): boolean => rule === 'body' || isBodyRule(rule)

/** What may replace the rule about contents, the narrowest first; not all of it agrees. */
export function* looserBodies(
  [own]: MatchList,
  asked: WireRequest,
  recorded: WireRequest,
  agrees: Agrees,
): Iterable<Candidate> {
  const { as, ignore } = optionsOf(own)
  const kinds = KINDS.filter((kind) => kind !== as && (kind !== 'form' || areForms(asked, recorded)))
  yield* ignoring(as)
  for (const kind of kinds) if (ignore.length === 0 || takesNames(kind)) yield narrow(ruleFor(kind, ignore))
  for (const kind of kinds) yield* ignoring(kind)
  yield { rules: [], leftOut: ['body'] }

  function* ignoring(kind: BodyKind): Iterable<Candidate> {
    if (!takesNames(kind)) return
    for (const places of placesIn(contentForm(recorded, kind), contentForm(asked, kind))) {
      const some = fewest(places, (names) => agrees([ruleFor(kind, [...ignore, ...names])]))
      if (some !== undefined) yield narrow(ruleFor(kind, [...ignore, ...some]))
    }
  }
}

const narrow = (rule: MatchRule): Candidate => ({ rules: [rule], leftOut: [] })

const KINDS: readonly BodyKind[] = ['auto', 'text', 'json', 'form', 'multipart']

const takesNames = (kind: BodyKind): boolean => kind !== 'bytes' && kind !== 'text'

function optionsOf(own: MatchRule | undefined): { readonly as: BodyKind; readonly ignore: readonly string[] } {
  const body = typeof own === 'object' && 'body' in own ? own.body : 'auto'
  return typeof body === 'string' ? { as: body, ignore: [] } : { as: body.as ?? 'auto', ignore: body.ignore ?? [] }
}

function ruleFor(as: BodyKind, ignore: readonly string[]): 'body' | BodyRule {
  if (ignore.length === 0) return as === 'auto' ? 'body' : { body: as }
  return { body: as === 'auto' ? { ignore } : { as, ignore } }
}

/** Any text can be read as a form, and those that are none are alike then that are not. */
const areForms = (...requests: readonly WireRequest[]): boolean =>
  requests.every(
    ({ body, fields }) =>
      mediaTypeOf(valueOf(fields, 'content-type')).essence === FORM_TYPE ||
      looksLikeForm(Buffer.from(body.subarray(0, 4096)).toString('latin1')),
  )

/** Lists of places to ignore, each of which may make the forms equal: as they are, all elements of a list, whole lists. */
function placesIn(recorded: NormalForm, asked: NormalForm): readonly (readonly string[])[] {
  const paths = jsonPathsIn(recorded, asked)
  const lists = [paths, distinct(paths.map(withAnyIndex)), distinct(paths.map(toList))]
  return [...lists.filter((some) => !some.includes('$')), namesIn(recorded, asked)]
}

const distinct = (paths: readonly string[]): readonly string[] => [...new Set(paths)]
const withAnyIndex = (path: string): string => path.replaceAll(/\[\d+\]/g, '[*]')
/** Where elements came or went, the list that they are in. */
const toList = (path: string): string => path.replace(/\[\d+\][^[]*$/, '')

/** Paths into JSON at which two forms differ. */
function jsonPathsIn(recorded: NormalForm, asked: NormalForm): readonly string[] {
  const pairs = jsonPairsIn(recorded, asked)
  const paths = pairs.flatMap(([old, fresh]) =>
    jsonDifferences({ value: old }, { value: fresh }).map(({ path }) => path),
  )
  return distinct(paths)
}

/** Documents that stand for each other: the whole content, lines, parts of the same name. */
function jsonPairsIn(recorded: NormalForm, asked: NormalForm): readonly (readonly [NormalForm, NormalForm])[] {
  const [old, fresh] = [jsonIn(recorded), jsonIn(asked)]
  if (old !== undefined && fresh !== undefined) return [[old, fresh]]
  if (!isMap(recorded) || !isMap(asked)) return []
  const [lines, ours] = [recorded['jsonLines'], asked['jsonLines']]
  if (isList(lines) && isList(ours) && lines.length === ours.length)
    return lines.map((line, index) => [line, ours[index] ?? null] as const)
  const [parts, others] = [recorded['multipart'], asked['multipart']]
  if (parts === undefined || others === undefined) return []
  const [theirs, mine] = [listOf(parts), listOf(others)]
  if (theirs.length !== mine.length) return []
  return theirs.flatMap((part, index) => {
    const other = mine[index]
    return isMap(part) && isMap(other) ? jsonPairsIn(part['content'] ?? '', other['content'] ?? '') : []
  })
}

const isList = (form: NormalForm | undefined): form is readonly NormalForm[] => Array.isArray(form)

const listOf = (parts: NormalForm): readonly NormalForm[] =>
  isList(parts) ? parts : isMap(parts) ? Object.values(parts).flatMap((some) => (isList(some) ? some : [some])) : []

/** Names of form fields, or of parts, in which two forms differ. */
function namesIn(recorded: NormalForm, asked: NormalForm): readonly string[] {
  if (!isMap(recorded) || !isMap(asked)) return []
  for (const kind of ['form', 'multipart']) {
    const [theirs, ours] = [recorded[kind], asked[kind]]
    if (!isMap(theirs) || !isMap(ours)) continue
    const names = distinct([...Object.keys(theirs), ...Object.keys(ours)])
    return names.filter((name) => canonicalText(theirs[name] ?? null) !== canonicalText(ours[name] ?? null))
  }
  return []
}

/** The JSON in a form of a content, where it is one. */
const jsonIn = (form: NormalForm): NormalForm | undefined => (isMap(form) ? form['json'] : undefined)
