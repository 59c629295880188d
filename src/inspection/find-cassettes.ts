import { type Dirent, constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Cassettes, and files that recordings leave beside them; all sorted. */
export interface FoundFiles {
  readonly cassettes: readonly string[]
  /** Journals of recordings that did not end. */
  readonly journals: readonly string[]
  readonly locks: readonly string[]
  readonly temporaries: readonly string[]
  /** Cassettes that a shrink has put aside. */
  readonly originals: readonly string[]
  /** Files in folders called `blobs` beside cassettes. */
  readonly blobs: readonly string[]
}

/**
 * Finds cassettes: the given files, and in given folders all `.yaml` and `.yml` files that begin like a cassette.
 *
 * Links are not followed; `node_modules` and folders whose names begin with a dot are left out.
 */
export async function findCassettes(paths: readonly string[]): Promise<FoundFiles> {
  const found = new Finder()
  for (const path of paths) await found.look(path)
  return found.files
}

class Finder {
  readonly #cassettes = new Set<string>()
  readonly #journals = new Set<string>()
  readonly #locks = new Set<string>()
  readonly #temporaries = new Set<string>()
  readonly #originals = new Set<string>()
  readonly #blobs = new Set<string>()

  get files(): FoundFiles {
    return {
      cassettes: sorted(this.#cassettes),
      journals: sorted(this.#journals),
      locks: sorted(this.#locks),
      temporaries: sorted(this.#temporaries),
      originals: sorted(this.#originals),
      blobs: sorted(this.#blobs),
    }
  }

  async look(path: string): Promise<void> {
    const isFolder = (await lstat(path).catch(() => undefined))?.isDirectory() === true
    // The reader reports that it is missing or not a regular file.
    if (isFolder) await this.#lookInto(path)
    else if (path.endsWith('.rec')) this.#journals.add(path)
    else this.#cassettes.add(path)
  }

  async #lookInto(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true })
    let hasCassettes = false
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!IGNORED_FOLDER.test(entry.name)) await this.#lookInto(path)
      } else if (entry.isFile() && (await this.#sort(entry, path))) hasCassettes = true
    }
    if (hasCassettes && entries.some((entry) => entry.name === BLOBS && entry.isDirectory()))
      for (const name of await readdir(join(folder, BLOBS))) this.#blobs.add(join(folder, BLOBS, name))
  }

  async #sort({ name }: Dirent, path: string): Promise<boolean> {
    if (/\.ya?ml\.rec$/.test(name)) this.#journals.add(path)
    else if (/\.ya?ml\.lock$/.test(name)) this.#locks.add(path)
    else if (/\.(?:(?:tmp|lock-new)-\d+\.\d+-[\da-f]{8}|lock-take-[\w-]+)$/.test(name)) this.#temporaries.add(path)
    else if (name.endsWith('.before-shrink')) this.#originals.add(path)
    else if (/\.ya?ml$/.test(name) && (await looksLikeCassette(path))) {
      this.#cassettes.add(path)
      return true
    }
    return false
  }
}

const BLOBS = 'blobs'
const IGNORED_FOLDER = /^(?:\..*|node_modules|blobs)$/

const sorted = (paths: Iterable<string>): readonly string[] =>
  Array.from(paths).toSorted((one, other) => (one < other ? -1 : 1))

/**
 * A cassette with merge conflicts, or without its end, still looks like one.
 *
 * So does a file that cannot be opened: its reader reports why.
 */
async function looksLikeCassette(path: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined)
  if (file === undefined) return true
  await using opened = file
  const { buffer, bytesRead } = await opened.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0)
  return /^["']?wiretape["']?\s*:/m.test(buffer.toString('utf8', 0, bytesRead).replace(/^\ufeff/, ''))
}

const BEGINNING = 4096
