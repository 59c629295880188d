import dns, { lookup } from 'node:dns'
import { get } from 'node:http'
import net from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { trapNetwork } from '../../demo/network-trap.ts'

test.describe('trapNetwork', () => {
  test('counts and stops what would reach for the network, and gives everything back', () => {
    const before = [Reflect.get(net.Socket.prototype, 'connect'), dns.lookup]
    {
      using network = trapNetwork()
      expect(() => net.connect(9, '127.0.0.1')).toThrow('while the network is trapped')
      expect(() => get('http://127.0.0.1:9/')).toThrow('while the network is trapped')
      expect(network.connects).toBe(2)
      expect(() => lookup('localhost', () => {})).toThrow('while the network is trapped')
      expect(network.lookups).toBe(1)
    }
    expect([Reflect.get(net.Socket.prototype, 'connect'), dns.lookup]).toEqual(before)
  })
})
