/** Everything of an error that a client can look at, with ports, thread numbers and stacks left out: they differ from run to run. */
export function seenError(error: unknown, port: number): unknown {
  const clean = (text: string): string =>
    text
      .replaceAll(new RegExp(String.raw`\b${port}\b`, 'g'), 'PORT')
      .replace(/^(write EPROTO )?[\dA-F]{8,16}:/, '$1THREAD:')
  const see = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (value === port) return 'PORT'
    return value instanceof Error ? seenError(value, port) : value
  }
  if (!(error instanceof Error)) return see(error)
  const facts = Object.getOwnPropertyNames(error)
    .filter((key) => key !== 'stack' && key !== 'errors')
    .map((key) => [key, see(Reflect.get(error, key))] as const)
    // Objects are certificates, sockets and bytes; a field without a value is as good as none.
    .filter(([key, value]) => key === 'cause' || (value !== undefined && typeof value !== 'object'))
  return {
    class: error instanceof AggregateError ? 'AggregateError' : error instanceof TypeError ? 'TypeError' : 'Error',
    name: error.name,
    ...Object.fromEntries(facts),
    ...(error instanceof AggregateError && { errors: error.errors.map((each) => seenError(each, port)) }),
  }
}
