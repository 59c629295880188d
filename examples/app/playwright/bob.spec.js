import { test } from 'wiretape/playwright'
import shopTests from '../shop/shop.tests.js'

const { describe, beforeAll, afterAll } = test
// Playwright reads the fixtures of a test from the parameters of its function.
const it = (title, code) => test(title, async ({}) => code())
shopTests({ describe, it, beforeAll, afterAll }, 'Bob')
