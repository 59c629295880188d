import type { ByteScript, Interaction } from '../cassette/interactions.ts'
import { firstDifference } from './miss/differences.ts'

/** A {@link ByteScript} and where it comes from. */
export interface RecordedScript {
  readonly script: ByteScript
  readonly connection: number
  /** The interaction that it goes on from; `undefined` where the connection begins with it. */
  readonly behind: Interaction | undefined
  /** The requests in it, where it is a whole connection. */
  readonly interactions: readonly Interaction[]
}

/** The scripts of one origin, each handed out once, in recorded order. */
export class ScriptShelf {
  readonly all: readonly RecordedScript[]
  readonly #allowsRepeats: boolean
  readonly #byConnection: ReadonlyMap<number, RecordedScript>
  readonly #behind: ReadonlyMap<Interaction, RecordedScript>
  readonly #free: Set<RecordedScript>
  readonly #unfinished: Set<RecordedScript>
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
    const fits = ({ script, behind }: RecordedScript): boolean =>
      behind === undefined && firstDifference(script.bytes, bytes) === undefined
    for (const recorded of this.#free) if (fits(recorded)) return recorded
    return this.#allowsRepeats ? this.all.findLast(fits) : undefined
  }

  /** What the connection goes on with behind an interaction. */
  behind(interaction: Interaction): RecordedScript | undefined {
    return this.#behind.get(interaction)
  }

  /** Hands a script out, and tells how often that was done before. */
  take(script: RecordedScript): number {
    this.#free.delete(script)
    const takes = this.#takes.get(script) ?? 0
    this.#takes.set(script, takes + 1)
    return takes
  }

  finish(script: RecordedScript): void {
    this.#unfinished.delete(script)
  }
}
