/**
 * Adds a piece of a body to those that wait. Where many wait, small ones are swept together.
 *
 * A piece costs a hundred bytes and more beside its content: a body that comes byte by byte would hold a hundred times its
 * size.
 */
export function addPiece(pieces: Uint8Array[], piece: Uint8Array): void {
  if (pieces.length < MANY || piece.length > CRUMB) pieces.push(piece)
  else sweep(pieces, piece)
}

/** So many wait as they came. */
const MANY = 256

/** What is no longer than this may be copied, bytes. */
const CRUMB = 1_024

/** Bytes that are swept together at most. */
const SWEEPING = 16_384

/** What the crumbs of a list are copied to at present: its last piece grows in it. */
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
