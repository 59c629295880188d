import { defineConfig } from 'vitest/config'
// oxlint-disable-next-line unicorn/require-module-specifiers, import/no-empty-named-blocks -- brings the types of `provide`
import type {} from 'wiretape/vitest'

export default defineConfig({
  test: {
    setupFiles: ['wiretape/vitest'],
    // Options, if there are any: servers of this machine are recorded only if they are named.
    provide: { wiretape: { hosts: ['127.0.0.1'] } },
  },
})
