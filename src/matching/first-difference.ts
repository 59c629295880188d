/** Offset of the first byte of `actual` that is not the next of `expected`; `undefined` if `expected` begins with it. */
export function firstDifference(expected: Uint8Array, actual: Uint8Array): number | undefined {
  const { length } = actual
  if (length <= expected.length && Buffer.compare(expected.subarray(0, length), actual) === 0) return undefined
  let offset = 0
  while (offset < length && expected[offset] === actual[offset]) offset += 1
  return offset
}
