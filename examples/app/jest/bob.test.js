const { close } = require('../shop/app')
const shopTests = require('../shop/shop.tests')

shopTests({ describe, it, together: it.concurrent, beforeAll, afterAll }, 'Bob')
afterAll(close)
