'use strict'
const assert = require('node:assert/strict')
const { once } = require('node:events')
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { app } = require('./app')

/**
 * The tests of the shop, for whatever runner gives these functions.
 *
 * @param shopper who buys: an order of each customer is another one.
 */
module.exports = ({ describe, it, together = it, beforeAll, afterAll }, shopper) => {
  let server
  let url
  beforeAll(async () => {
    server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${server.address().port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  const ask = async (path, options) => {
    const response = await fetch(url + path, options)
    return { status: response.status, body: await response.json() }
  }
  const buy = (customer, sku, count) =>
    ask('/checkout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ customer, sku, count }),
    })
  /** Writes down what a test has seen, for those who want to compare. */
  const seen = (title, value) => {
    const { SEEN } = process.env
    if (SEEN !== undefined) writeFileSync(join(SEEN, `${shopper} ${title}.json`), JSON.stringify(value))
    return value
  }

  describe('checkout', () => {
    it('sells a pot of tea', async () => {
      const { status, body } = seen('sells a pot of tea', await buy(shopper, 'tea', 2))
      assert.equal(status, 200, body.error)
      assert.equal(body.total, 1400)
      assert.match(body.thanks, new RegExp(`^Thank you, ${shopper}`))
    })

    it('finds the order again', async () => {
      const { body } = await buy(shopper, 'tea', 3)
      const found = seen('finds the order again', await ask(`/orders/${body.id}`))
      assert.equal(JSON.stringify(found.body.lines), '[{"sku":"tea","count":3}]')
    })

    it('takes another number for the same order', async () => {
      const numbers = []
      for (let at = 0; at < 3; at++) numbers.push((await buy(shopper, 'cup', 1)).body.number)
      assert.equal(new Set(seen('takes another number', numbers)).size, 3)
    })

    it('forgets a cancelled order', async () => {
      const { body } = await buy(shopper, 'cup', 1)
      const before = await ask(`/orders/${body.id}`)
      const gone = await ask(`/orders/${body.id}`, { method: 'DELETE' })
      const after = await ask(`/orders/${body.id}`)
      seen('forgets a cancelled order', [before, gone, after])
      assert.equal(`${before.status} ${gone.status} ${after.status}`, '200 200 404')
    })

    it('refuses what the catalogue does not know', async () => {
      const { status } = seen('refuses what is not known', await buy(shopper, 'gold', 1))
      assert.equal(status, 502)
    })
  })

  describe('quotes', () => {
    for (const sku of ['tea', 'cup'])
      together(`quotes ${sku}`, async () => {
        const { body } = seen(`quotes ${sku}`, await ask(`/quotes/${sku}`))
        assert.equal(body.sku, sku)
      })
  })
}
