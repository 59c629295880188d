import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { globalAgent as globalHttp } from 'node:http'
import { globalAgent as globalHttps } from 'node:https'
import { Socket } from 'node:net'
import { expect, test } from '../helpers/test.ts'
import { emptyAgents, Escapes } from '../../src/intercept/escapes.ts'

/** What stands for a socket of the system, and for one that another library has made. */
const socketOf = (name: string): object => ({ name, _handle: {} })
const made = { name: 'made', _handle: null }
const mocked = { ...socketOf('mocked'), [Symbol('kPatched')]: true }

const undici = (socket: unknown): void =>
  channel('undici:client:sendHeaders').publish({ request: { origin: 'http://a.test' }, socket })

const http = (socket: unknown, more: object = { getHeader: (name: string) => `${name}.test` }): EventEmitter => {
  const request = Object.assign(new EventEmitter(), { protocol: 'https:', socket }, more)
  channel('http.client.request.start').publish({ request })
  return request
}

test('a request on a socket of the system that is not known is an escape, whichever client makes it', () => {
  const [known, unknown, late] = [socketOf('known'), socketOf('unknown'), socketOf('late')]
  const seen: string[] = []
  const escapes = new Escapes(
    (socket) => socket === known,
    ({ socket, origin }) => void seen.push(`${String(Reflect.get(socket, 'name'))} ${origin}`),
  )
  const end = escapes.listen()
  for (const socket of [known, unknown, made, mocked, null, undefined]) undici(socket)
  expect(seen.splice(0)).toEqual(['unknown http://a.test'])
  for (const socket of [known, unknown, made, mocked]) http(socket)
  expect(seen.splice(0)).toEqual(['unknown https://host.test'])
  for (const none of [null, undefined]) {
    const request = http(none)
    expect(seen).toEqual([])
    request.emit('socket', late)
    request.emit('socket', late)
    expect(seen.splice(0)).toEqual(['late https://host.test'])
  }
  http(unknown, {})
  for (const message of [{}, { request: null }, { request: { getHeader: () => 'x' } }])
    channel('http.client.request.start').publish(message)
  expect(seen).toEqual([])
  end()
  undici(unknown)
  http(unknown)
  expect(seen).toEqual([])
})

test('idle connections of the agents of Node are ended, those of both protocols', () => {
  for (const agent of [globalHttp, globalHttps]) {
    const [idle, busy] = [new Socket(), new Socket()]
    Object.assign(agent.freeSockets, { 'a.test:80:': [idle] })
    Object.assign(agent.sockets, { 'a.test:80:': [busy] })
    emptyAgents()
    expect([idle.destroyed, busy.destroyed]).toEqual([true, false])
    for (const sockets of [agent.freeSockets, agent.sockets]) Reflect.deleteProperty(sockets, 'a.test:80:')
  }
})
