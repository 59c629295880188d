import type { BytesExcerpt, Change, LinesChange } from '../inspection/content-changes.ts'
import { contentForm } from '../content/content-form.ts'
import { comparedContent } from '../content/decoded-content.ts'
import { count } from '../content/printable.ts'
import { TOO_LARGE } from '../report/change-text.ts'
import { jsonDocument, parseJson } from '../content/json-content.ts'
import type { NormalForm } from '../content/normal-form.ts'
import type { Disguised } from '../content/placeholders.ts'
import { templateOf } from '../templates/template.ts'
import { answerChanges } from '../inspection/diff-cassettes.ts'
import type { Exchange, InspectedMessage } from '../messages/exchanges.ts'
import { isSecretPath, MASK, maskSecrets } from '../redaction/masks.ts'
import { hasBothOfOneType, type VolatileRule } from '../inspection/volatile.ts'

/**
 * The grades of differences, from the most serious to the least.
 *
 * `ending`: whether and how the answer ended. `framing`: version, and how the end of the body is marked. `json-shape`: members, and types of
 * values. `body`: content that is not JSON. `bytes`: spelling, order, blanks, compression, sizes of chunks; the meaning is the same.
 */
export const GRADES = ['ending', 'status', 'framing', 'headers', 'json-shape', 'json-values', 'body', 'bytes'] as const

/** How serious a drift may be for a client. */
export type Grade = (typeof GRADES)[number]

/** One difference between an answer and the recorded one. Values with secret names are masked; text is not escaped. */
export interface Drift {
  readonly grade: Grade
  /** Such as `status`, `headers`, `$.user.name` or `body`. */
  readonly place: string
  /** `undefined` if there was nothing. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** How the answer of a live server differs from the recorded one. */
export function driftsOf(recorded: Exchange, live: Exchange, rules: readonly VolatileRule[]): readonly Drift[] {
  const isBodyAsItWas = Buffer.compare(bodyOf(recorded), bodyOf(live)) === 0
  const changes = answerChanges(recorded, live)
  const isReframed = changes.some((change) => isFraming(change) && !isSizesOnly(change))
  const drifts: Drift[] = []
  for (const change of changes) {
    if (rules.some((rule) => rule.allows(change)) || isRedactedThere(change, recorded, live)) continue
    if (isConsequence(change, { isReframed, isBodyAsItWas })) continue
    drifts.push(driftOf(change, recorded, live))
  }
  if (!isBodyAsItWas && contentOf(recorded) === contentOf(live)) drifts.push(compressionDrift(recorded, live))
  return [
    ...endingDrift(recorded, live),
    ...drifts,
    ...spellingDrifts(recorded.response, live.response, recorded, live),
  ]
}

const compressionDrift = (recorded: Exchange, live: Exchange): Drift => ({
  grade: 'bytes',
  place: 'body, compression',
  before: count(bodyOf(recorded).length, 'byte'),
  after: count(bodyOf(live).length, 'byte'),
})

const bodyOf = ({ response }: Exchange): Uint8Array => response?.body ?? new Uint8Array(0)

const isFraming = ({ kind, field }: Change): boolean => kind === 'value' && field.endsWith('body framing')

/** Whether both come in chunks, but of different sizes. */
const isSizesOnly = (change: Change): boolean =>
  change.kind === 'value' && [change.before, change.after].every((text) => /^[\d,]+ chunks?:/.test(text ?? ''))

interface Context {
  readonly isReframed: boolean
  readonly isBodyAsItWas: boolean
}

/** Whether a difference only follows from another one. */
function isConsequence(change: Change, { isReframed, isBodyAsItWas }: Context): boolean {
  if (isSizesOnly(change) && isFraming(change)) return !isBodyAsItWas
  if (change.kind !== 'header' || !change.field.endsWith('headers')) return false
  const name = (change.after ?? change.before ?? '').split(':', 1)[0]?.toLowerCase() ?? ''
  if (change.change === 'value') return !isBodyAsItWas && OF_THE_BODY.has(name)
  return isReframed && (change.change === 'added' || change.change === 'removed') && OF_THE_FRAMING.has(name)
}

const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-length',
  'etag',
  'last-modified',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
])

const OF_THE_FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** Whether the recording has placeholders where the server has values. */
function isRedactedThere(change: Change, recorded: Exchange, live: Exchange): boolean {
  const { disguised } = recorded.connection
  if (change.kind === 'lines' || change.kind === 'bytes') return isRedactedContent(recorded, live)
  const { before, after } = change
  if (before === undefined || after === undefined) return false
  if (change.kind !== 'json') return agrees(before, after, disguised)
  const [old, fresh] = [before, after].map((json) => parseJson(Buffer.from(json).toString('latin1')))
  // A value of another type has drifted, whatever it stands for.
  return old !== undefined && typeof old === typeof fresh && agrees(old, fresh ?? null, disguised)
}

/** By its text, and what is not JSON by its meaning, too: boundaries are random each time. */
function isRedactedContent(recorded: Exchange, live: Exchange): boolean {
  const { disguised } = recorded.connection
  if (isTooLarge(recorded) || isTooLarge(live)) return false
  const [old, fresh] = [contentOf(recorded), contentOf(live)]
  if (agrees(old, fresh, disguised)) return true
  if (recorded.response === undefined || live.response === undefined || isJsonDocument(old)) return false
  return agrees(contentForm(recorded.response), contentForm(live.response), disguised)
}

