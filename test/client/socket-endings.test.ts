import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { expect, test } from '../helpers/test.ts'
import { afterPoll, isTcpOver, readBeforeWriteFails, watchForTruncation } from '../../src/client/socket-endings.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'

const WRONG = new Error('write EPIPE')

type Written = (error?: Error | null) => void

/** A socket whose writes end with `error`, and what its user hears. */
function failing(error: Error | null | undefined): { readonly socket: Socket; readonly heard: unknown[] } {
  const socket = new Socket()
  Object.assign(socket, {
    _write: (_chunk: unknown, _encoding: unknown, callback: Written) => callback(error),
    _writev: (_chunks: unknown, callback: Written) => callback(error),
  })
  readBeforeWriteFails(socket)
  return { socket, heard: [] }
}

test.describe('the failure of a write', () => {
  for (const [what, write] of [
    ['one piece', (socket: Socket, callback: Written) => socket._write('a', 'latin1', callback)],
    [
      'several pieces',
      (socket: Socket, callback: Written) => socket._writev?.([{ chunk: 'a', encoding: 'latin1' }], callback),
    ],
  ] as const) {
    test(`of ${what} is reported when the system has been read once more`, async () => {
      const { socket, heard } = failing(WRONG)
      write(socket, (error) => heard.push(error))
      expect(heard).toEqual([])
      await nextTurn()
      expect(heard).toEqual([])
      await nextTurn()
      expect(heard).toEqual([WRONG])
      socket.destroy()
    })

    test(`of ${what} is reported at once if nothing more can be read`, () => {
      const { socket, heard } = failing(WRONG)
      socket.destroy()
      write(socket, (error) => heard.push(error))
      expect(heard).toEqual([WRONG])
    })

    test(`of ${what} that did not fail is reported at once`, () => {
      for (const error of [null, undefined]) {
        const { socket, heard } = failing(error)
        write(socket, (failure) => heard.push(failure))
        expect(heard).toEqual([error])
        socket.destroy()
      }
    })
  }

  test('reaches each write if the callbacks differ', async () => {
    const { socket, heard } = failing(WRONG)
    socket._write('a', 'latin1', (error) => heard.push(['a', error]))
    socket._write('b', 'latin1', (error) => heard.push(['b', error]))
    await afterPoll()
    expect(heard).toEqual([
      ['a', WRONG],
      ['b', WRONG],
    ])
    socket.destroy()
  })

  test('is the one of a socket that has no way to write several pieces', async () => {
    const socket = new Socket()
    Object.assign(socket, {
      _write: (_chunk: unknown, _encoding: unknown, callback: Written) => callback(WRONG),
      _writev: undefined,
    })
    readBeforeWriteFails(socket)
    expect(Reflect.get(socket, '_writev')).toBeUndefined()
    socket.destroy()
  })
})

test('what the system has is read in two turns', async () => {
  const order: string[] = []
  const polled = afterPoll().then(() => order.push('polled'))
  setImmediate(() => {
    order.push('first turn')
    setImmediate(() => order.push('second turn'))
  })
  await polled
  await nextTurn()
  expect(order).toEqual(['first turn', 'polled', 'second turn'])
})

/** A TLS socket with such handles. */
function withHandles(tls: unknown): TLSSocket {
  const socket = new TLSSocket(new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() }))
  socket.on('error', () => {})
  socket.destroy()
  Object.defineProperty(socket, '_handle', { value: tls })
  return socket
}

test.describe('the end of TLS', () => {
  test('is a truncation if its carrier has ended before it', async () => {
    for (const isEnded of [true, false]) {
      const carrier = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() })
      const socket = new TLSSocket(carrier)
      socket.on('error', () => {})
      const isTruncated = watchForTruncation(socket, carrier)
      Object.defineProperty(carrier, 'readableEnded', { value: isEnded })
      expect(isTruncated()).toBe(false)
      socket.push(Buffer.from('bytes'))
      expect(isTruncated()).toBe(false)
      socket.push(null)
      expect(isTruncated()).toBe(isEnded)
      socket.destroy()
      carrier.destroy()
    }
  })

  for (const [what, tls, isOver] of [
    ['that agrees to be read is over', { reading: true, _parent: { readStart: () => 0 } }, true],
    ['that is being read already is not', { reading: true, _parent: { readStart: () => -114 } }, false],
    ['that is paused is not', { reading: false, _parent: { readStart: () => 0 } }, false],
    ['that is not known is not', { reading: true }, false],
    ['that cannot be asked is not', { reading: true, _parent: { readStart: 0 } }, false],
    ['of a socket without a handle is not', null, false],
    ['of a socket with an unknown handle is not', 'handle', false],
  ] as const) {
    test(`means that TCP ${what}`, () => expect(isTcpOver(withHandles(tls))).toBe(isOver))
  }
})
