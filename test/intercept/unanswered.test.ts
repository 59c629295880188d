import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import { expect, test } from '../helpers/test.ts'
import type { Scope } from '../../src/intercept/scopes.ts'
import { Unanswered } from '../../src/intercept/unanswered.ts'

const [one, two]: readonly [Scope, Scope] = [Object({ title: 'one' }), Object({ title: 'two' })]
const publish = (name: string, message: object): void => channel(name).publish(message)

/** Requests of `one`, `two` and `one` again on a socket, and who has a request there. */
function asking(): {
  readonly unanswered: Unanswered
  readonly socket: object
  readonly whose: () => readonly boolean[]
} {
  const [unanswered, socket] = [new Unanswered(), {}]
  for (const scope of [one, two, one]) unanswered.asked(socket, scope)
  return { unanswered, socket, whose: () => [unanswered.has(socket, one), unanswered.has(socket, two)] }
}

test('requests of undici are under way until the trailers of their answers, in their order', () => {
  const { unanswered, socket, whose } = asking()
  const stop = unanswered.listen()
  const request = {}
  expect([whose(), unanswered.has({}, one)]).toEqual([[true, true], false])
  publish('undici:request:trailers', { request })
  expect(whose()).toEqual([true, true])
  publish('undici:client:sendHeaders', { request, socket })
  publish('undici:request:trailers', { request })
  publish('undici:request:trailers', { request })
  expect(whose()).toEqual([true, false])
  publish('undici:request:trailers', { request })
  expect(whose()).toEqual([false, false])
  publish('undici:request:trailers', { request })
  unanswered.asked(socket, two)
  expect(whose()).toEqual([false, true])
  stop()
  publish('undici:request:trailers', { request })
  expect(whose()).toEqual([false, true])
})

test('requests of node:http are under way until the end of their answers, which comes before other listeners hear of it', () => {
  const { unanswered, socket, whose } = asking()
  const stop = unanswered.listen()
  const response = new EventEmitter()
  const heard: unknown[] = []
  response.on('end', () => heard.push(whose()))
  publish('http.client.response.finish', { request: { socket }, response })
  expect(whose()).toEqual([true, true])
  response.emit('end')
  response.emit('end')
  expect(heard).toEqual([
    [true, true],
    [true, true],
  ])
  for (const message of [{ request: {}, response }, { request: { socket }, response: {} }, { request: { socket } }, {}])
    publish('http.client.response.finish', message)
  response.emit('end')
  expect(whose()).toEqual([true, true])
  const next = new EventEmitter()
  publish('http.client.response.finish', { request: { socket }, response: next })
  next.emit('end')
  expect(whose()).toEqual([true, false])
  stop()
})
