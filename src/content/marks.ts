/**
 * Whether a text holds a mark of two characters or more.
 *
 * Many marks are looked for in one text, and most texts hold few of them. The pairs of neighbouring characters in the last text are noted
 * once; they rule out nearly all marks without another search.
 */
export function holds(text: string, mark: string): boolean {
  if (text !== noted) note(text)
  for (let at = 1; at < mark.length; at += 1)
    if (PAIRS[pairOf(mark.charCodeAt(at - 1), mark.charCodeAt(at))] !== turn) return false
  return text.includes(mark)
}

/** The number of the text in which each pair was seen last. */
const PAIRS = new Uint32Array(1 << 16)
let turn = 0
let noted = ''

function note(text: string): void {
  noted = text
  // After 2^32 texts a pair may seem to be there; that costs a search, no more.
  turn = (turn + 1) >>> 0
  let before = text.charCodeAt(0)
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    PAIRS[pairOf(before, code)] = turn
    before = code
  }
}

/** Characters above 255 share pairs with others; that costs a search, no more. */
const pairOf = (before: number, code: number): number => ((before & 255) << 8) | (code & 255)
