import type { ConnectOptions, Origin } from '../transport.ts'

/** What a test needs to connect as the app would have. */
export interface SentConnect {
  readonly pass: string
  readonly origin: Origin
  readonly verify?: boolean | undefined
  readonly tls?: object | undefined
  readonly socket?: object | undefined
}

/**
 * The options of a connection as JSON: certificates and keys, names, protocols, versions. Functions cannot be sent, such as `lookup` and
 * `checkServerIdentity`: the test then connects as it would without them.
 */
export function sentOptions({ verify, tls, socket }: ConnectOptions): Omit<SentConnect, 'pass' | 'origin'> {
  return { verify, tls: plain(tls), socket: plain(socket) }
}

/** The options on the other side. */
export function receivedOptions({ verify, tls, socket }: SentConnect): ConnectOptions {
  return { verify, tls: restored(tls), socket: restored(socket) }
}

const plain = (options: object | undefined): object | undefined =>
  options === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(options).flatMap(([name, value]) => {
          const made = plainValue(value)
          return made === undefined ? [] : [[name, made]]
        }),
      )

function plainValue(value: unknown): unknown {
  if (ArrayBuffer.isView(value))
    return { [BYTES]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
  if (Array.isArray(value)) return value.map(plainValue).filter((each) => each !== undefined)
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value
  // A context of TLS, an agent: nothing that another process could use.
  return Object.getPrototypeOf(value) === Object.prototype ? plain(value) : undefined
}

const restored = (options: object | undefined): object | undefined =>
  options === undefined
    ? undefined
    : Object.fromEntries(Object.entries(options).map(([name, value]) => [name, restoredValue(value)]))

function restoredValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restoredValue)
  if (typeof value !== 'object' || value === null) return value
  const bytes: unknown = Reflect.get(value, BYTES)
  return typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : restored(value)
}

const BYTES = '$bytes'
