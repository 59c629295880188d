import { expect, test } from '../helpers/test.ts'
import { CassetteError, ConnectionError, LocalProtocolError } from '../../src/errors.ts'
import { type FrameKind, Frames } from '../../src/link/frames.ts'
import { parseRendezvous, passFor, readPass } from '../../src/link/pass.ts'
import { fromSentError, toSentError } from '../../src/link/sent-error.ts'
import { receivedOptions, sentOptions } from '../../src/link/sent-options.ts'
import type { Transport } from '../../src/transport.ts'
import { nextTurn } from '../helpers/scripted-transport.ts'

test('a pass is read by those who know the secret, and changed by nobody', () => {
  const pass = passFor('secret', 40_123, 'test_7')
  expect(pass).toMatch(/^40123\.test_7\.[\w-]{43}$/)
  expect(readPass('secret', pass)).toEqual({ port: 40_123, id: 'test_7' })
  const wrong = [
    ['other', pass],
    ['secret', pass.replace('40123', '40124')],
    ['secret', pass.replace('test_7', 'test_8')],
    ['secret', `${pass.slice(0, -1)}${pass.endsWith('A') ? 'B' : 'A'}`],
    ['secret', pass.slice(0, -1)],
    ['secret', `${pass}x`],
    ['secret', `1${pass}`],
    ['secret', pass.replaceAll('.', ':')],
    ['secret', ''],
  ] as const
  for (const [secret, text] of wrong) expect([text, readPass(secret, text)]).toEqual([text, undefined])
  expect(readPass('s', passFor('s', 99_999, 'x'.repeat(40)))).toEqual({ port: 99_999, id: 'x'.repeat(40) })
  expect(readPass('s', passFor('s', 99_999, 'x'.repeat(41)))).toBeUndefined()
})

test('what a run and its app have in common is read, or refused', () => {
  const known = { secret: 's', hosts: ['a'], ignoreHosts: [] }
  expect(parseRendezvous(JSON.stringify({ ...known, run: 'x' }))).toEqual({ ...known, run: 'x' })
  for (const wrong of [
    null,
    1,
    [],
    {},
    { ...known, secret: 1 },
    { ...known, hosts: 'a' },
    { ...known, ignoreHosts: undefined },
  ])
    expect(() => parseRendezvous(JSON.stringify(wrong))).toThrow(
      new TypeError('WIRETAPE_APP is not what wiretape sets'),
    )
})

const there = (error: unknown): Error => fromSentError(JSON.parse(JSON.stringify(toSentError(error))))

test('an error on the other side is the same on this one', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), {
    code: 'ECONNRESET',
    errno: -104,
    isIt: true,
    more: {},
    none: undefined,
  })
  const lost = there(
    new ConnectionError('CONNECTION_LOST', 'body', 'why', { systemCode: 'ECONNRESET', socketError: reset }),
  )
  expect(lost).toBeInstanceOf(ConnectionError)
  expect(lost).toMatchObject({ code: 'CONNECTION_LOST', phase: 'body', detail: 'why', systemCode: 'ECONNRESET' })
  const { cause } = lost
  expect(Object.entries(Object(cause))).toEqual([
    ['code', 'ECONNRESET'],
    ['errno', -104],
    ['isIt', true],
  ])
  expect([Object(cause).message, Reflect.get(lost, 'socketError') === cause]).toEqual(['read ECONNRESET', true])
  const ended = there(new ConnectionError('CONNECTION_LOST', 'open', '', { socketError: 'end' }))
  expect([Reflect.get(ended, 'socketError'), ended.cause]).toEqual(['end', undefined])
  expect(Reflect.get(there(new ConnectionError('ABORTED', 'tcp', '')), 'socketError')).toBeUndefined()
  const missed = new CassetteError('NO_MATCH', 'x')
  missed.message = 'a long report'
  expect(there(missed)).toMatchObject({ code: 'NO_MATCH', detail: 'x', message: 'a long report' })
  expect(there(new LocalProtocolError('INVALID_METHOD', 'y')).message).toBe(
    new LocalProtocolError('INVALID_METHOD', 'y').message,
  )
  expect([there(new Error('plain')).message, there('thrown').message]).toEqual(['plain', 'thrown'])
  expect(toSentError('thrown')).toEqual({ code: '', message: 'thrown', detail: 'thrown' })
  expect(fromSentError({ code: 'toString', message: 'm', detail: '' })).toEqual(new Error('m'))
})

