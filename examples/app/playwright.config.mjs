import { defineConfig } from '@playwright/test'
import { taped } from './taped.cjs'

const { hosts, protocols } = taped

export default defineConfig({
  testDir: 'playwright',
  reporter: [['line'], ['wiretape/playwright/reporter']],
  use: { cassetteOptions: { capture: { hosts }, protocols } },
})
