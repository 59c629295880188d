/**
 * Fixtures for `@playwright/test`: a cassette for every test.
 *
 * ```ts
 * import { expect, test } from 'wiretape/playwright'
 *
 * test('lists users', async ({ cassette }) => {
 *   const connection = cassette.connect('https://api.example.com')
 *   await connection.request('GET', '/users')
 *   expect((await connection.getResponse()).status).toBe(200)
 * })
 * ```
 *
 * @packageDocumentation
 */
import { basename, dirname, join } from 'node:path'
import { test as base, type TestInfo } from '@playwright/test'
import { type OpenCassette, type RecordMode, useCassette, type UseCassetteOptions } from '../index.ts'
import { cassetteNameOf } from './title-path.ts'

export { expect } from '@playwright/test'

export interface CassetteFixtures {
  /**
   * The cassette of this test: recorded the first time, replayed from then on.
   *
   * It is saved after a test that went as expected; a test that fails leaves the file as it was, unless
   * `recordOnError` of `cassetteOptions` says otherwise.
   */
  readonly cassette: OpenCassette
  /** For `useCassette`. `mode` is best left alone: see `cassette`. */
  readonly cassetteOptions: Omit<UseCassetteOptions, 'dir'>
  /** Folder of the cassettes. Default: `<test file>-cassettes` beside the test file. */
  readonly cassetteDir: string | undefined
  /** Name of the cassette. Default: made from the titles of the test; no two tests of a file share one. */
  readonly cassetteName: string | undefined
}

/** Playwright's `test` with a `cassette`. */
export const test = base.extend<CassetteFixtures>({
  cassetteOptions: [{}, { option: true }],
  cassetteDir: [undefined, { option: true }],
  cassetteName: [undefined, { option: true }],
  cassette: async ({ cassetteOptions, cassetteDir, cassetteName }, use, info) => {
    const cassette = await useCassette(cassetteName ?? defaultName(info), {
      mode: MODES[info.config.updateSnapshots],
      // Copies of the test that `--repeat-each` asks for run side by side; the first one's recording is kept.
      save: info.repeatEachIndex === 0,
      ...cassetteOptions,
      dir: cassetteDir ?? join(dirname(info.file), `${basename(info.file)}-cassettes`),
    })
    try {
      await use(cassette)
    } finally {
      if (info.status !== info.expectedStatus) cassette.noteFailure()
      await cassette.eject()
    }
  },
})

/** What `--update-snapshots` means for cassettes. */
// oxfmt-ignore
const MODES: Readonly<Record<TestInfo['config']['updateSnapshots'], RecordMode | undefined>> = {
  'default': undefined,
  'all':     'update',
  'changed': 'update',
  'missing': 'once',
  'none':    'none',
}

/** Titles from the outermost `describe` on; the project first, since projects run the same test side by side. */
function defaultName({ titlePath, project }: TestInfo): string {
  const titles = titlePath.slice(1)
  return cassetteNameOf(project.name === '' ? titles : [project.name, ...titles])
}
