import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseRun, RUN_FILE, type Run } from './run.ts'

/** Runs for a cassette whose leader was killed before it could make one of what their processes had recorded. */
export function leftRuns(cassette: string): readonly Run[] {
  const folder = dirname(cassette)
  if (!existsSync(folder)) return []
  const begins = `.${basename(cassette)}.`
  const names = readdirSync(folder).filter((name) => name.startsWith(begins) && name.endsWith('.run'))
  return names.flatMap((name) => {
    const file = join(folder, name, RUN_FILE)
    const isOver = !isAlive(Number(name.slice(begins.length, -'.run'.length)))
    return isOver && existsSync(file) ? [parseRun(readFileSync(file, 'utf8'))] : []
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
