import * as fc from 'fast-check'

/**
 * Any character but half of a surrogate pair. fast-check's unit `binary` has the same ones, and first makes a map of all of
 * them: seconds for each process that only reads a file with it.
 */
const anyCharacter = fc
  .nat(0x10_ffff - 0x800)
  .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800))

/** Any text that UTF-8 can hold. */
export const anyText = fc.string({ unit: anyCharacter })
