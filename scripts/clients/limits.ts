/** How long the table waits for one thing, in milliseconds: many times what a slow machine needs. */
export const LIMITS = {
  /** Packages, or a version of Node, from npm. */
  install: 300_000,
  /** Servers that begin to listen. */
  open: 60_000,
  /** A program that ends. */
  run: 60_000,
  /** Whatever needs no more than a few turns of the loop: connections that end, servers that stop. */
  end: 20_000,
} as const

/**
 * Waits, but not for ever.
 *
 * @param limit in milliseconds.
 * @param what that is waited for, for people: `the tee to stop`.
 * @throws an error that names `what`, if it has not come by then.
 */
export async function within<T>(limit: number, what: string, wait: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limit / 1000} s for ${what}`)), limit)
  })
  try {
    return await Promise.race([wait, late])
  } finally {
    clearTimeout(timer)
  }
}
