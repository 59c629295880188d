'use strict'
const axios = require('axios')

/** Takes the money, with axios. */
async function charge({ customer, amount }) {
  const { data } = await axios.post(
    `${process.env.PAYMENTS_URL}/charges`,
    { customer, amount, currency: 'eur' },
    { headers: { Authorization: `Bearer ${process.env.PAYMENTS_KEY}` } },
  )
  return data
}

module.exports = { charge }
