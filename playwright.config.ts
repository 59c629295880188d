import { defineConfig } from '@playwright/test'

// The runner takes a stack for each step and each expectation, and lets each frame go through its source maps before it
// drops its own: about 1 ms each time, a third of what this suite would take. It drops none that it would have shown.
const format = Error.prepareStackTrace?.bind(Error)
if (format !== undefined)
  Error.prepareStackTrace = (error, frames) =>
    format(
      error,
      frames.filter((frame) => frame.getFileName()?.includes('/node_modules/playwright') !== true),
    )

export default defineConfig({
  testDir: 'test',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results',
  forbidOnly: process.env['CI'] !== undefined,
  workers: 2,
  // A few tests hold time or memory to a bar; what fails once on a busy CI machine is tried again, and told as flaky.
  retries: process.env['CI'] === undefined ? 0 : 2,
  timeout: 60_000,
  reporter: [['list', { printSteps: false }]],
})
