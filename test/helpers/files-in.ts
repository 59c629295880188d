import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/**
 * The files below `dir` whose names end with `ending`, as paths from there, sorted.
 *
 * Links are not followed, which only entries with types show: the link to this package in a project of its own leads back to that project.
 */
export async function filesIn(dir: string, ending: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(ending))
  return files.map(({ parentPath, name }) => relative(dir, join(parentPath, name))).toSorted()
}
