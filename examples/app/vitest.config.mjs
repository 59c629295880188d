import { defineConfig } from 'vitest/config'
import { taped } from './taped.cjs'

export default defineConfig({
  test: { include: ['vitest/*.test.mjs'], setupFiles: ['wiretape/vitest'], provide: { wiretape: taped } },
})
