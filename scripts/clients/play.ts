import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { bytesApart } from './bytes-apart.ts'
import type { Client } from './clients.ts'
import { LIMITS, within } from './limits.ts'
import { type Ended, run } from './programs.ts'
import type { OpenScene, Scene } from './scenes.ts'
import type { Teed } from './tee.ts'

const CLI = resolve(import.meta.dirname, '../../dist/cli/main.js')

/** What came of a program that was run by itself, recorded, and replayed with its servers gone. */
export interface Played {
  readonly isRecordedSame: boolean
  readonly isReplayedSame: boolean
  /** Whether a value that was changed was a miss that names it; `undefined` if the program says none. */
  readonly isChangeNamed?: boolean
  /** `undefined` if there is nothing to compare with. */
  readonly bytesApart: number | undefined
  /** For people, if something was not the same. */
  readonly details: readonly string[]
}

/**
 * @param programs the folder of the programs; they are not changed, and know nothing of wiretape.
 * @throws if there is nothing to compare: the program fails by itself, or something has not come in time.
 */
export async function play(
  bin: string,
  programs: string,
  client: Client,
  open: OpenScene,
  replays = 1,
): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
  const cassette = join(folder, 'cassette.yaml')
  const file = join(programs, `${client.program}.mjs`)
  const words = (...options: readonly string[]): readonly string[] =>
    `node ${CLI} run -o ${cassette} --host localhost --host 127.0.0.1`.split(' ').concat(options, '--', 'node', file)
  try {
    const scene = await within(LIMITS.open, `the servers of ${client.name} to listen`, open(folder, programs))
    const env = { ...client.env, ...scene.env }
    const live = await playLive(scene, {
      plain: () => run(bin, ['node', file], env),
      recorded: () => run(bin, words('-m', 'all', '--allow-secrets'), env),
    })
    const replay = (more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
      run(bin, words('-m', 'none'), { ...env, ...more }, { isIsolated: true })
    let replayed = await replay()
    for (let count = 1; count < replays && isSame(live.plain, replayed); count++) replayed = await replay()
    const apart = live.teed && existsSync(cassette) ? bytesApart(await loadCassette(cassette), live.teed) : undefined
    const played = judged(live.plain, live.recorded, replayed, apart)
    return client.says === undefined ? played : withChange(played, await replay({ NAME: 'Grace' }), client.says)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Live {
  readonly plain: Ended
  readonly recorded: Ended
  readonly teed: readonly Teed[] | undefined
}

/** Both with the same servers, which are gone afterwards. */
async function playLive(scene: Scene, runs: Record<'plain' | 'recorded', () => Promise<Ended>>): Promise<Live> {
  try {
    const plain = await runs.plain()
    if (plain.code !== 0 || plain.stdout === '') throw new Error(`it fails by itself: ${reasonOf(plain)}`)
    scene.tee?.forget()
    const recorded = await runs.recorded()
    return { plain, recorded, teed: await scene.tee?.taken() }
  } finally {
    await within(LIMITS.end, 'the servers to stop', scene.stop())
  }
}

/** The line of an error that nobody has caught, from what Node prints around it. */
function reasonOf({ code, stderr }: Ended): string {
  const lines = stderr.trimEnd().split('\n')
  return lines.find((line) => /^(?:Uncaught )?\w*Error\b/.test(line)) ?? (lines.at(-1) || `code ${code}`)
}

function judged(plain: Ended, recorded: Ended, replayed: Ended, apart: number | undefined): Played {
  const [isRecordedSame, isReplayedSame] = [isSame(plain, recorded), isSame(plain, replayed)]
  return {
    isRecordedSame,
    isReplayedSame,
    bytesApart: apart,
    details: [
      ...(isRecordedSame ? [] : differences(plain, recorded, 'recorded')),
      ...(isReplayedSame ? [] : differences(plain, replayed, 'replayed')),
    ],
  }
}

/** The program has said `Grace` instead of `Ada`. */
function withChange(played: Played, { code, stderr }: Ended, place: string): Played {
  const isChangeNamed = code !== 0 && stderr.includes(`${place}: recorded "Ada", asked "Grace"`)
  const more = isChangeNamed ? [] : [`changed: code ${code}`, ...stderr.trimEnd().split('\n').slice(0, 8)]
  return { ...played, isChangeNamed, details: [...played.details, ...more] }
}

const isSame = (plain: Ended, other: Ended): boolean => plain.stdout === other.stdout && other.code === 0

function differences(plain: Ended, other: Ended, what: string): readonly string[] {
  const [expected, seen] = [plain.stdout.split('\n'), other.stdout.split('\n')]
  const place = expected.findIndex((line, index) => line !== seen[index])
  return [
    `${what}: code ${other.code}, line ${place + 1}`,
    `  - ${expected[place]}`,
    `  + ${seen[place]}`,
    ...other.stderr.trimEnd().split('\n').slice(0, 8),
  ]
}
