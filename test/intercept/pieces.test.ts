import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, test } from '../helpers/test.ts'
import type { Destination } from '../../src/intercept/destination.ts'
import { Attribution } from '../../src/intercept/attribution.ts'
import { hookSockets, readConnectCall } from '../../src/intercept/hook.ts'
import { guardWrites } from '../../src/intercept/open-sockets.ts'
import { OwnConnection } from '../../src/intercept/own-connection.ts'
import { RequestHeads } from '../../src/intercept/request-heads.ts'
import { scopeContext } from '../../src/intercept/scope-context.ts'
import { type Scope, Scopes } from '../../src/intercept/scopes.ts'
import { pendingBytes, StreamTap } from '../../src/intercept/stream-tap.ts'
import { Unanswered } from '../../src/intercept/unanswered.ts'
import { offered, optionsUpstream } from '../../src/intercept/upstream-options.ts'

const ORIGIN = { protocol: 'http', host: 'a.test', port: 80 } as const

const scopeNamed = (title: string, isEnded = false, more: Partial<Scope> = {}): Scope => ({
  title,
  isOfFile: false,
  isEnded,
  connector: () => Promise.reject(new Error('it connects nowhere')),
  decide: () => 'take',
  noteLate() {},
  noteEscape() {},
  ...more,
})

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

const announce = (connectParams: object): void => channel('undici:client:beforeConnect').publish({ connectParams })
const isUndici = (options: object): boolean | undefined => readConnectCall([options])?.isUndici

test('the next connection to where undici has said that it connects is one of undici', () => {
  hookSockets()
  // oxfmt-ignore
  const ANNOUNCED: readonly (readonly [params: object, options: object, isIt: boolean])[] = [
    [{ hostname: 'a.test', port: '8080', protocol: 'http:' },  { host: 'a.test', port: '8080' }, true],
    [{ hostname: 'a.test', port: '8443', protocol: 'https:' }, { host: 'a.test', port: 8443 },   true],
    [{ hostname: 'a.test', port: '', protocol: 'http:' },      { host: 'a.test', port: 80 },     true],
    [{ hostname: 'a.test', port: '', protocol: 'https:' },     { host: 'a.test', port: 443 },    true],
    [{ hostname: 'a.test', port: '', protocol: 'https:' },     { host: 'a.test', port: 80 },     false],
    [{ hostname: 'a.test', port: '80', protocol: 'http:' },    { host: 'b.test', port: 80 },     false],
  ]
  for (const [params, options, isIt] of ANNOUNCED) {
    announce(params)
    expect([params, options, isUndici(options)]).toEqual([params, options, isIt])
    // Once.
    expect(isUndici(options)).toBe(false)
  }
  announce({ hostname: 'a.test', port: '80', protocol: 'http:' })
  expect(isUndici({ host: 'b.test', port: 80 })).toBe(false)
  expect(isUndici({ host: 'a.test', port: 80 })).toBe(false)
})

test('heads of requests are seen when a client writes them, each at its offset', () => {
  const scopes = new Scopes()
  const [open, over] = [scopeNamed('open'), scopeNamed('over', true)]
  const HEAD = 'GET /é HTTP/1.1\r\n\r\n'
  // oxfmt-ignore
  const WRITES: readonly (readonly [before: readonly (readonly [chunk: string | Uint8Array, encoding?: BufferEncoding])[], offset: number])[] = [
    [[],                                       0],
    [[['abc']],                                3],
    [[['é']],                                  2],
    [[['é', 'latin1']],                        1],
    [[['616263', 'hex']],                      3],
    [[['YWI=', 'base64'], [Buffer.from('é')]], 4],
    [[['GET /a HTTP/1.1'], ['POST']],          19],
  ]
  for (const [before, offset] of WRITES)
    for (const head of [HEAD, Buffer.from(HEAD), new Uint8Array(Buffer.from(HEAD))]) {
      const marks: unknown[] = []
      const socket = new Socket()
      Object.defineProperty(socket, 'write', { value: () => true, configurable: true })
      const unanswered = new Unanswered()
      const parts = { attribution: new Attribution(scopes, () => {}), unanswered }
      const destination = { origin: ORIGIN, path: undefined, isTls: false, offers: [], options: {} }
      const heads = new RequestHeads(socket, destination, parts, (at, meant) => void marks.push(at, meant))
      scopes.open(open)
      heads.watch(0)
      for (const [chunk, encoding] of before) socket.write(chunk, encoding)
      socket.write(head)
      expect([before, marks]).toEqual([before, [offset, open]])
      expect([unanswered.has(socket, open), unanswered.has(socket, over)]).toEqual([true, false])
      scopes.close(open)
      marks.length = 0
      // Nothing is open.
      socket.write(head)
      expect(marks).toEqual([])
    }
})

