import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Cassette, type DecodedCassette, loadCassette, saveCassette } from '../../entries/cassette.ts'

/**
 * The versions of a cassette that git hands to a merge driver: files without names of their own, whose blobs may be nowhere but in git yet.
 *
 * Blobs that only the other branch has are checked out after the driver ran: written by us, they would be in git's way.
 */
export class GitVersions implements AsyncDisposable {
  readonly #folder: string
  /** Path of the cassette in the working tree. */
  readonly #path: string
  readonly #named = new Set<string>()

  static async open(path: string): Promise<GitVersions> {
    return new GitVersions(await mkdtemp(join(tmpdir(), 'wiretape-merge-')), path)
  }

  private constructor(folder: string, path: string) {
    this.#folder = folder
    this.#path = path
  }

  async load(file: string): Promise<DecodedCassette> {
    const text = await readFile(file, 'utf8')
    for (const digest of digestsIn(text)) {
      this.#named.add(digest)
      await this.#bring(digest)
    }
    const copy = join(this.#folder, 'version.yaml')
    await writeFile(copy, text)
    return await loadCassette(copy)
  }

  /** Writes the result to the file that git reads, and the blobs that no version had. */
  async save(file: string, cassette: Cassette): Promise<void> {
    const copy = join(this.#folder, 'result.yaml')
    await saveCassette(copy, cassette)
    const text = await readFile(copy, 'utf8')
    for (const digest of digestsIn(text)) {
      if (this.#named.has(digest)) continue
      await mkdir(join(dirname(this.#path), 'blobs'), { recursive: true })
      await copyFile(this.#blob(digest), join(dirname(this.#path), 'blobs', digest))
    }
    await writeFile(file, text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  #blob(digest: string): string {
    return join(this.#folder, 'blobs', digest)
  }

  /** From the working tree, or else from git; what is missing is reported when the cassette is read. */
  async #bring(digest: string): Promise<void> {
    const here = join(dirname(this.#path), 'blobs', digest)
    await mkdir(join(this.#folder, 'blobs'), { recursive: true })
    if ((await stat(here).catch(() => undefined))?.isFile() === true) return await copyFile(here, this.#blob(digest))
    const bytes = await fromGit(here)
    if (bytes !== undefined) await writeFile(this.#blob(digest), bytes)
  }
}

const digestsIn = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(/\b[\da-f]{64}\b/g), ([digest]) => digest))

const run = promisify(execFile)

/** The content that a file has on any branch. */
async function fromGit(path: string): Promise<Buffer | undefined> {
  try {
    const { stdout } = await run('git', ['rev-list', '--all', '--objects', '--', path], { maxBuffer: 64 << 20 })
    const object = stdout
      .split('\n')
      .find((line) => line.endsWith(path.slice(-LENGTH_OF_DIGEST)))
      ?.split(' ', 1)[0]
    if (object === undefined) return undefined
    const content = await run('git', ['cat-file', 'blob', object], { encoding: 'buffer', maxBuffer: 1 << 30 })
    return content.stdout
  } catch {
    // Not in a repository: the blob is missing, and that is reported.
    return undefined
  }
}

const LENGTH_OF_DIGEST = 64
