import type { Api } from '../real-apis.ts'
import { IDENTITY } from './identity.ts'
import { PAYMENT } from './payment.ts'
import { PLATFORM } from './platform.ts'
import { PRODUCTS } from './products.ts'
import { PROGRAMS } from './programs.ts'
import { STORAGE } from './storage.ts'
import { talksWith } from './service.ts'
import { TALK } from './talk.ts'
import { TEXTS } from './texts.ts'
import { VENDORS } from './vendors.ts'

/**
 * Services of every kind with secrets and look-alikes in what they say; values are drawn from the seed, and none was ever valid.
 *
 * `before`: harmless values are those of these, so that only the secrets are others.
 */
export const services = (seed: string, before: readonly Api[] = []): readonly Api[] =>
  talksWith(
    { ...PAYMENT, ...IDENTITY, ...PLATFORM, ...TALK, ...STORAGE, ...TEXTS, ...VENDORS, ...PROGRAMS, ...PRODUCTS },
    seed,
    before,
  )
