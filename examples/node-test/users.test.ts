import assert from 'node:assert/strict'
import { configure, describe, it, test } from 'wiretape/node-test'

// Options, if there are any: servers of this machine are recorded only if they are named.
configure({ hosts: ['127.0.0.1'] })

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'
const get = async (path: string): Promise<string> => (await fetch(`${API}${path}`)).text()

test('lists users', async () => {
  assert.match(await get('/users'), /\/users/)
})

// Tests that run at the same time have cassettes of their own, too.
describe('orders', { concurrency: true }, () => {
  for (const id of [1, 2])
    it(`order ${id}`, async () => {
      assert.match(await get(`/orders/${id}`), new RegExp(`/orders/${id}`))
    })
})
