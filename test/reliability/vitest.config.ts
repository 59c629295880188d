import { defineConfig } from 'vitest/config'

// What Playwright runs are the other tests here.
export default defineConfig({ root: import.meta.dirname, test: { include: ['fake-timers.vitest.ts'] } })
