import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, test } from '../helpers/test.ts'
import type { Destination } from '../../src/intercept/destination.ts'
import { readConnectCall } from '../../src/intercept/hook.ts'
import { guardWrites } from '../../src/intercept/open-sockets.ts'
import { OwnConnection } from '../../src/intercept/own-connection.ts'
import { pendingBytes, StreamTap } from '../../src/intercept/stream-tap.ts'
import { offered, optionsUpstream } from '../../src/intercept/upstream-options.ts'

const ORIGIN = { protocol: 'http', host: 'a.test', port: 80 } as const

/** A stream in place of a socket, with what the system gets and what the listener hears. */
function tapped(how: 'pass' | 'send' | 'drop') {
  const [system, heard]: [string[], string[]] = [[], []]
  const stream = new Duplex({
    read: (size) => void heard.push(`system reads ${size > 0}`),
    write: (chunk: Buffer, _, done) => {
      system.push(chunk.toString())
      done()
    },
    writev: (chunks, done) => {
      system.push(chunks.map(({ chunk }) => String(chunk)).join('+'))
      done()
    },
    final: (done) => {
      system.push('(end)')
      done()
    },
  })
  const socket: Socket = Object.assign(Object.create(null), { stream }).stream
  const names = Object.keys(socket)
  const tap = new StreamTap(socket, {
    onReceived: (bytes) => {
      heard.push(`received ${bytes === null ? 'end' : bytes.toString()}`)
      return true
    },
    onSent: (bytes, sending) => {
      heard.push(`sent ${Buffer.from(bytes).toString()}`)
      if (how === 'pass') sending.pass()
      else if (how === 'send') sending.send(Buffer.from(`<${Buffer.from(bytes).toString()}>`))
      else sending.drop()
    },
    onEnded: () => void heard.push('ended'),
    onDemand: () => void heard.push('demand'),
  })
  return { stream, socket, tap, system, heard, names }
}

test.describe('a tap in the stream of a socket', () => {
  for (const [how, wanted] of [
    ['pass', ['a', '(end)']],
    ['send', ['<a>', '(end)']],
    ['drop', ['(end)']],
  ] as const)
    test(`lets what a client writes ${how}`, async () => {
      const { stream, system, heard } = tapped(how)
      await new Promise<void>((resolve) => void stream.write('a', () => resolve()))
      await new Promise<void>((resolve) => void stream.end(() => resolve()))
      expect(system).toEqual(wanted)
      expect(heard).toEqual(['sent a', 'ended'])
    })

  test('sees what is written together as one piece', async () => {
    const { stream, system, heard } = tapped('pass')
    stream.cork()
    stream.write('a')
    stream.write(Buffer.from('b'))
    stream.uncork()
    await new Promise<void>((resolve) => void stream.end(() => resolve()))
    expect([system, heard]).toEqual([
      ['a+b', '(end)'],
      ['sent ab', 'ended'],
    ])
  })

  test('sees what the system brings, and gives what it is told to', async () => {
    const { stream, tap, heard } = tapped('pass')
    expect(stream.push(Buffer.from('x'))).toBe(true)
    expect(heard).toEqual(['received x'])
    expect(tap.give(Buffer.from('y'))).toBe(true)
    expect(tap.bring(Buffer.from('z'))).toBe(true)
    const bytes: string[] = []
    stream.on('data', (chunk: Buffer) => bytes.push(chunk.toString()))
    const end = new Promise<void>((resolve) => void stream.on('end', () => resolve()))
    await new Promise((resolve) => void setImmediate(resolve))
    expect(heard).toContain('demand')
    expect(heard).toContain('system reads true')
    tap.cutOff()
    heard.length = 0
    tap.bring(null)
    await end
    expect([bytes.join(''), heard.includes('system reads true')]).toEqual(['yz', false])
  })

  test('is not seen by those who list the members of a socket, and may be replaced', () => {
    const { socket, names } = tapped('pass')
    const hidden = ['push', '_write', '_writev', '_final', '_read']
    expect(Object.keys(socket)).toEqual(names.filter((name) => !hidden.includes(name)))
    for (const name of hidden) {
      const { writable, configurable, enumerable } = Object.getOwnPropertyDescriptor(socket, name) ?? {}
      expect([name, writable, configurable, enumerable]).toEqual([name, true, true, false])
    }
  })

  test('stops the handle of a socket as it is cut off', () => {
    const { tap, socket } = tapped('pass')
    let stops = 0
    const handle = { readStop: () => (stops += 1), reading: true }
    Object.assign(socket, { _handle: handle })
    tap.cutOff()
    expect([stops, handle.reading]).toEqual([1, false])
  })
})

