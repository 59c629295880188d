import { after, before, configure, describe, it } from 'wiretape/node-test'
import { close } from '../shop/app.js'
import shopTests from '../shop/shop.tests.js'
import { taped } from '../taped.cjs'

configure(taped)
shopTests({ describe, it, beforeAll: before, afterAll: after }, 'Bob')
after(close)
