import { defineConfig } from '@playwright/test'

// The runner takes a stack for each step and each expectation, and maps each frame through its source maps before it drops
// its own: about 1 ms each time. Only frames that it would not have shown are dropped, and those of our own `expect`.
const HIDDEN = /\/node_modules\/playwright|\/test\/helpers\/test\.ts$/
const format = Error.prepareStackTrace?.bind(Error)
if (format !== undefined)
  Error.prepareStackTrace = (error, frames) =>
    format(
      error,
      frames.filter((frame) => !HIDDEN.test(frame.getFileName() ?? '')),
    )

export default defineConfig({
  testDir: 'test',
  testMatch: '**/*.test.ts',
  // The built package is JavaScript already.
  build: { external: ['**/dist/**'] },
  outputDir: 'test-results',
  forbidOnly: process.env['CI'] !== undefined,
  workers: 2,
  // A few tests have a limit of time or memory; a test that fails once on a busy CI machine is repeated and reported as flaky.
  retries: process.env['CI'] === undefined ? 0 : 2,
  timeout: 60_000,
  reporter: [['list', { printSteps: false }]],
})
