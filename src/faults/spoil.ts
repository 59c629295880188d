import type { ServerAction, Step } from '../interactions/interaction.ts'
import type { Failure } from '../tape/cassette.ts'
import type { CorruptFault, Fault, RangeFault } from './fault.ts'
import type { Cue, Played } from '../interactions/cue.ts'

/** The faults that lie after an answer, in offsets of what follows it. */
export function faultsBehind(answer: readonly Step[], faults: readonly Fault[]): readonly Fault[] {
  const answered = lengthOf(answer)
  return faults.filter(({ at = 0 }) => at >= answered).map((fault) => shifted(fault, answered))
}

function shifted(fault: Fault, by: number): Fault {
  const at = (fault.at ?? 0) - by
  return 'to' in fault && fault.to !== undefined && fault.to > 0
    ? { ...fault, at, to: fault.to - by }
    : { ...fault, at }
}

/** What the client hears with these faults in it, in their order. */
export function spoil<Cause>(steps: readonly Step<Cause>[], faults: readonly Fault[]): Played<Cause> {
  let played: Played<Cause> = { cues: steps, fallsSilent: false }
  for (const fault of faults) played = apply(fault, played)
  return played
}

function apply<Cause>(fault: Fault, played: Played<Cause>): Played<Cause> {
  const { cues } = played
  const length = lengthOf(cues)
  const at = placeOf(fault.at ?? 0, length)
  if (at < 0 || at > length) return played
  switch (fault.type) {
    case 'cut':
      return { cues: endedAt(cues, at, { type: 'end' }), fallsSilent: false }
    case 'reset':
      return { cues: endedAt(cues, at, { type: 'fail', failure: RESET }), fallsSilent: false }
    case 'stall':
      return { cues: divide(cues, at).before, fallsSilent: true }
    case 'split':
      return { ...played, cues: changedAt(cues, at, (first) => ({ ...first, isApart: true })) }
    case 'delay':
      return {
        ...played,
        cues: changedAt(cues, at, (first) => ({ ...first, isApart: true, delay: (first.delay ?? 0) + fault.by })),
      }
    case 'corrupt':
      return { ...played, cues: corrupted(cues, at, fault) }
    case 'drop':
    case 'duplicate':
      return { ...played, cues: withoutOrTwice(cues, at, placeOf(fault.to ?? length, length), fault.type) }
  }
}

const placeOf = (at: number, length: number): number => (at < 0 ? length + at : at)

const lengthOf = (steps: readonly Step[]): number => steps.reduce((sum, { action }) => sum + sizeOf(action), 0)

const sizeOf = (action: ServerAction): number => (action.type === 'segment' ? action.bytes.length : 0)

/** As a socket reports it. */
const RESET: Failure = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' }

interface Divided<Cause> {
  readonly before: readonly Cue<Cause>[]
  /** Of what comes after the place, the first, endings included. */
  readonly after: readonly Cue<Cause>[]
}

/** What comes up to a byte, and what comes from it on. */
function divide<Cause>(cues: readonly Cue<Cause>[], at: number): Divided<Cause> {
  let start = 0
  for (const [index, cue] of cues.entries()) {
    const size = sizeOf(cue.action)
    if (start === at) return { before: cues.slice(0, index), after: cues.slice(index) }
    if (at < start + size && cue.action.type === 'segment') {
      const { bytes } = cue.action
      const [head, tail] = [bytes.subarray(0, at - start), bytes.subarray(at - start)]
      return {
        before: [...cues.slice(0, index), { ...cue, action: { type: 'segment', bytes: head } }],
        after: [
          { ...cue, delay: undefined, isApart: undefined, action: { type: 'segment', bytes: tail } },
          ...cues.slice(index + 1),
        ],
      }
    }
    start += size
  }
  return { before: cues, after: [] }
}

/** The end comes as soon as what came before it; with no byte before it, when the first would have come. */
function endedAt<Cause>(cues: readonly Cue<Cause>[], at: number, action: ServerAction): readonly Cue<Cause>[] {
  const { before, after } = divide(cues, at)
  const model = before.at(-1) ?? after[0]
  // Nothing was recorded of an answer, so there is nothing that the fault could be in.
  if (model === undefined) return cues
  return [...before, { ...model, action, delay: undefined, isApart: undefined }]
}

function changedAt<Cause>(
  cues: readonly Cue<Cause>[],
  at: number,
  change: (first: Cue<Cause>) => Cue<Cause>,
): readonly Cue<Cause>[] {
  const { before, after } = divide(cues, at)
  const [first, ...rest] = after
  return first === undefined ? cues : [...before, change(first), ...rest]
}

function corrupted<Cause>(cues: readonly Cue<Cause>[], at: number, fault: CorruptFault): readonly Cue<Cause>[] {
  let start = 0
  return cues.map((cue) => {
    const place = at - start
    start += sizeOf(cue.action)
    if (cue.action.type !== 'segment' || place < 0 || place >= cue.action.bytes.length) return cue
    const bytes = Uint8Array.from(cue.action.bytes)
    bytes[place] = fault.value ?? (bytes[place] ?? 0) ^ (fault.xor ?? 0xff)
    return { ...cue, action: { type: 'segment', bytes } }
  })
}

function withoutOrTwice<Cause>(
  cues: readonly Cue<Cause>[],
  at: number,
  to: number,
  type: RangeFault['type'],
): readonly Cue<Cause>[] {
  if (to <= at) return cues
  const { before, after } = divide(cues, at)
  const { before: range, after: rest } = divide(after, to - at)
  return type === 'drop'
    ? [...before, ...range.filter(({ action }) => action.type !== 'segment'), ...rest]
    : [...before, ...range, ...range.filter(({ action }) => action.type === 'segment'), ...rest]
}
