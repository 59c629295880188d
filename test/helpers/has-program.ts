import { execFileSync } from 'node:child_process'

/** Whether a program can be started here, whatever it says of `--version`. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return Object(error).code !== 'ENOENT'
  }
}
