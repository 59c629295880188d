import { expect, test } from '../helpers/test.ts'
import { readGreeting, readRequest, REFUSED4, reply, welcome } from '../../src/proxy/socks.ts'

const NAME = Buffer.from('api.test')
const named = (name: Buffer, port: readonly number[] = [1, 0xbb]): Buffer =>
  Buffer.concat([Buffer.of(5, 1, 0, 3, name.length), name, Buffer.from(port)])

test('a greeting is as long as its methods, and welcome if one of them is none', () => {
  expect(readGreeting(Buffer.of())).toBe('more')
  expect(readGreeting(Buffer.of(5))).toBe('more')
  expect(readGreeting(Buffer.of(5, 2, 2))).toBe('more')
  expect(readGreeting(Buffer.of(5, 0))).toEqual({ kind: 'greeting', length: 2, isWelcome: false })
  expect(readGreeting(Buffer.of(5, 1, 2, 0))).toEqual({ kind: 'greeting', length: 3, isWelcome: false })
  expect(readGreeting(Buffer.of(5, 2, 2, 0, 5))).toEqual({ kind: 'greeting', length: 4, isWelcome: true })
  expect([...welcome(true), ...welcome(false)]).toEqual([5, 0, 5, 0xff])
})

test.describe('a request to connect', () => {
  // oxfmt-ignore
  const REQUESTS: readonly (readonly [what: string, bytes: Buffer, length: number, target: object])[] = [
    ['to a name',           named(NAME),                                                     15, { host: 'api.test', port: 443 }],
    ['to a name of IPv4',   Buffer.of(5, 1, 0, 1, 10, 0, 0, 255, 0, 80),                     10, { host: '10.0.0.255', port: 80 }],
    ['to a name of IPv6',   Buffer.concat([Buffer.of(5, 1, 0, 4), Buffer.alloc(15), Buffer.of(1, 0xff, 0xff)]), 22, { host: '0:0:0:0:0:0:0:1', port: 65_535 }],
  ]
  for (const [what, bytes, length, target] of REQUESTS)
    test(`${what} is read once all of it is there, and no byte behind it`, () => {
      for (let cut = 0; cut < bytes.length; cut += 1)
        expect([cut, readRequest(bytes.subarray(0, cut))]).toEqual([cut, 'more'])
      const wanted = { kind: 'connect', length, target: expect.objectContaining({ port: Object(target).port }) }
      expect(readRequest(bytes)).toMatchObject(wanted)
      expect(readRequest(Buffer.concat([bytes, Buffer.from('GET')]))).toMatchObject(wanted)
    })

  test('names the host as it was written', () => {
    expect(readRequest(named(Buffer.from('API.test')))).toMatchObject({ target: { host: 'api.test', port: 443 } })
  })

  for (const [what, bytes, code, reason] of [
    ['of another version', Buffer.of(4, 1, 0, 1, 10, 0, 0, 1, 0, 80), 1, 'not a request of SOCKS 5'],
    ['to listen', Buffer.of(5, 2, 0, 1, 10, 0, 0, 1, 0, 80), 7, 'the command 2 of SOCKS; only CONNECT is known'],
    ['to an address of another type', Buffer.of(5, 1, 0, 2, 1), 8, 'an address of the type 2'],
    ['to no host', named(Buffer.from('a b')), 1, '"a b:443" is no host and port'],
    ['to no port', named(NAME, [0, 0]), 1, '"api.test:0" is no host and port'],
  ] as const)
    test(`${what} is refused`, () => expect(readRequest(bytes)).toEqual({ kind: 'refused', length: 0, code, reason }))
})

test('answers are as long as clients expect', () => {
  expect([...reply(0)]).toEqual([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  expect([...reply(7)]).toEqual([5, 7, 0, 1, 0, 0, 0, 0, 0, 0])
  expect([...REFUSED4]).toEqual([0, 0x5b, 0, 0, 0, 0, 0, 0])
})
