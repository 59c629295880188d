import { InvalidArgumentError } from 'commander'

/** Parses the milliseconds of an option such as `--timeout`. */
export function parseTimeout(text: string): number {
  const timeout = Number(text)
  // 2^31-1: above it, Node's timers fire at once.
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > 2_147_483_647)
    throw new InvalidArgumentError('Give a whole number of milliseconds, 1 or more.')
  return timeout
}
