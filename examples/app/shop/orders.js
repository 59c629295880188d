'use strict'
const { Pool } = require('pg')

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 4 })
// A connection that the server has ended is replaced when it is needed; without this, the process would end.
pool.on('error', () => {})

async function placeOrder({ number, customer, sku, count, total, payment }) {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query(
      'INSERT INTO orders (number, customer, total, payment) VALUES ($1, $2, $3, $4) RETURNING id, number, customer, total',
      [number, customer, total, payment],
    )
    await client.query('INSERT INTO lines (order_id, sku, count) VALUES ($1, $2, $3)', [rows[0].id, sku, count])
    await client.query('COMMIT')
    return rows[0]
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  } finally {
    client.release()
  }
}

async function findOrder(id) {
  const [order, lines] = await Promise.all([
    pool.query('SELECT id, number, customer, total FROM orders WHERE id = $1', [id]),
    pool.query({ name: 'lines', text: 'SELECT sku, count FROM lines WHERE order_id = $1', values: [id] }),
  ])
  return order.rows[0] && { ...order.rows[0], lines: lines.rows }
}

async function cancelOrder(id) {
  const { rows } = await pool.query('DELETE FROM orders WHERE id = $1 RETURNING id', [id])
  return rows[0] && { cancelled: rows[0].id }
}

module.exports = { pool, placeOrder, findOrder, cancelOrder }