/** Whether some values for the placeholders make them equal. */
function agrees(recorded: NormalForm, live: NormalForm, disguised: Disguised): boolean {
  if (recorded === live) return true
  const template = templateOf(recorded, disguised)
  return template !== undefined && template.keyOf(live) === template.key && template.valuesIn(live) !== undefined
}

const isTooLarge = ({ response }: Exchange): boolean =>
  response !== undefined && comparedContent(response.body, response.fields).isTooLarge

/** Without its coding, latin-1. */
function contentOf({ response }: Exchange): string {
  const content = response && comparedContent(response.body, response.fields).content
  return content === undefined ? '' : Buffer.from(content).toString('latin1')
}

function driftOf(change: Change, recorded: Exchange, live: Exchange): Drift {
  switch (change.kind) {
    case 'value':
      return { grade: gradeOfValue(change), place: change.field, before: change.before, after: change.after }
    case 'header':
      return {
        grade: change.change === 'case' || change.change === 'order' ? 'bytes' : 'headers',
        place: change.change === 'order' ? `${change.field}, order` : change.field,
        before: change.before && maskSecrets(change.before),
        after: change.after && maskSecrets(change.after),
      }
    case 'json': {
      const isOfShape = !hasBothOfOneType(change) && !isElement(change)
      const masked = (json: string | undefined): string | undefined =>
        json && (isSecretPath(change.path) ? MASK : maskSecrets(json))
      return {
        grade: isOfShape ? 'json-shape' : 'json-values',
        place: change.path,
        before: masked(change.before),
        after: masked(change.after),
      }
    }
    case 'lines':
      return { grade: gradeOfContent(recorded, live), place: change.field, ...showLines(change) }
    case 'bytes':
      return {
        grade: gradeOfContent(recorded, live),
        place: `${change.field}, from byte ${change.offset} on${change.isTooLarge ? `, ${TOO_LARGE}` : ''}`,
        before: showBytes(change.before),
        after: showBytes(change.after),
      }
  }
}

function gradeOfValue(change: Change): Grade {
  if (change.field.endsWith('status')) return 'status'
  if (change.field.endsWith('version') || (isFraming(change) && !isSizesOnly(change))) return 'framing'
  return 'bytes'
}

/** The number of elements of a list is not part of the shape. */
const isElement = ({
  path,
  before,
  after,
}: {
  readonly path: string
  readonly before: string | undefined
  readonly after: string | undefined
}): boolean => (before === undefined || after === undefined) && /\[\d+\]$/.test(path)

/** `bytes` for the same document in another notation, or the same content compressed in another way. */
function gradeOfContent(recorded: Exchange, live: Exchange): Grade {
  const [old, fresh] = [contentOf(recorded), contentOf(live)]
  return old === fresh || (isJsonDocument(old) && isJsonDocument(fresh)) ? 'bytes' : 'body'
}

/** Two JSON documents are compared value by value, so any remaining difference is in the notation. */
const isJsonDocument = (text: string): boolean => jsonDocument(text) !== undefined

function showLines({ hunks }: LinesChange): Pick<Drift, 'before' | 'after'> {
  const lines = hunks.flatMap((hunk) => hunk.lines)
  const marked = (mark: string): string | undefined => {
    const found = lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(1).trimEnd())
    return found.length === 0 ? undefined : maskSecrets(found.join('\n'))
  }
  return { before: marked('-'), after: marked('+') }
}

function showBytes({ length, excerptStart, excerpt }: BytesExcerpt): string {
  const text = Buffer.from(excerpt).toString('latin1')
  const shown = /^[\t\r\n\x20-\x7e]*$/.test(text) ? maskSecrets(text) : Buffer.from(excerpt).toString('hex')
  return `${count(length, 'byte')}, at ${excerptStart}: ${shown}`
}

/** Who ends the connection after a whole answer depends on who is quicker. */
function endingDrift(recorded: Exchange, live: Exchange): readonly Drift[] {
  const [before, after] = [recorded, live].map(({ ending }) => ending.replace(', the server ended the connection', ''))
  return before === after ? [] : [{ grade: 'ending', place: 'ending', before, after }]
}

/** Blanks around values, line by line; a parser does not report them. */
function spellingDrifts(
  before: InspectedMessage | undefined,
  after: InspectedMessage | undefined,
  recorded: Exchange,
  live: Exchange,
): readonly Drift[] {
  if (before === undefined || after === undefined) return []
  const [olds, news] = [headLines(before, recorded), headLines(after, live)]
  const drifts: Drift[] = []
  for (const [place, { name, value }] of before.fields.entries()) {
    const at = after.fields.findIndex((field, index) => index >= place && field.name === name && field.value === value)
    const [old, fresh] = [olds[place], at === -1 ? undefined : news[at]]
    if (old === undefined || fresh === undefined || old === fresh) continue
    drifts.push({ grade: 'bytes', place: 'headers, blanks', before: maskSecrets(old), after: maskSecrets(fresh) })
  }
  return drifts
}

/** None if lines were folded, because the lines are then not those of the fields. */
function headLines({ start, headEnd, fields }: InspectedMessage, { connection }: Exchange): readonly string[] {
  const head = Buffer.from(connection.received.bytes.subarray(start, headEnd)).toString('latin1')
  const lines = head.trimStart().split(/\r?\n/).slice(1, -2)
  return lines.length === fields.length ? lines : []
}