test('what a socket was told to write before it has connected is known', () => {
  // oxfmt-ignore
  const PENDING: readonly (readonly [members: object, bytes: string | undefined])[] = [
    [{},                                                                    undefined],
    [{ _pendingData: null },                                                undefined],
    [{ _pendingData: [] },                                                  undefined],
    [{ _pendingData: 'YWI=', _pendingEncoding: 'base64' },                  'ab'],
    [{ _pendingData: Buffer.from('ab'), _pendingEncoding: 'buffer' },       'ab'],
    [{ _pendingData: [{ chunk: 'a', encoding: 'utf8' }, { chunk: Buffer.from('b') }, { chunk: 1 }] }, 'ab'],
  ]
  for (const [members, bytes] of PENDING) {
    const found = pendingBytes(Object.assign(new Socket(), members))
    expect([members, found && Buffer.from(found).toString()]).toEqual([members, bytes])
  }
})

test('a connection to the server is made with the options of its client', () => {
  const socketOptions = {
    lookup: () => {},
    localAddress: '1.2.3.4',
    localPort: 5,
    family: 4,
    hints: 1,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 9,
  }
  // oxfmt-ignore
  const others = {
    host: 'a', port: 1, path: undefined, socket: 1, session: 1, onread: 1, signal: 1, timeout: 1, highWaterMark: 1, allowHalfOpen: true,
    ALPNCallback: 1, agent: 1, headers: 1, method: 1,
  }
  const destination = (more: Partial<Destination>, options: object = {}): Destination => ({
    origin: ORIGIN,
    path: undefined,
    isTls: false,
    offers: [],
    options: { ...socketOptions, ...others, ...options },
    ...more,
  })
  expect(optionsUpstream(destination({}))).toEqual({ socket: socketOptions })
  expect(optionsUpstream(destination({ path: '/x' }))).toEqual({ socket: { ...socketOptions, path: '/x' } })
  expect(optionsUpstream(destination({ options: { family: undefined } }))).toEqual({ socket: {} })
  const tls = (offers: readonly string[], options: object): unknown =>
    optionsUpstream(destination({ isTls: true, offers }, options))
  expect(tls([], { ca: 'c', servername: 's', none: undefined, ALPNProtocols: ['h2'] })).toEqual({
    verify: true,
    socket: socketOptions,
    tls: { ca: 'c', servername: 's', ALPNProtocols: undefined },
  })
  expect(tls(['h2', 'http/1.1', 'h3'], { rejectUnauthorized: false })).toEqual({
    verify: false,
    socket: socketOptions,
    tls: { ALPNProtocols: ['http/1.1'] },
    offered: ['h2', 'h3'],
  })
  expect(tls(['http/1.1'], { rejectUnauthorized: undefined })).toEqual({
    verify: true,
    socket: socketOptions,
    tls: { ALPNProtocols: ['http/1.1'] },
  })
  expect(tls(['h2', 'h3'], {})).toMatchObject({ tls: { ALPNProtocols: ['h2', 'h3'] } })
  expect(Object.keys(Object(tls(['h2', 'h3'], {})))).not.toContain('offered')
  expect([offered([]), offered(['h2']), offered(['h2', 'http/1.1'])]).toEqual([undefined, ['h2'], ['http/1.1']])
})

const listener = (): void => {}

test('a call of connect is read in each of its forms', () => {
  // oxfmt-ignore
  const CALLS: readonly (readonly [args: readonly unknown[], call: unknown])[] = [
    [[{ port: 1, host: 'a' }],            { options: { port: 1, host: 'a' }, onConnect: undefined, isUndici: false }],
    [[{ path: '/x' }, listener],          { options: { path: '/x' }, onConnect: listener, isUndici: false }],
    [[80],                                { options: { port: 80 }, onConnect: undefined, isUndici: false }],
    [[80, 'a', listener],                 { options: { port: 80, host: 'a' }, onConnect: listener, isUndici: false }],
    [['80', listener],                    { options: { port: '80' }, onConnect: listener, isUndici: false }],
    [['0'],                               { options: { port: '0' }, onConnect: undefined, isUndici: false }],
    [['/tmp/x', listener],                { options: { path: '/tmp/x' }, onConnect: listener, isUndici: false }],
    [[[{ port: 1 }, listener]],           { options: { port: 1 }, onConnect: listener, isUndici: false }],
    [[null],                              undefined],
    [[undefined],                         undefined],
    [[],                                  undefined],
  ]
  for (const [args, call] of CALLS) expect([args, readConnectCall(args)]).toEqual([args, call])
})

