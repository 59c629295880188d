import { afterAll, beforeAll, describe, it } from 'vitest'
import { close } from '../shop/app.js'
import shopTests from '../shop/shop.tests.js'

shopTests({ describe, it, together: it.concurrent, beforeAll, afterAll }, 'Ada')
afterAll(close)
