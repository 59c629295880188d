/** An object that a message of `node:diagnostics_channel` brings. */
export function objectIn(message: unknown, name: string): object | undefined {
  const value: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined
  return typeof value === 'object' && value !== null ? value : undefined
}
