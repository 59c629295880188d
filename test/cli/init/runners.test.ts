import { expect, test } from '../../helpers/test.ts'
import { edited, KNOWN_RUNNERS, lineOf } from '../../../src/cli/init/runners.ts'

const CODE = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']

test('the files that runners read their configuration from, in their order', () => {
  expect(KNOWN_RUNNERS.map(({ name, packages, configs }) => [name, packages, configs])).toEqual([
    [
      'vitest',
      ['vitest'],
      [...CODE.map((ending) => `vitest.config.${ending}`), ...CODE.map((ending) => `vite.config.${ending}`)],
    ],
    ['jest', ['jest', '@jest/core'], [...CODE, 'json'].map((ending) => `jest.config.${ending}`)],
    ['mocha', ['mocha'], ['js', 'cjs', 'mjs', 'yaml', 'yml', 'jsonc', 'json'].map((ending) => `.mocharc.${ending}`)],
  ])
})

for (const { name, setting, fresh } of KNOWN_RUNNERS) {
  const [file, text] = fresh
  test(`what is made for ${name} has our line already, and people are told it`, () => {
    expect(edited(file, text, setting)).toBe('same')
    expect(lineOf(setting)).toContain(`${setting.name}: ['wiretape/${name}']`)
    expect(lineOf(setting).startsWith('test: { ')).toBe(name === 'vitest')
  })
}

test('a file is edited by its form', () => {
  const [, , mocha] = KNOWN_RUNNERS
  if (mocha === undefined) throw new Error('mocha is not known')
  const { setting } = mocha
  for (const file of ['.mocharc.yaml', '.mocharc.yml', '.mocharc.jsonc']) {
    expect(edited(file, 'spec: a.js\n', setting)).toBe('unclear')
    expect(edited(file, 'require: wiretape/mocha\n', setting)).toBe('same')
  }
  expect(edited('.mocharc.json', '{\n  "spec": "a.js"\n}\n', setting)).toMatchObject({
    text: expect.stringContaining('"require"'),
  })
  expect(edited('.mocharc.cjs', 'module.exports = {}\n', setting)).toMatchObject({
    text: expect.stringContaining("require: ['wiretape/mocha']"),
  })
})
