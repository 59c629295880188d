import type { Interaction, RequestProgress, Step } from './interaction.ts'

/** An interaction that is still being put together. */
export type InteractionDraft = { -readonly [Key in keyof Interaction]: Interaction[Key] }

/**
 * Gives each of several pipelined requests the part of the answers that is its own, where it is known how these part.
 *
 * It is known inside of segments by the ends that the recorder noted there, and between segments by the count: every answer
 * begins with `HTTP/1.`, so where just as many segments begin so as answers are missing, these are the answers. Where it is
 * not known, everything stays with the last request, as it came: to tell more takes a parser of responses.
 *
 * `interactions` are those of one connection.
 */
export function untangle(interactions: readonly InteractionDraft[]): void {
  const first = interactions.findIndex(({ isPipelined }) => isPipelined) - 1
  if (first < 0) return
  const group = interactions.slice(first)
  if (!group.every(isPlain)) return
  const pieces = group.flatMap(({ answer }, sent) => answer.flatMap((step) => piecesOf(step, sent)))
  const others = pieces.filter(({ begins }) => begins).length - 1
  const isExact = others === group.length - 1
  if (!isExact && !(others < group.length && pieces.some(({ isNoted }) => isNoted))) return

  const answers: Step<RequestProgress>[][] = group.map(() => [])
  let current = -1
  let ahead: Step<RequestProgress>[] = []
  for (const { step, begins, isInterim, sent } of pieces) {
    if (!begins && (isInterim || ahead.length > 0)) {
      ahead.push(step)
      continue
    }
    if (begins) current += 1
    // What comes before the first answer is no answer, and none comes before its request.
    if (current < 0 || current > sent) return
    answers[current]?.push(...ahead, step)
    ahead = []
  }
  answers[Math.min(current + 1, group.length - 1)]?.push(...ahead)
  for (const [index, interaction] of group.entries()) {
    const { bodyLength } = interaction.request
    interaction.answer = (answers[index] ?? []).map((step) => afterBody(step, bodyLength))
    // A request that nothing came of is played behind the others or not at all: on its own it would hang.
    interaction.isPipelined = index > 0 && index > current
  }
}

const afterBody = (step: Step<RequestProgress>, bodyLength: number): Step<RequestProgress> => ({
  ...step,
  after: { ...step.after, bodyLength },
})

/** Whether the request was complete before anything came, and HTTP followed. */
const isPlain = ({ request, answer, rest }: InteractionDraft): boolean =>
  request.isComplete && rest === undefined && answer.every(({ after }) => after.isComplete)

interface Piece {
  readonly step: Step<RequestProgress>
  /** Whether an answer begins with it. */
  readonly begins: boolean
  /** Whether it is no more than interim responses: these belong to the answer that follows. */
  readonly isInterim: boolean
  /** Whether the recorder noted that an answer begins. */
  readonly isNoted: boolean
  /** Place of the request that was the last one sent when it came. */
  readonly sent: number
}

/** A segment, cut where answers ended in it. */
function piecesOf(step: Step<RequestProgress>, sent: number): Piece[] {
  const { action } = step
  if (action.type !== 'segment') return [{ step, begins: false, isInterim: false, isNoted: false, sent }]
  const borders = [0, ...(action.ends ?? []), action.bytes.length]
  return borders.slice(1).map((end, index) => {
    const bytes = action.bytes.subarray(borders[index], end)
    const isNoted = index > 0
    const piece =
      borders.length === 2 ? step : { ...step, action: { type: 'segment', bytes, of: action.bytes } as const }
    const final = bytes.subarray(interimLength(bytes))
    const isInterim = final.length === 0
    return { step: piece, begins: !isInterim && (isNoted || beginsAnswer(final)), isInterim, isNoted, sent }
  })
}

const beginsAnswer = (bytes: Uint8Array): boolean => BEGIN.test(textOf(bytes.subarray(0, 16)))

/** A status line, perhaps behind blank lines (RFC 9112 section 2.2). */
const BEGIN = /^(?:\r\n){0,2}HTTP\/1\.[01] /

/** Bytes of the interim responses that a segment begins with. */
function interimLength(bytes: Uint8Array): number {
  let length = 0
  while (INTERIM.test(textOf(bytes.subarray(length, length + 16)))) {
    const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\r\n\r\n', length + 4)
    if (end === -1) break
    length = end + 4
  }
  return length
}

/** Of any status from 100 on but 101, which is final. */
const INTERIM = /^(?:\r\n){0,2}HTTP\/1\.[01] 1(?!01)/

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
