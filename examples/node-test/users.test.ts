import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type OpenCassette, useCassette, withCassette } from 'wiretape'

const API = process.env['API_URL'] ?? 'http://127.0.0.1:8080'

async function get(cassette: OpenCassette, target: string): Promise<string> {
  const connection = cassette.connect(API)
  await connection.request('GET', target)
  return (await connection.getResponse()).text()
}

// A cassette for each test: what a test that throws has recorded is not saved.
test('lists users', () =>
  withCassette('lists users', { dir: 'cassettes' }, async (cassette) => {
    assert.match(await get(cassette, '/users'), /\/users/)
  }))

// Or one for the whole file.
describe('orders', () => {
  let cassette: OpenCassette
  before(async () => {
    cassette = await useCassette('orders', { dir: 'cassettes' })
  })
  after(() => cassette.eject())

  for (const id of [1, 2]) {
    test(`order ${id}`, async () => {
      assert.match(await get(cassette, `/orders/${id}`), new RegExp(`/orders/${id}`))
    })
  }
})
