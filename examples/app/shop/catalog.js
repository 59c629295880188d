'use strict'

/** What a thing costs: the catalogue is asked with Node's own `fetch`. */
async function priceOf(sku) {
  const response = await fetch(`${process.env.CATALOG_URL}/products/${sku}`)
  if (!response.ok) throw new Error(`the catalogue does not know ${sku}`)
  return (await response.json()).price
}

module.exports = { priceOf }
