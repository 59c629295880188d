import type { Field, Question } from '../protocols/dialogue.ts'
import { closest, similarity } from './nearest.ts'
import type { AskedRequest, MissReport, NearMiss } from './report.ts'
import { type MissContext, NO_REQUEST } from './miss-report.ts'
import type { Reason } from '../matching/match-on.ts'
import { WORDS } from './words.ts'

/** A recorded question, and whether it was played. */
export interface KnownQuestion {
  readonly question: Question
  readonly connection: number
  readonly isPlayed: boolean
}

/** The report on a question in a protocol that was named, among those that were recorded of the origin. */
export function reportOnQuestion(asked: Question, known: readonly KnownQuestion[], context: MissContext): MissReport {
  const alike = known.filter(({ question }) => question.kind === asked.kind)
  const candidates = alike.length > 0 ? alike : known.filter(({ question }) => question.role === 'once')
  const nearest = closest(candidates, (one) => distanceTo(asked, one)).map((one) =>
    nearQuestion(one, reasonsAgainst(asked, one)),
  )
  return spokenReport(asked.text, nearest, known, context)
}

/** The report on a question whose recorded client left before it was answered. */
export function reportOnSilence(
  asked: KnownQuestion,
  known: readonly KnownQuestion[],
  context: MissContext,
): MissReport {
  const near = nearQuestion(asked, [LEFT])
  return { ...spokenReport(asked.question.text, [near], known, context), told: 0 }
}

const LEFT: Reason = {
  what: 'left',
  detail: 'the recording ends here: the recorded client had left before it was answered',
}

const nearQuestion = ({ question, connection }: KnownQuestion, reasons: readonly Reason[]): NearMiss => ({
  number: undefined,
  connection,
  method: undefined,
  url: undefined,
  statement: question.text,
  reasons,
  firstDifference: undefined,
  headers: [],
  json: [],
})

function spokenReport(
  statement: string,
  nearest: readonly NearMiss[],
  known: readonly KnownQuestion[],
  { origin, origins, face }: MissContext,
): MissReport {
  const words = WORDS[face]
  const once = known.filter(({ question }) => question.role === 'once')
  const asked: AskedRequest = { ...NO_REQUEST, statement }
  const isPlayed = nearest[0]?.reasons.some(({ what }) => what === 'played') === true
  return {
    origin,
    asked,
    matchOn: ['statements'],
    nearest,
    origins,
    recorded: once.length,
    unplayed: once.filter((one) => !one.isPlayed).length,
    advice: [
      ...(isPlayed && nearest[0]?.reasons.length === 1 ? [`${words.repeats} plays an answer more than once`] : []),
      words.recordsAll ?? words.recordsIt,
    ],
  }
}

function reasonsAgainst(asked: Question, { question, isPlayed }: KnownQuestion): readonly Reason[] {
  const differing = differences(asked, question)
  const reasons: Reason[] = differing.map((detail) => ({ what: 'statement', detail }))
  if (asked.kind !== question.kind)
    return [{ what: 'statement', detail: `recorded was a ${question.kind}, asked is a ${asked.kind}` }]
  if (isPlayed) reasons.push({ what: 'played', detail: 'already played' })
  return reasons
}

/** `parameter 1 was "41", recorded "42"`. */
function differences(asked: Question, recorded: Question): readonly string[] {
  const names = [...new Set([...recorded.fields, ...asked.fields].map(({ name }) => name))]
  return names.flatMap((name) => {
    const [ours, theirs] = [valuesOf(asked, name), valuesOf(recorded, name)]
    return ours === theirs ? [] : [`${name} was ${excerpt(ours, theirs)}, recorded ${excerpt(theirs, ours)}`]
  })
}

const valuesOf = ({ fields }: Question, name: string): string | undefined => {
  const values = fields.filter((field: Field) => field.name === name).map(({ value }) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** A long value from shortly before where it leaves the other one. */
function excerpt(value: string | undefined, other: string | undefined): string {
  if (value === undefined) return 'absent'
  if (value.length <= LONGEST_EXCERPT) return value
  let at = 0
  while (at < value.length && value[at] === other?.[at]) at += 1
  const start = Math.max(0, at - LONGEST_EXCERPT / 2)
  const end = start + LONGEST_EXCERPT
  return `${start === 0 ? '' : '...'}${value.slice(start, end)}${end < value.length ? '...' : ''}`
}

const LONGEST_EXCERPT = 120

function distanceTo(asked: Question, { question, isPlayed }: KnownQuestion): number {
  return 2 * (1 - similarity(valueBytes(asked), valueBytes(question))) + (isPlayed ? 0.25 : 0)
}

const valueBytes = ({ fields }: Question): Buffer => Buffer.from(fields.map(({ value }) => value).join('\n'))
