import { expect, test } from '../helpers/test.ts'
import { HttpConnection } from '../../src/client/http-connection.ts'
import { RemoteProtocolError, WiretapeError } from '../../src/errors.ts'
import type { SegmentReader, Transport } from '../../src/transport.ts'
import { every } from '../helpers/share.ts'
import { type WireCase, wireCases } from '../helpers/wire.ts'

/** How a connection gets its segments. */
type Way = 'owned' | 'lent' | 'seen by onEvent' | 'lent and seen'

const LONGEST = 65_536

/** A peer that says what it has to say once it may begin, and is deaf. */
class Speaker implements Transport {
  readonly info = {}
  readonly receive?: (reader: SegmentReader) => void
  readonly #segments: Uint8Array[]
  readonly #lent = Buffer.alloc(LONGEST)
  readonly #begun: Promise<void>
  /** To be called when the requests have gone out. */
  begin: () => void = () => {}

  constructor(segments: readonly Uint8Array[], isLent: boolean) {
    this.#segments = [...segments]
    this.#begun = new Promise((resolve) => (this.begin = resolve))
    if (isLent) this.receive = (reader) => void this.#lend(reader)
  }

  async read(): Promise<Uint8Array | null> {
    await this.#begun
    const segment = this.#segments.shift()
    return segment === undefined ? null : Buffer.from(segment)
  }

  write(): void {}
  end(): void {}
  destroy(): void {}

  async #lend(reader: SegmentReader): Promise<void> {
    await this.#begun
    const segment = this.#segments.shift()
    if (segment === undefined) return reader.onEnd()
    this.#lent.set(segment)
    reader.onBytes(this.#lent, segment.length)
    // A reader that still looks there sees something else.
    this.#lent.fill(0x7e)
  }
}

test.describe('a client gets the same result for every way of delivery:', () => {
  for (const wireCase of every(4, wireCases())) {
    if (wireCase.to === undefined || wireCase.to.length === 0) continue
    test(`${wireCase.name} (${wireCase.file})`, async () => {
      for (const cut of [Infinity, 1, 7]) {
        const owned = await hear(wireCase, cut, 'owned')
        for (const way of ['lent', 'seen by onEvent', 'lent and seen'] as const)
          expect(await hear(wireCase, cut, way), `${way}, cut at ${cut}`).toEqual(owned)
      }
    })
  }
})

/** Every answer to its end, or the error in its place. */
async function hear(wireCase: WireCase, cut: number, way: Way): Promise<unknown[]> {
  const { to = [], bytes, limits, lenient } = wireCase
  const speaker = new Speaker(segmentsOf(bytes, Math.min(cut, LONGEST)), way.startsWith('lent'))
  const isSeen = way.endsWith('onEvent') || way.endsWith('seen')
  await using connection = new HttpConnection({
    host: 'api.test',
    connector: async () => speaker,
    limits,
    lenient,
    ...(isSeen && { onEvent: () => {} }),
  })
  const headers = { Connection: 'Upgrade', Upgrade: 'websocket, x' }
  const sent = to.map((method) => connection.request(method, method === 'CONNECT' ? 'a.test:443' : '/', { headers }))
  await Promise.allSettled(sent)
  speaker.begin()
  const heard: unknown[] = []
  for (const _ of to) {
    try {
      const response = await connection.getResponse()
      heard.push([response.status, response.reason, [...response.headers]])
      heard.push(Buffer.from(await response.bytes()).toString('latin1'), [...response.trailers])
    } catch (error) {
      heard.push(describe(error))
    }
  }
  return heard
}

function segmentsOf(bytes: Uint8Array, cut: number): Uint8Array[] {
  const segments: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += cut) segments.push(bytes.subarray(start, start + cut))
  return segments
}

function describe(error: unknown): unknown {
  if (error instanceof RemoteProtocolError) return [error.code, error.offset]
  return error instanceof WiretapeError ? error.code : String(error)
}
