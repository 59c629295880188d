/** A text by itself: a piece keeps all of the text that it is of. Bytes are one to a character; what was decoded may have wider ones. */
export function copyOf(piece: string): string {
  const encoding = /^[\0-\xff]*$/.test(piece) ? 'latin1' : 'utf16le'
  return Buffer.from(piece, encoding).toString(encoding)
}
