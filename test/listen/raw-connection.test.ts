import { expect, test } from '../helpers/test.ts'
import type { Exchange } from '../../src/listen/exchange-watch.ts'
import { RawConnection } from '../../src/listen/raw-connection.ts'
import type { Transport } from '../../src/transport.ts'

const ORIGIN = { protocol: 'tcp', host: 'db.test', port: 5432 } as const

/** A server that sends these pieces and then ends, or fails if that is wanted. */
function serverOf(
  pieces: (Uint8Array | null)[],
  failure?: Error,
): { readonly transport: Transport; readonly calls: string[] } {
  const calls: string[] = []
  const transport: Transport = {
    info: {},
    isQuiet: true,
    read: async () => {
      const piece = pieces.shift()
      if (piece === undefined) throw failure ?? new Error('nothing more')
      return piece
    },
    write: (bytes) => void calls.push(`write ${Buffer.from(bytes).toString()}`),
    end: () => void calls.push('end'),
    destroy: (error) => void calls.push(`destroy ${error?.message}`),
  }
  return { transport, calls }
}

/** The report on an exchange, without its duration. */
const toldOf = ({ milliseconds, ...facts }: Exchange): object => {
  expect(milliseconds).toBeGreaterThanOrEqual(0)
  expect(milliseconds).toBeLessThan(60_000)
  return facts
}

test('a connection without HTTP is told as one exchange, when the server ends', async () => {
  const told: object[] = []
  const { transport, calls } = serverOf([Buffer.from('abc'), Buffer.from('de'), null, null])
  const connection = new RawConnection(
    ORIGIN,
    async () => transport,
    (exchange) => told.push(toldOf(exchange)),
  )
  expect(connection.isQuiet).toBeUndefined()
  await connection.write(Buffer.from('ask'))
  expect(connection.isQuiet).toBe(true)
  expect([String(await connection.read()), String(await connection.read())]).toEqual(['abc', 'de'])
  expect(told).toEqual([])
  const facts = { origin: 'tcp://db.test:5432', method: '', target: '', receivedBytes: 5 }
  expect([await connection.read(), await connection.read()]).toEqual([null, null])
  expect(told).toEqual([{ ...facts, failure: undefined }])
  connection.end()
  connection.destroy(new Error('late'))
  await new Promise((resolve) => void setImmediate(resolve))
  expect(calls).toEqual(['write ask', 'destroy late', 'end'])
  expect(told).toHaveLength(1)
})

test('a failure is told, and reaches the reader', async () => {
  const told: object[] = []
  const failure = new Error('gone')
  const { transport } = serverOf([Buffer.from('abc')], failure)
  const connection = new RawConnection(
    ORIGIN,
    async () => transport,
    (exchange) => told.push(toldOf(exchange)),
  )
  await connection.read()
  await expect(connection.read()).rejects.toBe(failure)
  expect(told).toMatchObject([{ receivedBytes: 3, failure }])
})

test('a connection that is closed by this side is told, and nobody need listen', async () => {
  const told: object[] = []
  const closed = new Error('closed')
  const { transport } = serverOf([])
  new RawConnection(
    ORIGIN,
    async () => transport,
    (exchange) => told.push(toldOf(exchange)),
  ).destroy(closed)
  expect(told).toMatchObject([{ receivedBytes: 0, failure: closed }])
  new RawConnection(ORIGIN, async () => transport, undefined).destroy()
  const refused = new Error('refused')
  const late = new RawConnection(
    ORIGIN,
    () => Promise.reject(refused),
    (exchange) => told.push(toldOf(exchange)),
  )
  await expect(late.read()).rejects.toBe(refused)
  expect(told).toHaveLength(2)
})
