import { Gate } from '../helpers/gate.ts'
import { expect, test } from '../helpers/test.ts'
import { nextTurn, scripted } from '../helpers/scripted-transport.ts'

/** Whether a body goes on behind an answer with this status, which came before the body was out (RFC 9112 section 9.5). */
async function goesOn(status: number): Promise<boolean> {
  const { connection, peers } = scripted()
  const gate = new Gate()
  const body = gate.between('ping', 'pong')
  const sending = connection.request('POST', '/', { body })
  await nextTurn()
  peers.at(0).say(`HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n`)
  const response = await connection.getResponse()
  gate.open()
  await sending
  peers.at(0).say('0\r\n\r\n')
  expect(await response.text()).toBe('x')
  await connection.close()
  return peers.at(0).sent.includes('pong')
}

for (const status of [200, 302, 399, 400, 401, 413, 500, 599])
  test(`a body ${status < 400 ? 'goes on' : 'stops'} behind an early ${status}`, async () => {
    expect(await goesOn(status)).toBe(status < 400)
  })

test('behind a request that ends its connection the next one has a new connection, whatever came before', async () => {
  const { connection, peers } = scripted()
  await connection.request('GET', '/1')
  await connection.request('GET', '/2', { headers: { Connection: 'close' } })
  await connection.request('GET', '/3')
  expect(peers.all).toHaveLength(2)
  expect(peers.at(0).sent).not.toContain('/3')
  peers.at(0).say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2')
  peers.at(1).say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3')
  const read: string[] = []
  for (const _ of [1, 2, 3]) read.push(await (await connection.getResponse()).text())
  expect(read).toEqual(['1', '2', '3'])
  await connection.close()
})
