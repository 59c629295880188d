import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Cassette } from '../../src/tape/cassette.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'

/** A folder that is gone at the end of the scope. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  /** Path of a file in it. */
  file(name: string): string
  save(name: string, cassette: Cassette): Promise<string>
  write(name: string, content: string | Uint8Array): Promise<string>
  read(name: string): Promise<string>
  /** Replaces text that must be there exactly once. */
  edit(name: string, before: string, after: string): Promise<void>
}

export async function temporaryFolder(): Promise<Folder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-inspect-'))
  const file = (name: string): string => path.join(folder, name)
  return {
    path: folder,
    file,
    async save(name, cassette) {
      await saveCassette(file(name), cassette)
      return file(name)
    },
    async write(name, content) {
      await writeFile(file(name), content)
      return file(name)
    },
    read: (name) => readFile(file(name), 'utf8'),
    async edit(name, before, after) {
      const text = await readFile(file(name), 'utf8')
      if (text.split(before).length !== 2) throw new Error(`${JSON.stringify(before)} is not there once:\n${text}`)
      await writeFile(
        file(name),
        text.replace(before, () => after),
      )
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
