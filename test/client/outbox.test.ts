import { expect, test } from '../helpers/test.ts'
import { Outbox } from '../../src/client/outbox.ts'
import { nextTurn, scripted } from '../helpers/scripted-transport.ts'

test.describe('Outbox', () => {
  test('sends everything added in one turn together at its end', async () => {
    const sent: string[] = []
    const outbox = new Outbox((bytes) => void sent.push(String(Buffer.from(bytes))), fail)
    outbox.add(Buffer.from('a'))
    outbox.add(Buffer.from('b'))
    expect(sent).toEqual([])
    await nextTurn()
    expect(sent).toEqual(['ab'])
    outbox.add(Buffer.from('c'))
    await nextTurn()
    expect(sent).toEqual(['ab', 'c'])
  })

  test('sends waiting bytes before urgent ones, and only once', async () => {
    const sent: string[] = []
    const outbox = new Outbox((bytes) => void sent.push(String(Buffer.from(bytes))), fail)
    outbox.add(Buffer.from('a'))
    void outbox.send(Buffer.from('b'))
    expect(sent).toEqual(['ab'])
    await nextTurn()
    expect(sent).toEqual(['ab'])
  })

  test('reports the error of a later write, synchronous or not', async () => {
    const wrong = new Error('no')
    const heard: unknown[] = []
    for (const send of [() => Promise.reject(wrong), () => raise(wrong)]) {
      new Outbox(send, (error) => heard.push(error)).add(Buffer.from('a'))
      await nextTurn()
    }
    expect(heard).toEqual([wrong, wrong])
  })

  test('keeps pipelined requests in order, even with a streamed body among them', async () => {
    const { connection, peers } = scripted()
    await connection.connect()
    const sending = ['/1', '/2', '/3'].map((target) => connection.request('GET', target))
    await Promise.all([...sending, connection.request('POST', '/4', { body: body() })])
    expect(peers.at(0).sent.match(/(?<= )\/\d/g)).toEqual(['/1', '/2', '/3', '/4'])
  })
})

async function* body(): AsyncGenerator<string, void, undefined> {
  yield 'body'
}

function raise(error: Error): never {
  throw error
}

function fail(error: unknown): never {
  throw error
}
