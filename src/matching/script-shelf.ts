import type { ByteScript, Interaction } from '../interactions/interaction.ts'
import type { ByteRange } from '../http1/events.ts'
import { firstDifference } from './first-difference.ts'

/** A {@link ByteScript} and where it comes from. */
export interface RecordedScript {
  readonly script: ByteScript
  readonly connection: number
  /** The interaction that it goes on from; `undefined` where the connection begins with it. */
  readonly behind: Interaction | undefined
  /** The requests in it, where it is a whole connection. */
  readonly interactions: readonly Interaction[]
  /** Where secrets stood: what is there now has their length, and any other bytes may stand there. Ascending. */
  readonly blanks: readonly ByteRange[]
}

/** Whether `bytes` are what the client wrote from `offset` on. */
export function goesOnWith({ script, blanks }: RecordedScript, offset: number, bytes: Uint8Array): boolean {
  const { length } = bytes
  const isNext = (from: number, to: number): boolean =>
    firstDifference(script.bytes.subarray(offset + from), bytes.subarray(from, to)) === undefined
  let from = 0
  for (const { start, end } of blanks) {
    if (end <= offset + from) continue
    if (start >= offset + length) break
    if (!isNext(from, Math.max(start - offset, from))) return false
    from = Math.min(end - offset, length)
  }
  return isNext(from, length) && offset + length <= script.bytes.length
}

/** Who plays a script, and may be given another one. */
export interface ScriptHolder {
  /** Whether all that was said up to now would have been the same with `recorded`. */
  canPlay(recorded: RecordedScript): boolean
  play(recorded: RecordedScript): void
}

/** The scripts of one origin, each handed out once, in recorded order. */
export class ScriptShelf {
  readonly all: readonly RecordedScript[]
  readonly #allowsRepeats: boolean
  readonly #byConnection: ReadonlyMap<number, RecordedScript>
  readonly #behind: ReadonlyMap<Interaction, RecordedScript>
  readonly #free: Set<RecordedScript>
  readonly #unfinished: Set<RecordedScript>
  readonly #holders = new Map<RecordedScript, ScriptHolder>()
  readonly #takes = new Map<RecordedScript, number>()

  constructor(all: readonly RecordedScript[], allowPlaybackRepeats: boolean) {
    this.all = all
    this.#allowsRepeats = allowPlaybackRepeats
    this.#byConnection = new Map(all.map((recorded) => [recorded.connection, recorded]))
    this.#behind = new Map(all.flatMap((recorded) => (recorded.behind ? [[recorded.behind, recorded]] : [])))
    this.#free = new Set(all)
    this.#unfinished = new Set(all)
  }

  /** Scripts of which some bytes have not been written yet. */
  get unfinished(): readonly RecordedScript[] {
    return [...this.#unfinished]
  }

  /** The script of a connection, where it is still to be had. */
  of(connection: number): RecordedScript | undefined {
    const script = this.#byConnection.get(connection)
    return script !== undefined && this.#free.has(script) ? script : undefined
  }

  /** The first script of a new connection that begins with `bytes`: connections open at the same time differ by these. */
  find(bytes: Uint8Array): RecordedScript | undefined {
    for (const recorded of this.#free) if (begins(recorded, bytes)) return recorded
    return this.#allowsRepeats ? this.all.findLast((recorded) => begins(recorded, bytes)) : undefined
  }

  /** What the connection goes on with after an interaction. */
  behind(interaction: Interaction): RecordedScript | undefined {
    return this.#behind.get(interaction)
  }

  /** Hands a script out, and returns how often that was done before. */
  take(script: RecordedScript, holder: ScriptHolder): number {
    this.#free.delete(script)
    this.#holders.set(script, holder)
    const takes = this.#takes.get(script) ?? 0
    this.#takes.set(script, takes + 1)
    return takes
  }

  /** Gives the holder of a script another one: one that nobody has, or whose holder may as well have this one. */
  exchange(
    script: RecordedScript,
    holder: ScriptHolder,
    isWanted: (recorded: RecordedScript) => boolean,
  ): RecordedScript | undefined {
    const isToBeHad = (other: RecordedScript): boolean =>
      other !== script && isWanted(other) && (this.#holders.get(other)?.canPlay(script) ?? true)
    const found = this.all.find(isToBeHad)
    if (found === undefined) return undefined
    const before = this.#holders.get(found)
    if (before === undefined) this.#putBack(script)
    else this.#give(script, before)
    this.#give(found, holder)
    return found
  }

  finish(script: RecordedScript): void {
    this.#unfinished.delete(script)
  }

  #give(script: RecordedScript, holder: ScriptHolder): void {
    if (!this.#holders.has(script)) this.take(script, holder)
    this.#holders.set(script, holder)
    holder.play(script)
  }

  #putBack(script: RecordedScript): void {
    this.#holders.delete(script)
    this.#takes.delete(script)
    // In recorded order, as they are looked through.
    const free = this.all.filter((one) => one === script || this.#free.has(one))
    this.#free.clear()
    for (const one of free) this.#free.add(one)
  }
}

const begins = (recorded: RecordedScript, bytes: Uint8Array): boolean =>
  recorded.behind === undefined && goesOnWith(recorded, 0, bytes)
