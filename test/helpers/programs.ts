import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where Debian puts programs that are not for everybody. */
const PLACES = ['/usr/sbin', ...[17, 16, 15].map((version) => `/usr/lib/postgresql/${version}/bin`)]

/** The path of a program; `undefined` where it is not installed. It is only looked for: starting it would take its time in every worker. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...PLACES]
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

export const hasProgram = (name: string): boolean => programPath(name) !== undefined

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The line for a test that is skipped. */
export const missing = (name: string, debianPackage: string): string =>
  `${name} is not installed (Debian: ${debianPackage})`
