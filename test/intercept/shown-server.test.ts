import { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { withoutLookup } from '../../src/intercept/shown-server.ts'

type Emit = (...args: readonly unknown[]) => boolean

/** What a program may have done to a socket before: nothing, or put its own in the place of a method, in any way. */
const BEFORE: Readonly<Record<string, (client: Socket, own: Emit) => void>> = {
  nothing: () => {},
  'an assignment': (client, own) => void Object.assign(client, { emit: own }),
  'a property that is not listed': (client, own) =>
    void Object.defineProperty(client, 'emit', { value: own, writable: true, configurable: true }),
}

for (const [name, prepare] of Object.entries(BEFORE))
  test(`a socket does not tell of the address of a broker, and then is as it was: after ${name}`, () => {
    const client = new Socket()
    const through: unknown[] = []
    prepare(client, (...args) => {
      through.push(args[0])
      return Boolean(Reflect.apply(Reflect.get(Socket.prototype, 'emit'), client, args))
    })
    const heard: unknown[] = []
    for (const event of ['lookup', 'ready'])
      client.on(event, (...args: readonly unknown[]) => void heard.push([event, ...args]))
    const before = Object.getOwnPropertyDescriptor(client, 'emit')
    withoutLookup(client, () => {
      expect(client.emit('lookup', null, '127.0.0.1', 4, 'a.test')).toBe(false)
      expect(client.emit('ready')).toBe(true)
      // Who looks for methods finds one.
      expect(typeof client.emit).toBe('function')
    })
    expect(heard).toEqual([['ready']])
    expect(Object.getOwnPropertyDescriptor(client, 'emit')).toEqual(before)
    client.emit('lookup', null, '127.0.0.1', 4, 'a.test')
    expect(heard).toEqual([['ready'], ['lookup', null, '127.0.0.1', 4, 'a.test']])
    expect(through).toEqual(name === 'nothing' ? [] : ['ready', 'lookup'])
  })
