import { describe, expect, test } from 'vitest'

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'
const get = async (path: string): Promise<string> => (await fetch(`${API}${path}`)).text()

test('lists users', async () => {
  expect(await get('/users')).toContain('/users')
})

// Tests that run at the same time have cassettes of their own, too.
describe.concurrent('orders', () => {
  for (const id of [1, 2])
    test(`order ${id}`, async ({ expect: expectHere }) => {
      expectHere(await get(`/orders/${id}`)).toContain(`/orders/${id}`)
    })
})
