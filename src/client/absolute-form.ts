import type { FieldLine, RequestHead } from '../http1/events.ts'
import { RequestHeads } from '../http1/request-heads.ts'
import { type ConnectionInfo, formatOrigin, type Origin, type SegmentReader, type Transport } from '../transport.ts'

/**
 * A connection to a proxy on which each request names its origin (RFC 9112 section 3.2.2).
 *
 * The client, and a recorder, see the requests as they would go to the origin itself.
 */
export class AbsoluteFormTransport implements Transport {
  readonly receive?: (reader: SegmentReader) => void
  readonly #proxy: Transport
  readonly #heads: RequestHeads

  /** @param fields for the proxy; added to each request. */
  constructor(proxy: Transport, origin: Origin, fields: readonly FieldLine[]) {
    this.#proxy = proxy
    this.#heads = new RequestHeads((head, bytes) => inAbsoluteForm(head, bytes, formatOrigin(origin), fields))
    if (proxy.receive !== undefined) this.receive = (reader) => proxy.receive?.(reader)
  }

  get info(): ConnectionInfo {
    return this.#proxy.info
  }

  read(): Promise<Uint8Array | null> {
    return this.#proxy.read()
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const parts = this.#heads.push(bytes)
    return parts.length === 0 ? undefined : this.#proxy.write(Buffer.concat(parts))
  }

  end(): void {
    const rest = this.#heads.rest()
    // The next read reports a failure.
    if (rest.length > 0) this.#proxy.write(rest)?.catch(() => {})
    this.#proxy.end()
  }

  answered(offset: number): void {
    this.#proxy.answered?.(offset)
  }

  keepAlive(value: boolean): void {
    this.#proxy.keepAlive?.(value)
  }

  destroy(error?: Error): void {
    this.#proxy.destroy(error)
  }
}

function inAbsoluteForm(
  { method, target }: RequestHead,
  bytes: Buffer,
  origin: string,
  fields: readonly FieldLine[],
): Uint8Array {
  const text = bytes.toString('latin1')
  const start = text.indexOf(`${method} `)
  const lineEnd = text.indexOf('\r\n', start) + 2
  const version = text.slice(start + method.length + 1 + target.length, lineEnd)
  const added = fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${absolute(target, origin)}${version}${added}${text.slice(lineEnd)}`, 'latin1')
}

function absolute(target: string, origin: string): string {
  if (target.startsWith('/')) return origin + target
  // RFC 9112 section 3.2.4: the asterisk is the origin without a path.
  return target === '*' ? origin : target
}
