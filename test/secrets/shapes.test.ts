import { expect, test } from '../helpers/test.ts'
import { longRuns } from '../../src/content/runs.ts'
import { findShapes } from '../../src/secrets/shapes.ts'

/** What is found, as `label value`. */
function found(text: string): readonly string[] {
  const all: string[] = []
  findShapes(text, longRuns(text), (label, start, end) => void all.push(`${label} ${text.slice(start, end)}`))
  return all
}

const DRAWN = 'q7Zr0kLm3XvB9tYp2WdN8sHj5GcF4aEu6'
const bot = (first: string, length: number, last = 27): string =>
  `${first}${DRAWN.slice(0, length - 1)}.Gk3x-Q.${`${DRAWN}${DRAWN}`.slice(0, last)}`

test.describe('the token of a bot', () => {
  for (const token of [bot('M', 24), bot('N', 26), bot('O', 28), bot('M', 24, 40)])
    test(`is ${token}`, () => expect(found(`a ${token} b`)).toEqual([`discord-token ${token}`]))

  for (const text of [
    bot('P', 24),
    bot('M', 23),
    bot('M', 29),
    bot('M', 24, 26),
    bot('M', 24, 41),
    `${bot('M', 24)}.x`,
  ])
    test(`is not ${text}`, () => expect(found(text)).toEqual([]))
})

test.describe('the token with which a node joins', () => {
  const token = 'q7zr0k.m3xvb9typ2wdn8sh'
  test('is found whole', () => expect(found(`--token ${token}\n`)).toEqual([`bootstrap-token ${token}`]))

  for (const text of [
    `x${token}`,
    `.${token}`,
    `-${token}`,
    `${token}9`,
    `${token}.x`,
    'q7zr0k.aaaaaaaaaaaaaaaa',
    token.toUpperCase(),
  ])
    test(`is not ${text}`, () => expect(found(text)).toEqual([]))
})

test.describe('the key of a wallet', () => {
  const rest = 'J3mBbAH58CpQ3Y5RNJpUKPE62SQ5tfcvU2JpbnkeyhfsYB1Jcn'
  for (const key of [`5${rest}`, `K${rest}a`, `L${rest}a`])
    test(`is ${key}`, () => expect(found(key)).toEqual([`wallet-key ${key}`]))

  for (const text of [
    `6${rest}`,
    `5${rest}a`,
    `K${rest}`,
    `M${rest}a`,
    `5${rest.slice(1)}`,
    `5${rest.replace('J3', '0O')}`,
  ])
    test(`is not ${text}`, () => expect(found(text)).toEqual([]))
})

test('nothing is looked for where no run is', () => expect(found('ghp_short AKIA')).toEqual([]))
