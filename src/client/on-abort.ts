/**
 * Calls `action` when `signal` aborts, unless the returned function is called first. A signal that has already aborted does not
 * abort again.
 *
 * A signal gets one listener for all actions: Node takes more than ten for a leak and warns on stderr.
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
  // An action may cancel others; those are skipped.
  for (const { action } of WAITING.get(this) ?? []) action()
}
