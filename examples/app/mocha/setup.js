const { configure } = require('wiretape/mocha')
const { close } = require('../shop/app')
const { taped } = require('../taped.cjs')

configure(taped)
// Both files use one app.
exports.mochaHooks = { afterAll: close }