test('writes of a client are guarded, and nothing else of its socket changes', () => {
  const socket = new Socket()
  const written: unknown[] = []
  Object.defineProperty(socket, 'write', {
    value: (...args: readonly unknown[]) => written.push(args) > 0,
    configurable: true,
  })
  const names = Object.keys(socket)
  let isAllowed = false
  guardWrites(socket, () => isAllowed)
  expect([socket.write('a'), written]).toEqual([false, []])
  isAllowed = true
  expect([socket.write('b', 'latin1'), written]).toEqual([true, [['b', 'latin1']]])
  expect(Object.keys(socket)).toEqual(names)
  expect(Object.getOwnPropertyDescriptor(socket, 'write')).toMatchObject({
    writable: true,
    configurable: true,
    enumerable: false,
  })
})

/** What stands for a client's socket. */
const client = (): { readonly socket: Socket; readonly emitter: EventEmitter } => {
  const emitter = Object.assign(new EventEmitter(), { remoteAddress: '1.2.3.4', remotePort: 80, connecting: true })
  emitter.on('error', () => {})
  const socket: Socket = Object.assign(Object.create(null), { emitter }).emitter
  return { socket, emitter }
}
const refused = (): Error =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })

test.describe("a client's own connection", () => {
  test('is there when its socket has connected, and leaves no listener', async () => {
    const { socket, emitter } = client()
    const own = new OwnConnection(socket, ORIGIN, () => {})
    const before = emitter.listenerCount('connect') + emitter.listenerCount('lookup')
    const connecting = own.connected(new AbortController().signal)
    emitter.emit('connect')
    expect(await connecting).toBe(own)
    expect(own.info).toMatchObject({ remoteAddress: '1.2.3.4', remotePort: 80 })
    expect(emitter.listenerCount('connect') + emitter.listenerCount('lookup')).toBe(before)
  })

  test('fails as its socket fails, and as it is aborted', async () => {
    const { socket, emitter } = client()
    const own = new OwnConnection(socket, ORIGIN, () => {})
    const connecting = own.connected(new AbortController().signal)
    emitter.emit('error', new Error('of the program'))
    emitter.emit('error', refused())
    await expect(connecting).rejects.toMatchObject({ code: 'CONNECT_FAILED', phase: 'tcp', systemCode: 'ECONNREFUSED' })
    await expect(Promise.resolve(own.write(Buffer.from('x')))).rejects.toMatchObject({ systemCode: 'ECONNREFUSED' })
    const abort = new AbortController()
    const other = new OwnConnection(client().socket, ORIGIN, () => {}).connected(abort.signal)
    abort.abort('enough')
    await expect(other).rejects.toMatchObject({
      code: 'ABORTED',
      phase: 'tcp',
      detail: 'http://a.test',
      cause: 'enough',
    })
  })

  test('gives what the system brings, in order, and then its end or failure', async () => {
    const { socket, emitter } = client()
    const own = new OwnConnection(socket, ORIGIN, () => {})
    const first = own.read()
    own.tell(Buffer.from('a'))
    expect(String(await first)).toBe('a')
    own.tell(Buffer.from('b'))
    own.tell(Buffer.from('c'))
    expect([String(await own.read()), String(await own.read())]).toEqual(['b', 'c'])
    own.tell(null)
    expect(await own.read()).toBeNull()
    own.tell(Buffer.from('d'))
    emitter.emit('error', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }))
    expect(String(await own.read())).toBe('d')
    await expect(own.read()).rejects.toMatchObject({ code: 'CONNECTION_LOST', systemCode: 'ECONNRESET' })
  })

  test('notes what passes, until it is dropped', async () => {
    let drops = 0
    const own = new OwnConnection(client().socket, ORIGIN, () => (drops += 1))
    expect([own.write(Buffer.from('a')), own.write(Buffer.from('b'))]).toEqual([undefined, undefined])
    expect(own.takePassed().map(String)).toEqual(['a', 'b'])
    expect([own.takePassed(), own.isDropped]).toEqual([[], false])
    const reading = own.read()
    own.destroy()
    own.destroy(new Error('again'))
    await expect(reading).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect([drops, own.isDropped]).toEqual([1, true])
    own.tell(Buffer.from('late'))
    await expect(own.read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    const other = new OwnConnection(client().socket, ORIGIN, () => {})
    const last = other.read()
    other.destroy(new Error('enough'))
    await expect(last).rejects.toThrow('enough')
  })
})
