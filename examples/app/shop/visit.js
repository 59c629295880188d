'use strict'
const { once } = require('node:events')
const { app, close } = require('./app')

/** One customer, from the first quote to the order: the shop without a test runner. */
async function visit() {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const bought = await fetch(`${url}/checkout`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customer: 'Cleo', sku: 'tea', count: 2 }),
  })
  const order = await bought.json()
  console.log(order)
  console.log(await (await fetch(`${url}/orders/${order.id}`)).json())
  server.close()
  server.closeAllConnections()
  await close()
}

void visit()
