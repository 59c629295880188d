import { LocalProtocolError } from '../errors.ts'

/**
 * How the recorded bytes of an answer are cut when a client gets them.
 *
 * - `'recorded'`: as they came.
 * - `'coalesced'`: as few segments as causal order allows.
 * - `'boundaries'`: before and after every CR and LF, and before what may be a status line; so between chunk-size
 *   lines and data, and between head and body, too.
 * - `'bytewise'`: one byte a segment.
 * - `{ seed }`: pieces of 1 to 4,096 bytes, short ones as likely as long ones. The same seed cuts the same bytes alike in
 *   every run, whatever else is played meanwhile.
 */
export type Segmentation = 'recorded' | 'coalesced' | 'boundaries' | 'bytewise' | { readonly seed: number }

/** @throws LocalProtocolError `INVALID_OPTION` for an unknown value. */
export function checkSegmentation(segmentation: Segmentation): void {
  const isKnown =
    typeof segmentation === 'object' ? Number.isSafeInteger(segmentation.seed) : NAMES.includes(segmentation)
  if (isKnown) return
  throw new LocalProtocolError(
    'INVALID_OPTION',
    `segmentation is ${JSON.stringify(segmentation)}; known are ${NAMES.map((name) => `'${name}'`).join(', ')} and { seed: a whole number }`,
  )
}

const NAMES: readonly (Segmentation & string)[] = ['coalesced', 'boundaries', 'bytewise', 'recorded']
