import { defineConfig } from '@playwright/test'
import { wiretapeEnv } from 'wiretape/playwright'

// Chromium of the system; without it, the one that Playwright has installed.
const executablePath = process.env['CHROMIUM']
const port = Number(process.env['PORT'] ?? 3000)

export default defineConfig({
  fullyParallel: true,
  use: { baseURL: `http://localhost:${port}`, launchOptions: executablePath === undefined ? {} : { executablePath } },
  webServer: {
    command: 'node server.mjs',
    port,
    env: wiretapeEnv({ hosts: [process.env['API_HOST'] ?? 'localhost:4000'] }),
  },
})
