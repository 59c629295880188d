import { expect, test } from './helpers/test.ts'
import { LateTransport } from '../src/late-transport.ts'
import type { Transport } from '../src/transport.ts'

/** A transport that notes what is asked of it; each write waits until `written` is called. */
function noting(): { readonly transport: Transport; readonly calls: string[]; readonly written: () => void } {
  const calls: string[] = []
  const waiting: (() => void)[] = []
  return {
    calls,
    written: () => waiting.shift()?.(),
    transport: {
      info: {},
      read: async () => Buffer.from('read'),
      write: (bytes) => {
        calls.push(`write ${Buffer.from(bytes).toString()}`)
        return new Promise((resolve) => waiting.push(resolve))
      },
      end: () => void calls.push('end'),
      destroy: (error) => void calls.push(`destroy ${error?.message}`),
      keepAlive: (value) => void calls.push(`keepAlive ${value}`),
      answered: (offset) => void calls.push(`answered ${offset}`),
    },
  }
}

/** A promise and what resolves it: `Promise.withResolvers` is not in Node 20. */
function promised<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  const resolvers: ((value: Value) => void)[] = []
  const promise = new Promise<Value>((resolve) => resolvers.push(resolve))
  return { promise, resolve: (value) => resolvers[0]?.(value) }
}

/** Waits until all that is due in this turn has been done. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test.describe('LateTransport', () => {
  test('passes on what was asked before it was connected, in order, each after the one before', async () => {
    const { transport, calls, written } = noting()
    const { promise, resolve: connect } = promised<Transport>()
    const late = new LateTransport(() => promise)
    const [one, two] = [late.write(Buffer.from('one')), late.write(Buffer.from('two'))]
    late.end()
    await turn()
    expect(calls).toEqual([])
    connect(transport)
    await turn()
    expect(calls).toEqual(['write one'])
    written()
    await one
    await turn()
    expect(calls).toEqual(['write one', 'write two'])
    written()
    await two
    await turn()
    expect(calls).toEqual(['write one', 'write two', 'end'])
    expect(String(await late.read())).toBe('read')
  })

  test('has written when the transport has, and not before', async () => {
    const { transport, written } = noting()
    const late = new LateTransport(async () => transport)
    let isWritten = false
    const writing = late.write(Buffer.from('one')).then(() => (isWritten = true))
    await turn()
    expect(isWritten).toBe(false)
    written()
    await writing
    expect(isWritten).toBe(true)
  })

  test('fails reads and writes with the reason if it cannot be connected', async () => {
    const late = new LateTransport(async () => {
      throw new Error('refused')
    })
    await expect(late.write(Buffer.from('one'))).rejects.toThrow('refused')
    await expect(late.read()).rejects.toThrow('refused')
  })

  test('fails nobody if a call that nobody waits for cannot be passed on', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const { transport } = noting()
      transport.end = () => {
        throw new Error('too late')
      }
      const late = new LateTransport(async () => transport)
      late.end()
      await turn()
      await turn()
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('starts TLS in its turn, if its transport can', async () => {
    const { transport, calls, written } = noting()
    const to = { protocol: 'tls', host: 'a.test', port: 1 } as const
    const options = { timeout: 5 }
    transport.startTls = async (...given) => void calls.push(`TLS ${given[0] === to && given[1] === options}`)
    const late = new LateTransport(async () => transport)
    void late.write(Buffer.from('one'))
    const started = late.startTls(to, options)
    await turn()
    expect(calls).toEqual(['write one'])
    written()
    await started
    expect(calls).toEqual(['write one', 'TLS true'])
    await new LateTransport(async () => noting().transport).startTls(to, options)
  })

  test('fails nobody if nobody waits for a connection that cannot be made', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    try {
      const late = new LateTransport(async () => {
        throw new Error('refused')
      })
      await turn()
      await turn()
      expect(unhandled).toEqual([])
      await expect(late.read()).rejects.toThrow('refused')
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('is destroyed, and lets the process end, as soon as it is connected', async () => {
    const { transport, calls } = noting()
    const late = new LateTransport(async () => transport)
    late.keepAlive(false)
    late.destroy(new Error('enough'))
    late.destroy(new Error('again'))
    await turn()
    expect(calls).toEqual(['keepAlive false', 'destroy enough'])
  })

  test('passes on what concerns the connection once there is one', async () => {
    const { transport, calls } = noting()
    const late = new LateTransport(async () => transport)
    late.answered(1)
    await turn()
    late.answered(2)
    late.keepAlive(true)
    late.destroy()
    expect(calls).toEqual(['answered 2', 'keepAlive true', 'destroy undefined'])
  })
})
