import type { Interaction, Step } from '../interactions/interaction.ts'
import { LocalProtocolError } from '../errors.ts'
import { checkOptions } from '../options.ts'
import type { Played } from '../interactions/cue.ts'
import type { Fault } from './fault.ts'
import type * as Spoil from './spoil.ts'

/**
 * The faults that are put into a replay, in their order: each counts in what those before it have left.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for anything that is not a fault.
 */
export class FaultPlan {
  readonly #faults: readonly Fault[]
  #spoiler: typeof Spoil | undefined

  constructor(faults: readonly Fault[]) {
    if (!Array.isArray(faults))
      throw new LocalProtocolError('INVALID_OPTION', `faults: not a list: ${JSON.stringify(faults)}`)
    for (const fault of faults) checkFault(fault)
    this.#faults = faults
  }

  /** Loads what puts faults into answers; most replays have none. */
  async load(): Promise<void> {
    if (this.#faults.length > 0) this.#spoiler = await import('./spoil.ts')
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
    return this.#spoilt(steps, this.#faultsFor(interaction.index, plays, interaction))
  }

  /** What comes after the answer to `interaction` on a connection that goes on as something else. */
  continuationOf<Cause>(interaction: Interaction, steps: readonly Step<Cause>[]): Played<Cause> {
    const faults = this.#faultsFor(interaction.index, 0, interaction)
    return this.#spoilt(steps, this.#spoiler?.faultsBehind(interaction.answer, faults) ?? [])
  }

  /** What the server says on the connection with that index. */
  connection<Cause>(index: number, steps: readonly Step<Cause>[], plays: number): Played<Cause> {
    return this.#spoilt(steps, this.#faultsFor(index, plays, undefined))
  }

  #spoilt<Cause>(steps: readonly Step<Cause>[], faults: readonly Fault[]): Played<Cause> {
    return this.#spoiler?.spoil(steps, faults) ?? { cues: steps, fallsSilent: false }
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

/** What may be said of a fault, beside which answers it is put into and where. */
const TYPES: Readonly<Record<Fault['type'], Readonly<Record<string, true>>>> = {
  cut: {},
  reset: {},
  stall: {},
  split: {},
  corrupt: { xor: true, value: true },
  delay: { by: true },
  duplicate: { to: true },
  drop: { to: true },
}
const TARGET = { type: true, on: true, times: true, at: true } as const

function checkFault(fault: Fault): void {
  if (!Object.hasOwn(TYPES, fault.type))
    throw new LocalProtocolError(
      'INVALID_OPTION',
      `faults has the type ${JSON.stringify(fault.type)}; known are ${Object.keys(TYPES).join(', ')}`,
    )
  checkOptions<object>(`a fault of the type ${fault.type}`, fault, { ...TARGET, ...TYPES[fault.type] })
  const { at, times, on } = fault
  const numbers = [at, times, 'to' in fault ? fault.to : undefined, ...(typeof on === 'object' ? on : [])]
  if (!numbers.every((number) => number === undefined || Number.isSafeInteger(number) || number === Infinity))
    refuse(fault, 'at, to, times and on are whole numbers')
  if (fault.type === 'delay' && !(fault.by >= 0 && fault.by <= LONGEST_DELAY)) refuse(fault, 'by is in milliseconds')
  if (fault.type === 'corrupt' && (fault.xor === 0 || ![fault.xor, fault.value].every(isByte)))
    refuse(fault, 'xor is a byte from 1 to 255, value one from 0 to 255')
}

/** 2^31-1 ms, the longest timer of Node. */
const LONGEST_DELAY = 2_147_483_647

const isByte = (value: number | undefined): boolean =>
  value === undefined || (Number.isInteger(value) && value >= 0 && value <= 0xff)

function refuse(fault: Fault, rule: string): never {
  throw new LocalProtocolError('INVALID_OPTION', `faults: ${rule}: ${JSON.stringify(fault)}`)
}
