import { type Edited, editCode, editJson, type ListSetting } from './config-edit.ts'

/** A test runner, and how a project configures it for this package. */
export interface KnownRunner {
  readonly name: string
  /** Packages that bring it. */
  readonly packages: readonly string[]
  /** Names of its configuration, the first that exists is edited. */
  readonly configs: readonly string[]
  readonly setting: ListSetting
  /** What is made if there is no configuration: a file with its text. */
  readonly fresh: readonly [name: string, text: string]
}

const named = (name: string, endings: readonly string[]): readonly string[] =>
  endings.map((ending) => `${name}.${ending}`)

const CODE = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']

/** Runners that are configured in the tests themselves, and how. */
export const TOLD_IN_TESTS: Readonly<Record<'playwright' | 'node-test', readonly string[]>> = {
  playwright: [
    "in your tests, import { expect, test } from 'wiretape/playwright' instead of '@playwright/test'",
    'in playwright.config, use: { cassetteOptions: { capture: true } } catches every connection of the tests',
  ],
  'node-test': ["in your tests, import from 'wiretape/node-test' what you import from 'node:test'"],
}

export const KNOWN_RUNNERS: readonly KnownRunner[] = [
  {
    name: 'vitest',
    packages: ['vitest'],
    configs: [...named('vitest.config', CODE), ...named('vite.config', CODE)],
    setting: { within: 'test', name: 'setupFiles', value: 'wiretape/vitest' },
    fresh: ['vitest.config.mjs', "export default { test: { setupFiles: ['wiretape/vitest'] } }\n"],
  },
  {
    name: 'jest',
    packages: ['jest', '@jest/core'],
    configs: [...named('jest.config', [...CODE, 'json'])],
    setting: { name: 'setupFilesAfterEnv', value: 'wiretape/jest' },
    fresh: ['jest.config.json', '{\n  "setupFilesAfterEnv": ["wiretape/jest"]\n}\n'],
  },
  {
    name: 'mocha',
    packages: ['mocha'],
    configs: [
      '.mocharc.js',
      '.mocharc.cjs',
      '.mocharc.mjs',
      '.mocharc.yaml',
      '.mocharc.yml',
      '.mocharc.jsonc',
      '.mocharc.json',
    ],
    setting: { name: 'require', value: 'wiretape/mocha' },
    fresh: ['.mocharc.json', '{\n  "require": ["wiretape/mocha"]\n}\n'],
  },
]

/** The configuration with our line. */
export function edited(file: string, text: string, setting: ListSetting): Edited {
  if (/\.ya?ml$|\.jsonc$/.test(file)) return text.includes(setting.value) ? 'same' : 'unclear'
  return file.endsWith('.json') ? editJson(text, setting) : editCode(text, setting)
}

/** The line itself, for people. */
export const lineOf = ({ within, name, value }: ListSetting): string =>
  within === undefined ? `${name}: ['${value}']` : `${within}: { ${name}: ['${value}'] }`
