const { taped } = require('./taped.cjs')

module.exports = {
  testMatch: ['**/jest/*.test.js'],
  setupFilesAfterEnv: ['wiretape/jest'],
  globals: { wiretape: taped },
}
