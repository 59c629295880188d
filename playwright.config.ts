import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: 'test',
  testMatch: '**/*.test.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  workers: 2,
  // A few tests hold time or memory to a bar; what fails once on a busy CI machine is tried again, and told as flaky.
  retries: process.env['CI'] === undefined ? 0 : 2,
  timeout: 60_000,
  reporter: [['list', { printSteps: false }]],
})
