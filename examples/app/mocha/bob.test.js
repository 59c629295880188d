const shopTests = require('../shop/shop.tests')

shopTests({ describe, it, beforeAll: before, afterAll: after }, 'Bob')
