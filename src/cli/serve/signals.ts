/** Resolves at the first signal to end; the second signal ends the process. */
export function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      for (const name of SIGNALS) process.off(name, onSignal)
      resolve()
    }
    for (const name of SIGNALS) process.on(name, onSignal)
  })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