test('a request is under way until its answer has been read, before the program hears of it', () => {
  const unanswered = new Unanswered()
  const end = unanswered.listen()
  const [a, b, socket, other] = [scopeNamed('a'), scopeNamed('b'), {}, {}]
  const underWay = (): unknown => [a, b].map((scope) => [unanswered.has(socket, scope), unanswered.has(other, scope)])
  for (const scope of [a, b, a]) unanswered.asked(socket, scope)
  unanswered.asked(other, b)
  expect(underWay()).toEqual([
    [true, false],
    [true, true],
  ])
  const heard: unknown[] = []
  const answered = (): EventEmitter => {
    const response = new EventEmitter().on('end', () => heard.push(underWay()))
    channel('http.client.response.finish').publish({ request: { socket }, response })
    return response
  }
  const first = answered()
  expect(underWay()).toEqual([
    [true, false],
    [true, true],
  ])
  // Once, however often.
  for (const _ of [1, 2]) first.emit('end')
  expect(heard).toEqual(
    [1, 2].map(() => [
      [true, false],
      [true, true],
    ]),
  )
  const request = {}
  channel('undici:client:sendHeaders').publish({ request, socket })
  channel('undici:request:trailers').publish({ request })
  expect(underWay()).toEqual([
    [true, false],
    [false, true],
  ])
  for (const message of [
    {},
    { request: {} },
    { request: { socket }, response: {} },
    { request: {}, response: new EventEmitter() },
  ]) {
    channel('undici:request:trailers').publish(message)
    channel('http.client.response.finish').publish(message)
  }
  answered().emit('end')
  expect(heard[2]).toEqual([
    [false, false],
    [false, true],
  ])
  end()
  unanswered.asked(socket, a)
  answered().emit('end')
  expect(unanswered.has(socket, a)).toBe(true)
})

test('the scope that is meant is that of the context, or the only test, or the file', () => {
  const scopes = new Scopes()
  let asked = 0
  scopes.beforeAsked = () => (asked += 1)
  const [file, one, other] = [scopeNamed('file', false, { isOfFile: true }), scopeNamed('one'), scopeNamed('other')]
  const joined = scopeNamed('joined', false, { isByContext: true })
  const seen = (): unknown => [scopes.now, scopes.withoutContext, scopes.ofFile, scopes.areSeveral, scopes.isEmpty]
  expect(seen()).toEqual([undefined, undefined, undefined, false, true])
  expect(asked).toBeGreaterThan(0)
  for (const [scope, wanted] of [
    [file, [file, file, file, false, false]],
    [joined, [file, file, file, false, false]],
    [one, [one, one, file, true, false]],
    [other, [file, file, file, true, false]],
  ] as const) {
    scopes.open(scope)
    expect([scope.title, seen()]).toEqual([scope.title, wanted])
  }
  scopeContext<Scope>().run({ scope: other }, () => {
    expect([scopes.inContext, scopes.now, scopes.withoutContext]).toEqual([other, other, file])
  })
  const newer = scopeNamed('newer', false, { isOfFile: true })
  scopes.open(newer)
  expect(scopes.ofFile).toBe(newer)
  scopes.close(newer)
  // A runner may turn to another file whenever it is asked for.
  scopes.beforeAsked = () => scopes.close(file)
  expect(scopes.now).toBeUndefined()
  for (const scope of [joined, one, other]) scopes.close(scope)
  expect(scopes.isEmpty).toBe(true)
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
    // What comes after a reader has asked comes behind what has waited for it.
    const second = own.read()
    own.tell(Buffer.from('C'))
    expect([String(await second), String(await own.read()), String(await own.read())]).toEqual(['b', 'c', 'C'])
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
