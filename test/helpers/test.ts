import { _baseTest, expect as full } from '@playwright/test'

/** `test` of the runner without the fixtures of a browser: it makes some thirty of them for every test, asked for or not. */
export const test = _baseTest

export const expect = full
