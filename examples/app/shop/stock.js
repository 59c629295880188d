'use strict'
const { Redis } = require('ioredis')

const redis = new Redis(process.env.REDIS_URL, { lazyConnect: true, maxRetriesPerRequest: 1 })

/** The number of the next order. */
const nextNumber = () => redis.incr('orders')

/** How many units of a thing have been sold with these. */
async function unitsOf(sku, count) {
  const [[, units]] = await redis.multi().incrby(`sold:${sku}`, count).expire(`sold:${sku}`, 86_400).exec()
  return units
}

module.exports = { redis, nextNumber, unitsOf }
