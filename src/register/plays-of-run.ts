import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { SharedPlays } from '../one-run.ts'
import type { Run } from './run.ts'

/** What the processes of a run have played: a file for each interaction, which only one of them can make. */
export class PlaysOfRun implements SharedPlays {
  readonly #folder: string
  readonly #own = new Set<number>()
  readonly #others = new Set<number>()

  constructor({ folder }: Run) {
    this.#folder = join(folder, 'played')
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
  }

  isTaken(index: number): boolean {
    if (this.#own.has(index)) return false
    if (!this.#others.has(index) && existsSync(this.#fileOf(index))) this.#others.add(index)
    return this.#others.has(index)
  }

  take(index: number): boolean {
    if (this.#own.has(index)) return true
    try {
      closeSync(openSync(this.#fileOf(index), 'wx', 0o600))
    } catch {
      // Made by another process; or the run is over, and then nobody is left to share with.
      if (this.isTaken(index)) return false
    }
    this.#own.add(index)
    return true
  }

  #fileOf(index: number): string {
    return join(this.#folder, String(index))
  }
}
