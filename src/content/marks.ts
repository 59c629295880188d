/**
 * Whether a text holds a mark of two characters or more.
 *
 * One text is asked for many marks, and most hold few of them. Which pairs of characters follow each other in the text that was asked last
 * is noted once, and excludes nearly all marks without a look at the text again.
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
  turn = turn === 0xffff_ffff ? 1 : turn + 1
  if (turn === 1) PAIRS.fill(0)
  let before = text.charCodeAt(0)
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    PAIRS[pairOf(before, code)] = turn
    before = code
  }
}

/** Characters above 255 share the pairs of others, which only means a look at the text more. */
const pairOf = (before: number, code: number): number => ((before & 255) << 8) | (code & 255)
