/// <reference types="wiretape/vitest" />
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    setupFiles: ['wiretape/vitest'],
    // Options, if there are any: servers of this machine are recorded only if they are named.
    provide: { wiretape: { hosts: ['127.0.0.1'] } },
  },
})
