import { expect, test } from '../../helpers/test.ts'
import { editCode, editJson, type ListSetting } from '../../../src/cli/init/config-edit.ts'

const VITEST: ListSetting = { within: 'test', name: 'setupFiles', value: 'wiretape/vitest' }
const JEST: ListSetting = { name: 'setupFilesAfterEnv', value: 'wiretape/jest' }

const CODE: readonly (readonly [what: string, setting: ListSetting, before: string, after: string])[] = [
  [
    'an object of tests',
    VITEST,
    `import { defineConfig } from 'vitest/config'\nexport default defineConfig({\n  test: {\n    globals: true,\n  },\n})\n`,
    `import { defineConfig } from 'vitest/config'\nexport default defineConfig({\n  test: {\n    setupFiles: ['wiretape/vitest'],\n    globals: true,\n  },\n})\n`,
  ],
  [
    'a list',
    VITEST,
    `export default { test: { setupFiles: ['./a.ts'] } }`,
    `export default { test: { setupFiles: ['wiretape/vitest', './a.ts'] } }`,
  ],
  [
    'an empty list',
    VITEST,
    'export default { test: { setupFiles: [] } }',
    `export default { test: { setupFiles: ['wiretape/vitest'] } }`,
  ],
  [
    'no object of tests',
    VITEST,
    `export default defineConfig({\n  plugins: [react()],\n})\n`,
    `export default defineConfig({\n  test: { setupFiles: ['wiretape/vitest'] },\n  plugins: [react()],\n})\n`,
  ],
  [
    'a mention in a comment',
    VITEST,
    `export default {\n  // setupFiles: ['wiretape/vitest']\n  test: {},\n}\n`,
    `export default {\n  // setupFiles: ['wiretape/vitest']\n  test: { setupFiles: ['wiretape/vitest'] },\n}\n`,
  ],
  [
    'CommonJS',
    JEST,
    `module.exports = {\n  bail: 1,\n}\n`,
    `module.exports = {\n  setupFilesAfterEnv: ['wiretape/jest'],\n  bail: 1,\n}\n`,
  ],
  [
    'a typed constant',
    JEST,
    `const config: Config = {\n  bail: 1,\n}\nexport default config\n`,
    `const config: Config = {\n  setupFilesAfterEnv: ['wiretape/jest'],\n  bail: 1,\n}\nexport default config\n`,
  ],
  [
    'Windows line ends',
    JEST,
    `module.exports = {\r\n\tbail: 1,\r\n}\r\n`,
    `module.exports = {\r\n\tsetupFilesAfterEnv: ['wiretape/jest'],\r\n\tbail: 1,\r\n}\r\n`,
  ],
]

const UNCLEAR: readonly (readonly [what: string, setting: ListSetting, text: string])[] = [
  ['a setting that is no list', VITEST, `export default { test: { setupFiles: './a.ts' } }`],
  ['a setting from elsewhere', VITEST, `export default { test: { setupFiles } }`],
  ['two lists', VITEST, `export default [{ test: { setupFiles: [] } }, { test: { setupFiles: [] } }]`],
  ['two configurations', JEST, `module.exports = {}\nconst otherConfig = {}`],
  ['a function', JEST, `module.exports = async () => load()`],
  ['tests from elsewhere', VITEST, `export default defineConfig({ test: shared })`],
]

test.describe('editCode', () => {
  for (const [what, setting, before, after] of CODE)
    test(`adds one line, once: ${what}`, () => {
      const once = editCode(before, setting)
      expect(once).toEqual({ text: after })
      expect(editCode(after, setting)).toBe('same')
    })

  for (const [what, setting, text] of UNCLEAR)
    test(`leaves alone what it might break: ${what}`, () => expect(editCode(text, setting)).toBe('unclear'))
})

test.describe('editJson', () => {
  test('adds to a list, to a string, to nothing, and keeps the form', () => {
    expect(editJson('{\n  "bail": 1\n}\n', JEST)).toEqual({
      text: '{\n  "bail": 1,\n  "setupFilesAfterEnv": [\n    "wiretape/jest"\n  ]\n}\n',
    })
    const mocha: ListSetting = { name: 'require', value: 'wiretape/mocha' }
    expect(editJson('{"require":"tsx"}', mocha)).toEqual({ text: '{"require":["wiretape/mocha","tsx"]}' })
    expect(editJson('{"require":["wiretape/mocha"]}', mocha)).toBe('same')
    expect(editJson('{ "require": ["wiretape/mocha"] }', mocha)).toBe('same')
    expect(editJson('{\n\t"name": "it",\n\t"jest": {}\n}', { ...JEST, within: 'jest' })).toEqual({
      text: '{\n\t"name": "it",\n\t"jest": {\n\t\t"setupFilesAfterEnv": [\n\t\t\t"wiretape/jest"\n\t\t]\n\t}\n}',
    })
  })

  test('leaves alone what it would write in another form', () => {
    for (const text of ['{ "bail": 1 }', '{', '[]', '1', 'null', '{"bail":1} '])
      expect([text, editJson(text, JEST)]).toEqual([text, 'unclear'])
    for (const text of ['{"jest":[]}', '{"jest":"a"}'])
      expect([text, editJson(text, { ...JEST, within: 'jest' })]).toEqual([text, 'unclear'])
  })
})
