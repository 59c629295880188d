'use strict'
const express = require('express')
const { priceOf } = require('./catalog')
const { cancelOrder, findOrder, placeOrder, pool } = require('./orders')
const { charge } = require('./payments')
const { nextNumber, redis, unitsOf } = require('./stock')
const { thanks } = require('./thanks')

const app = express()
app.use(express.json())

app.get(
  '/quotes/:sku',
  answering(async ({ params }) => ({
    sku: params.sku,
    price: await priceOf(params.sku),
    thanks: await thanks(params.sku),
  })),
)

app.post(
  '/checkout',
  answering(async ({ body: { customer, sku, count } }) => {
    const price = await priceOf(sku)
    const units = await unitsOf(sku, count)
    const number = await nextNumber()
    const payment = await charge({ customer, amount: price * count })
    const order = await placeOrder({ number, customer, sku, count, total: price * count, payment: payment.id })
    return { ...order, units, thanks: await thanks(customer) }
  }),
)

app.get(
  '/orders/:id',
  answering(({ params }) => findOrder(params.id)),
)

app.delete(
  '/orders/:id',
  answering(({ params }) => cancelOrder(params.id)),
)

function answering(handle) {
  return (request, response) => {
    handle(request).then(
      (answer) => (answer === undefined ? response.status(404).json({ error: 'not found' }) : response.json(answer)),
      (error) => response.status(502).json({ error: error.message }),
    )
  }
}

/** Closes what the app keeps open, when nobody uses it any more. */
const close = () => Promise.all([pool.end(), redis.quit()])

module.exports = { app, close }
