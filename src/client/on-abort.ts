/**
 * Calls `action` when `signal` aborts, unless the function that it gives is called before. It looks at the future only: a signal
 * that has aborted aborts no more.
 *
 * However many wait for one signal, it has one listener: Node takes more than ten for a leak and says so on stderr.
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const waiting = WAITING.get(signal) ?? new Set()
  WAITING.set(signal, waiting)
  if (waiting.size === 0) signal.addEventListener('abort', callAll, { once: true })
  // The same action may wait twice.
  const entry: Waiting = { action }
  waiting.add(entry)
  return () => {
    if (waiting.delete(entry) && waiting.size === 0) signal.removeEventListener('abort', callAll)
  }
}

interface Waiting {
  readonly action: () => void
}

const WAITING = new WeakMap<AbortSignal, Set<Waiting>>()

function callAll(this: AbortSignal): void {
  // An action may take back others: those are passed over.
  for (const { action } of WAITING.get(this) ?? []) action()
}
