import { defineConfig } from '@playwright/test'

export default defineConfig({
  reporter: [['list'], ['wiretape/playwright/reporter', { failOn: ['orphan'] }]],
})
