/**
 * Adds a piece of a body to the waiting ones. If many wait, small ones are joined.
 *
 * A piece needs a hundred bytes and more besides its content: a body that arrives byte by byte would take a hundred times its
 * size.
 */
export function addPiece(pieces: Uint8Array[], piece: Uint8Array): void {
  if (pieces.length < MANY || piece.length > CRUMB) pieces.push(piece)
  else sweep(pieces, piece)
}

/** How many pieces wait unchanged. */
const MANY = 256

/** The longest piece that may be copied, bytes. */
const CRUMB = 1_024

/** The longest joined piece, bytes. */
const SWEEPING = 16_384

/** The memory to which small pieces of a list are copied: its last piece grows in it. */
const SWEEPINGS = new WeakMap<Uint8Array[], ArrayBufferLike>()

function sweep(pieces: Uint8Array[], crumb: Uint8Array): void {
  const last = pieces.at(-1)
  if (last !== undefined && last.buffer === SWEEPINGS.get(pieces) && last.length + crumb.length <= SWEEPING) {
    const grown = Buffer.from(last.buffer, 0, last.length + crumb.length)
    grown.set(crumb, last.length)
    pieces[pieces.length - 1] = grown
    return
  }
  const { buffer } = Buffer.alloc(SWEEPING)
  SWEEPINGS.set(pieces, buffer)
  const swept = Buffer.from(buffer, 0, crumb.length)
  swept.set(crumb)
  pieces.push(swept)
}
