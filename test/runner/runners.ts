import { APP, type Dialect, fiveTests, troubledTests } from './scenario.ts'

/** How tests are asked for. */
export interface RunOptions {
  /** Titles. */
  readonly only?: string | undefined
  readonly update?: boolean | undefined
  readonly workers?: number | undefined
}

/** A test runner: a project that uses it, with our one line, and how it is called. */
export interface RunnerCase {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly args: (options: RunOptions) => readonly string[]
  /** Set for an update, where the runner has no flag for it. */
  readonly updateEnv: Readonly<Record<string, string>>
  /** Titles of the tests that are to run at the same time, by which their cassettes are found. */
  readonly concurrent: readonly string[]
  /** Whether it can tell a late request of a test from a request of the next one. */
  readonly knowsLate: boolean
}

interface Form extends Omit<RunnerCase, 'files' | 'knowsLate' | 'updateEnv' | 'concurrent'> {
  readonly dialect: Dialect
  readonly config: Readonly<Record<string, string>>
  readonly ending: string
  /** What stands above the tests. */
  readonly head: string
  readonly knowsLate?: boolean
  readonly updateEnv?: Readonly<Record<string, string>>
  readonly concurrent?: readonly string[]
}

const expectEqual = (one: string, other: string): string => `expect(${one}).toBe(${other})`
const assertEqual = (one: string, other: string): string => `assert.equal(${one}, ${other})`
const APP_NAMES = 'const { get, post, note, tickets, until, quiet } = app\n'
const chosen = (flag: string, only: string | undefined): readonly string[] => (only === undefined ? [] : [flag, only])
const given = (flag: string, isGiven: boolean | undefined): readonly string[] => (isGiven === true ? [flag] : [])

function runner(form: Form): RunnerCase {
  const { name, args, config, dialect, ending, head } = form
  const { concurrent = ['takes tickets, one', 'takes tickets, two'] } = form
  const { knowsLate = true, updateEnv = {} } = form
  const test = (file: string, text: string): Readonly<Record<string, string>> => ({
    [`${file}${ending}`]: `${head}${APP_NAMES}const FILE = '-${file}'\nconst PATH = '/${file}'\n${text}`,
  })
  const files = {
    'app.cjs': APP,
    ...config,
    ...test('a', fiveTests(dialect)),
    ...test('b', fiveTests(dialect)),
    ...test('c', troubledTests(dialect)),
  }
  return { name, files, args, knowsLate, updateEnv, concurrent }
}

/** Limits are long, as all of it may run on a busy machine. */
export const RUNNERS: readonly RunnerCase[] = [
  runner({
    name: 'vitest',
    config: {
      'package.json': '{ "type": "module" }',
      'vitest.config.mjs': `export default {
        test: { setupFiles: ['wiretape/vitest'], provide: { wiretape: { hosts: ['localhost'] } }, testTimeout: 90_000 },
      }`,
    },
    ending: '.test.mjs',
    head: "import { describe, expect, it } from 'vitest'\nimport app from './app.cjs'\n",
    dialect: {
      concurrent: (name, code) => `it.concurrent('${name}', async () => { ${code} })`,
      equal: expectEqual,
    },
    args: ({ only, update, workers = 1 }) => [
      'node_modules/vitest/vitest.mjs',
      'run',
      `--maxWorkers=${workers}`,
      ...chosen('-t', only),
      ...given('-u', update),
    ],
  }),
  runner({
    name: 'jest',
    config: {
      'package.json': '{}',
      'jest.config.json': `{
        "setupFilesAfterEnv": ["wiretape/jest"], "globals": { "wiretape": { "hosts": ["localhost"] } }, "testTimeout": 90000
      }`,
    },
    ending: '.test.js',
    head: "const app = require('./app.cjs')\n",
    dialect: {
      concurrent: (name, code) => `it.concurrent('${name}', async () => { ${code} })`,
      equal: expectEqual,
    },
    args: ({ only, update, workers = 1 }) => [
      'node_modules/jest/bin/jest.js',
      `--maxWorkers=${workers}`,
      ...chosen('-t', only),
      ...given('-u', update),
    ],
  }),
  runner({
    name: 'mocha',
    config: {
      'package.json': '{}',
      'options.cjs': "require('wiretape/mocha').configure({ hosts: ['localhost'] })",
      '.mocharc.json': '{ "require": ["wiretape/mocha", "./options.cjs"], "spec": ["*.test.js"], "timeout": 90000 }',
    },
    ending: '.test.js',
    head: "const assert = require('node:assert/strict')\nconst app = require('./app.cjs')\n",
    // It runs one test after another.
    dialect: { concurrent: (name, code) => `it('${name}', async () => { ${code} })`, equal: assertEqual },
    updateEnv: { WIRETAPE_MODE: 'update' },
    args: ({ only, workers = 1 }) => [
      'node_modules/mocha/bin/mocha.js',
      ...(workers > 1 ? ['--parallel', '--jobs', String(workers)] : []),
      ...chosen('-g', only),
    ],
  }),
  runner({
    name: 'node-test',
    config: { 'package.json': '{ "type": "module" }' },
    ending: '.test.mjs',
    head: `import assert from 'node:assert/strict'
import { configure, describe, it } from 'wiretape/node-test'
import app from './app.cjs'
configure({ hosts: ['localhost'] })
`,
    dialect: {
      concurrent: (name, code) => `describe('${name}', { concurrency: true }, () => {
        it('first', async () => { ${code} })
        it('second', async () => { ${code.replace('FILE', "FILE + '-second'")} })
      })`,
      equal: assertEqual,
    },
    updateEnv: { WIRETAPE_MODE: 'update' },
    concurrent: ['first', 'second'],
    args: ({ only, workers = 1 }) => [
      '--test',
      `--test-concurrency=${workers}`,
      ...(only === undefined ? [] : [`--test-name-pattern=${only}`]),
    ],
  }),
  runner({
    name: 'playwright',
    config: {
      'package.json': '{ "type": "module" }',
      'playwright.config.mjs': `export default {
        testMatch: '*.spec.mjs', timeout: 90_000, reporter: [['line'], ['wiretape/playwright/reporter']],
        use: { cassetteOptions: { capture: { hosts: ['localhost'] } } },
      }`,
    },
    ending: '.spec.mjs',
    head: `import { expect, test } from 'wiretape/playwright'
import app from './app.cjs'
const { describe } = test
const it = (title, fn) => test(title, fn)
`,
    dialect: { concurrent: (name, code) => `it('${name}', async () => { ${code} })`, equal: expectEqual },
    knowsLate: false,
    args: ({ only, update, workers = 1 }) => [
      'node_modules/@playwright/test/cli.js',
      'test',
      `--workers=${workers}`,
      ...chosen('-g', only),
      ...given('--update-snapshots=all', update),
    ],
  }),
]
