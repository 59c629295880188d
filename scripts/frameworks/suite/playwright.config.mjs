import { defineConfig } from '@playwright/test'
import { wiretapeEnv } from 'wiretape/playwright'

const { APP_DIR, APP_COMMAND, PORT, API_HOST, CHROMIUM, PLAIN } = process.env

// Set by npm and npx.
const OWN = process.env.npm_config_registry ? [new URL(process.env.npm_config_registry).hostname] : []

export default defineConfig({
  fullyParallel: true,
  workers: 4,
  timeout: 240_000,
  reporter: 'line',
  expect: { timeout: 120_000 },
  use: { baseURL: `http://localhost:${PORT}`, launchOptions: { executablePath: CHROMIUM } },
  webServer: {
    command: APP_COMMAND,
    cwd: APP_DIR,
    port: Number(PORT),
    timeout: 240_000,
    // `next dev` asks there for its newest version, on account of whichever test comes first; and at the public registry if npm does not say in time which one it uses.
    env: PLAIN !== undefined ? {} : wiretapeEnv({ hosts: [API_HOST], ignoreHosts: [...OWN, 'registry.*'] }),
  },
})
