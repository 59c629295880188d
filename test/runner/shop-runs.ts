import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { notesOfRun } from '../../src/runner/notes-file.ts'
import { filesIn } from '../helpers/files-in.ts'
import { Project, type RunResult } from './project.ts'
import type { ShopServers } from './shop-servers.ts'

const SHOP = resolve(import.meta.dirname, '..', '..', 'examples', 'app')

/** How the tests of the shop are run by each runner, two files at the same time where it can. */
export const SHOP_RUNNERS: Readonly<Record<string, readonly string[]>> = {
  vitest: ['node_modules/vitest/vitest.mjs', 'run', '--maxWorkers=2', '--testTimeout=60000'],
  jest: ['node_modules/jest/bin/jest.js', '--maxWorkers=2', '--testTimeout=60000'],
  mocha: ['node_modules/mocha/bin/mocha.js'],
  'node-test': ['--test', '--test-concurrency=2', 'node-test/ada.test.mjs', 'node-test/bob.test.mjs'],
  playwright: ['node_modules/@playwright/test/cli.js', 'test', '--workers=2'],
}

/** What one run of all tests came to. */
export interface ShopRun extends RunResult {
  /** What each test has seen. */
  readonly seen: Readonly<Record<string, unknown>>
  readonly misses: number
  readonly recorded: number
}

/** What replays came to, altogether. */
export interface ShopScore {
  readonly replays: number
  failed: number
  misses: number
  /** Tests that saw what they had not seen when they were recorded. */
  crossed: number
  connects: number
}

/** A copy of the shop, with its packages installed. */
export class ShopProject {
  readonly project: Project
  readonly #env: Readonly<Record<string, string>>
  #count = 0

  private constructor(project: Project, env: Readonly<Record<string, string>>) {
    this.project = project
    this.#env = env
  }

  static async create(servers: ShopServers): Promise<ShopProject> {
    const names = (await filesIn(SHOP, '')).filter((name) => !name.includes('node_modules'))
    const files = await Promise.all(
      names.map(async (name) => [name, await readFile(join(SHOP, name), 'utf8')] as const),
    )
    return new ShopProject(await Project.create(Object.fromEntries(files)), servers.env)
  }

  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ShopRun> {
    const place = join(this.project.dir, 'seen', String(++this.#count))
    await mkdir(place, { recursive: true })
    const notes = `${place}.notes`
    const result = await this.project.run(args, { ...this.#env, SEEN: place, WIRETAPE_NOTES: notes, ...env })
    const all = notesOfRun(notes)
    return {
      ...result,
      seen: (await readdir(place)).length === 0 ? {} : await this.project.notes(place),
      misses: all.reduce((sum, { missed }) => sum + missed, 0),
      recorded: all.reduce((sum, { recorded }) => sum + recorded, 0),
    }
  }

  /** Replays what `first` recorded, again and again, with traps where the servers were. */
  async replay(args: readonly string[], first: ShopRun, servers: ShopServers, times: number): Promise<ShopScore> {
    const score: ShopScore = { replays: times, failed: 0, misses: 0, crossed: 0, connects: 0 }
    for (let turn = 0; turn < times; turn++) {
      const trap = await servers.trap()
      const run = await this.run(args, { CI: 'true' })
      await trap.stop()
      if (run.code !== 0) {
        score.failed++
        console.error(run.output)
      }
      score.misses += run.misses
      score.connects += trap.connects
      score.crossed += Object.keys(first.seen).filter(
        (name) => !isDeepStrictEqual(run.seen[name], first.seen[name]),
      ).length
    }
    return score
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.project[Symbol.asyncDispose]()
  }
}
