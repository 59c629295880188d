import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '../../helpers/test.ts'
import { withAttributes } from '../../../src/cli/init/git-attributes.ts'
import { type InitOptions, initProject } from '../../../src/cli/init/init-project.ts'

type Files = Readonly<Record<string, string>>

const INIT = { isDryRun: false } as const

/** What was done in a folder with these files, in short, and what is in it afterwards. */
async function initIn(files: Files, options: InitOptions = INIT): Promise<{ steps: readonly string[]; after: Files }> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-init-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
    const steps = await initProject(dir, options)
    const names = await readdir(dir)
    const after = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const)),
    )
    return { steps: steps.map(({ kind, file }) => `${kind}: ${file}`), after }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

const packageWith = (content: object): Files => ({ 'package.json': JSON.stringify(content) })
/** Of `.gitattributes`, which come last. */
const GIT = ['made: .gitattributes', 'by hand: each clone']

// oxfmt-ignore
const FOUND: readonly (readonly [what: string, files: Files, steps: readonly string[]])[] = [
  ['a dependency', packageWith({ dependencies: { vitest: '4' } }), ['made: vitest.config.mjs']],
  ['a development dependency', packageWith({ devDependencies: { mocha: '11' } }), ['made: .mocharc.json']],
  ['a part of Jest', packageWith({ devDependencies: { '@jest/core': '30' } }), ['made: jest.config.json']],
  ['a configuration of Vitest', { 'vitest.config.ts': 'export default { test: {} }\n' }, ['written: vitest.config.ts']],
  ['a configuration of Jest that is unclear', { 'jest.config.js': 'module.exports = load()\n' }, ['by hand: jest.config.js']],
  ['options of Jest in package.json', packageWith({ jest: {} }), ['written: package.json']],
  ['Vitest with the configuration of Vite', { ...packageWith({ devDependencies: { vitest: '4' } }), 'vite.config.ts': 'export default { plugins: [] }\n' }, ['written: vite.config.ts']],
  ['the first of two configurations', { 'vite.config.ts': 'export default {}\n', 'vitest.config.mts': 'export default {}\n' }, ['written: vitest.config.mts']],
  ['Playwright', packageWith({ devDependencies: { '@playwright/test': '1' } }), ['by hand: playwright', 'by hand: playwright']],
  ['node:test', packageWith({ scripts: { test: 'node --import tsx --test' } }), ['by hand: node-test']],
  ['node:test by tsx', packageWith({ scripts: { unit: 'tsx --test test/*.ts' } }), ['by hand: node-test']],
]

for (const [what, files, steps] of FOUND)
  test(`init finds ${what}`, async () => {
    expect((await initIn(files)).steps).toEqual([...steps, ...GIT])
  })

// oxfmt-ignore
const NOT_FOUND: readonly (readonly [what: string, files: Files])[] = [
  ['an empty folder', {}],
  ['Vite without Vitest', { 'vite.config.ts': 'export default {}\n' }],
  ['a package that is only named like one', packageWith({ devDependencies: { 'vitest-mock': '1' }, keywords: ['jest'] })],
  ['another command with --test', packageWith({ scripts: { test: 'deno --test', lint: 'node --testing' } })],
]

for (const [what, files] of NOT_FOUND)
  test(`init does nothing in ${what}`, async () => {
    expect(await initIn(files)).toEqual({ steps: [], after: files })
  })

test('init sets up the runner that is named, and no other, whether it is there or not', async () => {
  const files = packageWith({
    devDependencies: { vitest: '4', '@playwright/test': '1' },
    scripts: { test: 'node --test' },
  })
  for (const [runner, steps] of [
    ['jest', ['made: jest.config.json']],
    ['vitest', ['made: vitest.config.mjs']],
    ['node-test', ['by hand: node-test']],
    ['playwright', ['by hand: playwright', 'by hand: playwright']],
  ] as const)
    expect((await initIn(files, { ...INIT, runner })).steps).toEqual([...steps, ...GIT])
})

test('init changes nothing if it is only asked what it would do', async () => {
  const files = { ...packageWith({ jest: {} }), 'vitest.config.ts': 'export default {}\n' }
  const { steps, after } = await initIn(files, { isDryRun: true })
  expect(steps).toEqual(['written: vitest.config.ts', 'written: package.json', ...GIT])
  expect(after).toEqual(files)
})

test('init writes into package.json what belongs there, and keeps the rest', async () => {
  const { after } = await initIn(packageWith({ name: 'a', jest: { bail: 1 } }))
  expect(after['package.json']).toBe('{"name":"a","jest":{"bail":1,"setupFilesAfterEnv":["wiretape/jest"]}}')
})

const LINES = withAttributes('')

test('init writes the lines of .gitattributes that are not there, behind those that are', async () => {
  expect(LINES.split('\n').slice(1, -1)).toEqual([
    '**/*-cassettes/**/*.yaml text eol=lf diff merge=wiretape linguist-generated=false',
    '**/cassettes/**/*.yaml text eol=lf diff merge=wiretape linguist-generated=false',
    '**/*-cassettes/**/blobs/* -text',
    '**/cassettes/**/blobs/* -text',
  ])
  expect(LINES).toMatch(/^# .*\n/)
  expect(withAttributes('*.png binary\n')).toBe(`*.png binary\n${LINES}`)
  expect(withAttributes('*.png binary')).toBe(`*.png binary\n${LINES}`)
  expect(withAttributes(LINES)).toBe(LINES)
  expect(withAttributes(LINES.replaceAll('\n', ' \r\n'))).toBe(LINES.replaceAll('\n', ' \r\n'))
  const [head = '', first = '', ...others] = LINES.split('\n')
  expect(withAttributes(`${head}\n${first}\n`)).toBe(`${head}\n${first}\n${others.join('\n')}`)
  const files = { 'jest.config.js': 'module.exports = {}\n', '.gitattributes': '*.png binary' }
  const once = await initIn(files)
  expect(once.steps).toEqual(['written: jest.config.js', 'written: .gitattributes', 'by hand: each clone'])
  expect(once.after['.gitattributes']).toBe(`*.png binary\n${LINES}`)
  expect((await initIn(once.after)).steps).toEqual(['unchanged: jest.config.js', 'unchanged: .gitattributes'])
})
