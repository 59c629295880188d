import { execFile } from 'node:child_process'

/** How curl ended, and all that it got: latin-1. */
export interface Curled {
  readonly code: number
  readonly stdout: string
}

/** Runs curl, which prints heads and bodies as they are on the wire. */
export function curl(...args: readonly string[]): Promise<Curled> {
  const options = { encoding: 'latin1', maxBuffer: 1 << 28 } as const
  return new Promise((resolve) => {
    execFile('curl', ['-q', '--raw', '-i', '-s', '-m', '20', '--noproxy', '*', ...args], options, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout })
    })
  })
}
