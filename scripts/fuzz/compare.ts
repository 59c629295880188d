import type { Input } from './input.ts'
import { CLOSED } from './native.ts'
import type { Ending, OurTranscript, Transcript } from './transcript.ts'

/** The first place where two parsers disagree; all steps before it are the same. */
export interface Difference {
  readonly input: Input
  /** Steps in which they agree. */
  readonly agreed: readonly string[]
  /** Where each of these steps ends. */
  readonly ends: readonly number[]
  readonly ours: Outcome
  readonly theirs: Outcome
}

/** The result of one parser at that place: a step, or its end. */
export type Outcome = { readonly type: 'step'; readonly text: string } | Ending

/** Compares our result for an input with that of Node. */
export function compare(input: Input, ours: OurTranscript, theirs: Transcript): Difference | undefined {
  let count = 0
  while (count < ours.steps.length && ours.steps[count] === theirs.steps[count]) count += 1
  const difference: Difference = {
    input,
    agreed: ours.steps.slice(0, count),
    ends: ours.ends.slice(0, count),
    ours: outcomeAt(ours, theirs, count),
    theirs: outcomeAt(theirs, ours, count),
  }
  return agree(difference) ? undefined : difference
}

/** If one side has less data than the other, the reason for its stop counts. */
function outcomeAt({ steps, ending }: Transcript, other: Transcript, index: number): Outcome {
  const text = steps[index]
  if (text === undefined) return ending
  const isCutShort = index === steps.length - 1 && text.startsWith('data ') && other.steps[index]?.startsWith(text)
  return isCutShort === true ? ending : { type: 'step', text }
}

/** The kind of the difference, which stays when the input is minimised. */
export function describeOutcome(outcome: Outcome): string {
  if (outcome.type === 'step') return outcome.text.split(/[ \n]/, 1).join('')
  return outcome.type === 'error' ? outcome.code : outcome.type
}

function agree({ input: { bytes }, ours, theirs }: Difference): boolean {
  switch (ours.type) {
    case 'step':
      return false
    case 'open':
      return theirs.type === 'open'
    case 'closed': {
      // Node ignores CR and LF after the last message, and counts the byte that it refuses.
      const isRefusal = theirs.type === 'error' && theirs.code === CLOSED
      const at = isRefusal ? theirs.at - 1 : theirs.type === 'closed' ? theirs.at : -1
      return at >= ours.at && /^[\r\n]*$/.test(bytes.latin1Slice(ours.at, at))
    }
    case 'switched':
      return theirs.type === 'switched' && theirs.at === ours.at
    case 'error':
      return theirs.type === 'error' && isEof(ours) === isEof(theirs) && isOneLine(bytes, ours.at, theirs.at)
  }
}

const EOF_CODES: ReadonlySet<string> = new Set(['PREMATURE_EOF', 'HPE_INVALID_EOF_STATE'])

const isEof = ({ code }: { readonly code: string }): boolean => EOF_CODES.has(code)

/** Whether both places are in one line, or one of them is directly after its end. */
function isOneLine(bytes: Buffer, one: number, other: number): boolean {
  const [first, second] = one < other ? [one, other] : [other, one]
  const lineEnd = bytes.indexOf('\n', first)
  return lineEnd === -1 || second <= lineEnd + 1
}
