import type { Api } from '../real-apis.ts'
import { IDENTITY } from './identity.ts'
import { PAYMENT } from './payment.ts'
import { PLATFORM } from './platform.ts'
import { PROGRAMS } from './programs.ts'
import { STORAGE } from './storage.ts'
import { talksWith } from './service.ts'
import { TALK } from './talk.ts'
import { TEXTS } from './texts.ts'
import { VENDORS } from './vendors.ts'

/** Services of every kind with secrets and look-alikes in what they say; values are drawn from the seed, and none was ever valid. */
export const services = (seed: string): readonly Api[] =>
  talksWith({ ...PAYMENT, ...IDENTITY, ...PLATFORM, ...TALK, ...STORAGE, ...TEXTS, ...VENDORS, ...PROGRAMS }, seed)
