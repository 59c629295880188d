import type { Interaction, RequestProgress, Step } from './interaction.ts'

/** An interaction that is still being put together. */
export type InteractionDraft = { -readonly [Key in keyof Interaction]: Interaction[Key] }

/**
 * Gives each pipelined request its own answer, if it is known where one answer ends and the next begins.
 *
 * Inside a segment, the recorder noted the ends. Between segments, the count decides: every answer begins with `HTTP/1.`,
 * so if as many segments begin that way as there are answers, each of them begins an answer. Otherwise everything stays
 * with the last request, as it was recorded, because finding the borders would take a parser of responses.
 *
 * @param interactions All interactions of one connection.
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
    // Bytes before the first answer are not an answer, and an answer cannot come before its request.
    if (current < 0 || current > sent) return
    answers[current]?.push(...ahead, step)
    ahead = []
  }
  answers[Math.min(current + 1, group.length - 1)]?.push(...ahead)
  for (const [index, interaction] of group.entries()) {
    const { bodyLength } = interaction.request
    interaction.answer = (answers[index] ?? []).map((step) => afterBody(step, bodyLength))
    // A request without an answer is only played after the others: on its own it would hang.
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
  /** Whether it is the beginning of an answer. */
  readonly begins: boolean
  /** Whether it holds only interim responses, which belong to the answer after them. */
  readonly isInterim: boolean
  /** Whether the recorder noted that an answer begins. */
  readonly isNoted: boolean
  /** Index of the last request that had been sent when it came. */
  readonly sent: number
}

/** Cuts a segment at the ends of answers that the recorder noted in it. */
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

/** A status line, possibly after blank lines (RFC 9112 section 2.2). */
const BEGIN = /^(?:\r\n){0,2}HTTP\/1\.[01] /

/** Length in bytes of the interim responses at the start of a segment. */
function interimLength(bytes: Uint8Array): number {
  let length = 0
  while (INTERIM.test(textOf(bytes.subarray(length, length + 16)))) {
    const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\r\n\r\n', length + 4)
    if (end === -1) break
    length = end + 4
  }
  return length
}

/** The status line of an interim response: any 1xx status except 101, which is final. */
const INTERIM = /^(?:\r\n){0,2}HTTP\/1\.[01] 1(?!01)/

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