test('options of a connection are sent but for what another process cannot use', () => {
  const sent = sentOptions({
    verify: false,
    timeout: 5,
    tls: {
      ca: [Buffer.from('one'), 'two', () => 'three'],
      key: new Uint8Array([1, 2]),
      servername: 'a',
      checkServerIdentity: () => {},
      own: new Map([['a', 1]]),
      nothing: null,
      deep: { yes: true, at: [{ it: Buffer.from('x') }], none: undefined },
    },
    socket: { family: 4 },
  })
  expect(sent).toEqual({
    verify: false,
    tls: {
      ca: [{ $bytes: 'b25l' }, 'two'],
      key: { $bytes: 'AQI=' },
      servername: 'a',
      nothing: null,
      deep: { yes: true, at: [{ it: { $bytes: 'eA==' } }] },
    },
    socket: { family: 4 },
  })
  const origin = { protocol: 'https', host: 'a', port: 443 } as const
  expect(receivedOptions({ ...JSON.parse(JSON.stringify(sent)), pass: '', origin })).toEqual({
    verify: false,
    tls: {
      ca: [Buffer.from('one'), 'two'],
      key: Buffer.from([1, 2]),
      servername: 'a',
      nothing: null,
      deep: { yes: true, at: [{ it: Buffer.from('x') }] },
    },
    socket: { family: 4 },
  })
  expect(receivedOptions({ pass: '', origin })).toEqual({ verify: undefined, tls: undefined, socket: undefined })
})

/** A transport that gives these pieces, and keeps what is written. */
function framesOf(
  pieces: (Uint8Array | Error)[],
  writes?: () => Promise<void>,
): { readonly frames: Frames; readonly written: string[]; readonly calls: string[] } {
  const [written, calls]: [string[], string[]] = [[], []]
  const transport: Transport = {
    info: {},
    read: async () => {
      const piece = pieces.shift() ?? null
      if (piece instanceof Error) throw piece
      return piece
    },
    write: (bytes) => {
      written.push(Buffer.from(bytes).toString('hex'))
      return writes?.()
    },
    end: () => void calls.push('end'),
    destroy: () => void calls.push('destroy'),
    keepAlive: (value) => void calls.push(`keepAlive ${value}`),
  }
  return { frames: new Frames(transport), written, calls }
}

const KINDS: readonly FrameKind[] = [
  'join',
  'policy',
  'problem',
  'connect',
  'handshake',
  'opened',
  'failed',
  'data',
  'end',
  'tls',
  'secured',
]

test.describe('frames', () => {
  test('have a kind, a length and bytes, however they are cut', async () => {
    const { frames, written } = framesOf([])
    for (const kind of KINDS) void frames.send(kind, Buffer.from(kind))
    expect(written).toEqual(
      KINDS.map(
        (kind, place) =>
          `0${place.toString(16)}000000${kind.length.toString(16).padStart(2, '0')}${Buffer.from(kind).toString('hex')}`,
      ),
    )
    const all = Buffer.from(written.join(''), 'hex')
    for (const size of [1, 3, 7, all.length]) {
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
        all.subarray(index * size, (index + 1) * size),
      )
      const reader = framesOf(pieces).frames
      for (const kind of KINDS) {
        const frame = await reader.next()
        expect([frame?.kind, String(frame?.bytes)]).toEqual([kind, kind])
      }
      expect(await reader.next()).toBeUndefined()
    }
  })

  test('end when the other side has gone, however that was', async () => {
    expect(await framesOf([Buffer.from([0, 0, 0, 0, 2, 65])]).frames.next()).toBeUndefined()
    expect(await framesOf([new Error('reset')]).frames.next()).toBeUndefined()
  })

  test('of somebody else are refused', async () => {
    const stranger = 'the other side of the link is none of wiretape'
    await expect(framesOf([Buffer.from([11, 0, 0, 0, 0])]).frames.next()).rejects.toThrow(stranger)
    await expect(framesOf([Buffer.from([0, 0x10, 0, 0, 0])]).frames.next()).rejects.toThrow(stranger)
    expect(await framesOf([Buffer.from([0, 0x0f, 0xff, 0xff, 0xfb])]).frames.next()).toBeUndefined()
    expect(await framesOf([Buffer.from([10, 0, 0, 0, 0])]).frames.next()).toEqual({
      kind: 'secured',
      bytes: Buffer.alloc(0),
    })
  })

  test('wait for each other while the other side takes no more', async () => {
    const open: (() => void)[] = []
    const { frames, written, calls } = framesOf([], () => new Promise((resolve) => void open.push(resolve)))
    const first = frames.send('data', Buffer.from('a'))
    const second = frames.send('data', Buffer.from('b'))
    expect(written).toEqual(['070000000161'])
    open[0]?.()
    await first
    await nextTurn()
    expect(written).toEqual(['070000000161', '070000000162'])
    open[1]?.()
    await second
    // One that comes while another waits waits for it, whatever has gone before.
    const third = frames.send('data', Buffer.from('c'))
    const fourth = frames.send('data', Buffer.from('d'))
    open[2]?.()
    await third
    const fifth = frames.send('data', Buffer.from('e'))
    await nextTurn()
    expect(written.slice(2)).toEqual(['070000000163', '070000000164'])
    open[3]?.()
    await fourth
    await nextTurn()
    open[4]?.()
    await fifth
    expect(written.slice(2)).toEqual(['070000000163', '070000000164', '070000000165'])
    // Nothing waits any more: it goes at once.
    void frames.send('data', Buffer.from('f'))
    expect(written.at(-1)).toBe('070000000166')
    frames.end()
    frames.keepAlive(false)
    frames.destroy()
    expect(calls).toEqual(['end', 'keepAlive false', 'destroy'])
  })
})
