import type { Failure } from '../tape/cassette.ts'
import type { Interaction, ServerAction, Step } from '../interactions/interaction.ts'
import { LocalProtocolError } from '../errors.ts'

/** Which answers a fault is put into. */
interface FaultTarget {
  /**
   * Index of an interaction, several, or a function that picks them. Default: all.
   *
   * With `matchOn: 'bytes'`, indexes of connections, from 0 in the order of opening.
   */
  readonly on?: number | readonly number[] | ((interaction: Interaction) => boolean) | undefined
  /** How many plays of each answer are spoiled; later ones, repeats, are right. Default: all. */
  readonly times?: number | undefined
  /**
   * Bytes of the answer before it, interim responses included; below 0, counted from its end. Default: 0.
   *
   * What is beyond the end of an answer never happens.
   */
  readonly at?: number | undefined
}

/** The server ends its side (`cut`), resets the connection, or says nothing more. */
export interface EndingFault extends FaultTarget {
  readonly type: 'cut' | 'reset' | 'stall'
}

/** What follows comes in a segment of its own (`split`). Right clients do not notice. */
export interface SplitFault extends FaultTarget {
  readonly type: 'split'
}

/** One byte is another one. */
export interface CorruptFault extends FaultTarget {
  readonly type: 'corrupt'
  /** The bits to turn over. Default: 0xff, all. */
  readonly xor?: number | undefined
  /** What the byte becomes, in the place of `xor`. */
  readonly value?: number | undefined
}

/** What follows comes so much later. */
export interface DelayFault extends FaultTarget {
  readonly type: 'delay'
  /** Milliseconds by the clock of the replay, whatever its `timing`. */
  readonly by: number
}

/** Bytes that come twice, or not at all. */
export interface RangeFault extends FaultTarget {
  readonly type: 'duplicate' | 'drop'
  /** Where they end, counted as `at`. Default: with the answer. */
  readonly to?: number | undefined
}

/** Something that goes wrong on purpose while a cassette is played. Plain data, so that a failure can be written down. */
export type Fault = EndingFault | SplitFault | CorruptFault | DelayFault | RangeFault

/** A step as it is played. */
export interface Cue<Cause = unknown> extends Step<Cause> {
  /** Milliseconds beyond the recorded ones. */
  readonly delay?: number | undefined
  /** Whether it is never joined with what comes before it. */
  readonly isApart?: boolean | undefined
}

/** What a client hears in answer to one thing. */
export interface Played<Cause> {
  readonly cues: readonly Cue<Cause>[]
  /** Whether the server says nothing more on this connection, though it is open. */
  readonly fallsSilent: boolean
}

/** Whether the client hears the same first. */
export function beginsWith(cues: readonly Cue[], told: readonly Cue[]): boolean {
  return told.every(({ action }, index) => {
    const other = cues[index]?.action
    if (other?.type !== action.type) return false
    return action.type !== 'segment' || (other.type === 'segment' && Buffer.compare(other.bytes, action.bytes) === 0)
  })
}

/**
 * The faults that are put into a replay, in their order: each counts in what those before it have left.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for what is no fault.
 */
export class FaultPlan {
  readonly #faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    for (const fault of faults) checkFault(fault)
    this.#faults = faults
  }

  get isEmpty(): boolean {
    return this.#faults.length === 0
  }

  /** Whether anything in it takes time. */
  get hasDelays(): boolean {
    return this.#faults.some(({ type }) => type === 'delay')
  }

  /** Whether it picks interactions by a function, which has nothing to look at where bytes are played. */
  get needsInteractions(): boolean {
    return this.#faults.some(({ on }) => typeof on === 'function')
  }

  /** The answer to an interaction that was played so many times before. */
  answerTo<Cause>(interaction: Interaction, steps: readonly Step<Cause>[], plays: number): Played<Cause> {
    return spoil(steps, this.#faultsFor(interaction.index, plays, interaction))
  }

  /** What comes behind the answer to `interaction` on a connection that goes on as something else. */
  continuationOf<Cause>(interaction: Interaction, steps: readonly Step<Cause>[]): Played<Cause> {
    const answered = lengthOf(interaction.answer)
    const faults = this.#faultsFor(interaction.index, 0, interaction).filter(({ at = 0 }) => at >= answered)
    return spoil(
      steps,
      faults.map((fault) => shifted(fault, answered)),
    )
  }

  /** What the server says on the connection with that index. */
  connection<Cause>(index: number, steps: readonly Step<Cause>[], plays: number): Played<Cause> {
    return spoil(steps, this.#faultsFor(index, plays, undefined))
  }

  #faultsFor(index: number, plays: number, interaction: Interaction | undefined): readonly Fault[] {
    return this.#faults.filter(({ on, times = Infinity }) => plays < times && isMeant(on, index, interaction))
  }
}

function isMeant(on: Fault['on'], index: number, interaction: Interaction | undefined): boolean {
  if (on === undefined) return true
  if (typeof on === 'function') return interaction !== undefined && on(interaction)
  return typeof on === 'number' ? on === index : on.includes(index)
}

function shifted(fault: Fault, by: number): Fault {
  const at = (fault.at ?? 0) - by
  return 'to' in fault && fault.to !== undefined && fault.to > 0
    ? { ...fault, at, to: fault.to - by }
    : { ...fault, at }
}

function spoil<Cause>(steps: readonly Step<Cause>[], faults: readonly Fault[]): Played<Cause> {
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

/** As a socket tells it. */
const RESET: Failure = { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' }

interface Divided<Cause> {
  readonly before: readonly Cue<Cause>[]
  /** What behind the place is first, endings included. */
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

const TYPES: Readonly<Record<Fault['type'], true>> = {
  cut: true,
  reset: true,
  stall: true,
  split: true,
  corrupt: true,
  delay: true,
  duplicate: true,
  drop: true,
}

function checkFault(fault: Fault): void {
  if (!Object.hasOwn(TYPES, fault.type))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `faults has the type ${JSON.stringify(fault.type)}; known are ${Object.keys(TYPES).join(', ')}`,
    )
  const { at = 0, times = 1, on } = fault
  const numbers = [at, times, 'to' in fault ? (fault.to ?? 0) : 0, ...(typeof on === 'object' ? on : [])]
  if (!numbers.every((number) => Number.isSafeInteger(number) || number === Infinity))
    refuse(fault, 'at, to, times and on are whole numbers')
  if (fault.type === 'delay' && !(fault.by >= 0 && fault.by <= LONGEST_DELAY)) refuse(fault, 'by is in milliseconds')
  if (fault.type === 'corrupt' && (fault.xor === 0 || ![fault.xor ?? 1, fault.value ?? 0].every(isByte)))
    refuse(fault, 'xor is a byte from 1 to 255, value one from 0 to 255')
}

/** 2^31-1 ms, the longest timer of Node. */
const LONGEST_DELAY = 2_147_483_647

const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xff

function refuse(fault: Fault, rule: string): never {
  throw new LocalProtocolError('INVALID_OPTION', `faults: ${rule}: ${JSON.stringify(fault)}`)
}
