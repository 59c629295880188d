import { APP, fiveTests } from './scenario.ts'

/** A test runner: the files of a project that uses it, with our one line, and how it is called. */
export interface RunnerCase {
  readonly name: string
  /** The files around the tests. */
  readonly files: Readonly<Record<string, string>>
  /** A test file with this text; \`test\`, \`it\` and the like are there. */
  readonly testFile: (name: string, text: string) => readonly [path: string, text: string]
  /** The five tests that all runners have. */
  readonly five: string
  readonly args: (options: {
    readonly only?: string | undefined
    readonly update?: boolean
    readonly workers?: number
  }) => readonly string[]
}

const app = 'const { get, post, note, tickets, quiet } = '
const values = (name: string): string => `const FILE = '-${name}'; const PATH = '/${name}'\n`

const inVitest = (name: string, code: string): string => `it.concurrent('${name}', async ({ expect }) => { ${code} })`
const inSuite = (name: string, code: string): string => `it('${name}', async () => { ${code} })`

// oxfmt-ignore
export const RUNNERS: readonly RunnerCase[] = [
  {
    name: 'vitest',
    files: {
      'package.json': '{ "type": "module" }',
      'app.cjs': APP,
      'vitest.config.mjs': "export default { test: { setupFiles: ['wiretape/vitest'], provide: { wiretape: { hosts: ['localhost'] } } } }",
    },
    testFile: (name, text) => [`${name}.test.mjs`, `import { describe, expect, it, beforeEach, afterEach, beforeAll } from 'vitest'\nimport app from './app.cjs'\n${app}app\n${values(name)}${text}`],
    five: fiveTests(inVitest, 'expect.soft').replaceAll(/expect\.soft\(([^;}]*), ([^;}]*)\)/g, 'expect($1).toBe($2)'),
    args: ({ only, update, workers = 1 }) => ['node_modules/vitest/vitest.mjs', 'run', `--maxWorkers=${workers}`, ...(only ? ['-t', only] : []), ...(update ? ['-u'] : [])],
  },
  {
    name: 'jest',
    files: {
      'package.json': '{}',
      'app.cjs': APP,
      'jest.config.json': '{ "setupFilesAfterEnv": ["wiretape/jest"], "globals": { "wiretape": { "hosts": ["localhost"] } } }',
    },
    testFile: (name, text) => [`${name}.test.js`, `${app}require('./app.cjs')\n${values(name)}${text}`],
    five: fiveTests((name, code) => `it.concurrent('${name}', async () => { ${code} })`, 'expect.soft').replaceAll(/expect\.soft\(([^;}]*), ([^;}]*)\)/g, 'expect($1).toBe($2)'),
    args: ({ only, update, workers = 1 }) => ['node_modules/jest/bin/jest.js', `--maxWorkers=${workers}`, ...(only ? ['-t', only] : []), ...(update ? ['-u'] : [])],
  },
  {
    name: 'mocha',
    files: {
      'package.json': '{}',
      'app.cjs': APP,
      'options.cjs': "require('wiretape/mocha').configure({ hosts: ['localhost'] })",
      '.mocharc.json': '{ "require": ["wiretape/mocha", "./options.cjs"], "spec": ["*.test.js"] }',
    },
    testFile: (name, text) => [`${name}.test.js`, `const assert = require('node:assert/strict')\n${app}require('./app.cjs')\n${values(name)}${text}`],
    five: fiveTests(inSuite, 'assert.equal'),
    args: ({ only, workers = 1 }) => ['node_modules/mocha/bin/mocha.js', ...(workers > 1 ? ['--parallel', '--jobs', String(workers)] : []), ...(only ? ['-g', only] : [])],
  },
  {
    name: 'node-test',
    files: {
      'package.json': '{ "type": "module" }',
      'app.cjs': APP,
    },
    testFile: (name, text) => [`${name}.test.mjs`, `import assert from 'node:assert/strict'\nimport { configure, describe, it, test, beforeEach, before, after, afterEach } from 'wiretape/node-test'\nimport app from './app.cjs'\nconfigure({ hosts: ['localhost'] })\n${app}app\n${values(name)}${text}`],
    five: fiveTests((name, code) => `describe('${name}, at once', { concurrency: true }, () => { for (const each of ['a', 'b']) it(each, async () => { ${code.replace("' + FILE", "' + each + FILE")} }) })`, 'assert.equal'),
    args: ({ only, update, workers = 1 }) => ['--test', `--test-concurrency=${workers}`, ...(only ? [`--test-name-pattern=${only}`] : []), ...(update ? ['--test-update-snapshots'] : [])],
  },
]
