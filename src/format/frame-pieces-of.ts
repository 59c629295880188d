import { escapeInvisible } from './quote.ts'
import type { SocketSegment } from '../messages/socket-tracks.ts'
import type { FramePart, HeadedPart, RestPart } from '../websocket/frame-splitter.ts'
import { fitsForm, masked, RSV1, shortestForm } from '../websocket/frame.ts'
import type { SocketMessage } from '../websocket/message-reader.ts'
import { rsvBits } from './frame-piece.ts'
import type { Piece } from './piece.ts'
import { base64PieceOf, piecesOf } from './pieces-of.ts'
import type { Plain } from './yaml-writer.ts'

/** Keys of a frame piece, in the order in which they are written. */
export type FrameEntries = Readonly<Record<string, Plain>>

/** A frame as it is written. */
export interface FramePiece {
  readonly kind: 'frame'
  /** As `FrameKeys` has them. */
  readonly keys: FrameEntries
  /** `undefined`: there is none. */
  readonly content: Piece | undefined
}

/** Cuts a segment of a WebSocket into pieces: HTTP as before, then one piece for each frame or part of one. */
export function framePiecesOf(bytes: Uint8Array, { start, parts }: SocketSegment): readonly (Piece | FramePiece)[] {
  const http = start === 0 ? [] : piecesOf(bytes.subarray(0, start))
  const frames = parts.flatMap((part) => partPieces(bytes.subarray(start + part.start, start + part.end), part))
  return [...http, ...frames]
}

function partPieces(bytes: Uint8Array, part: FramePart): readonly (Piece | FramePiece)[] {
  switch (part.type) {
    case 'plain':
      return part.isTornHead ? [base64PieceOf(bytes)] : piecesOf(bytes)
    case 'frame':
      return [framePiece(bytes, part)]
    case 'rest':
      return [restPiece(bytes, part)]
  }
}

function framePiece(bytes: Uint8Array, { head, start, payloadStart }: HeadedPart): FramePiece {
  const payload = masked(bytes.subarray(payloadStart - start), head.mask)
  const isWhole = payload.length === head.length
  const hasCode = head.kind === 'close' && payload.length >= 2
  const [high = 0, low = 0] = payload
  const keys: FrameEntries = {
    frame: head.kind,
    ...(!head.fin && { fin: false }),
    ...(head.rsv !== 0 && { rsv: rsvBits(head.rsv) }),
    ...(head.mask && { mask: hexOf(head.mask) }),
    ...(head.form !== shortestForm(head.length) && fitsForm(head.length, head.form) && { length: head.form }),
    ...(!isWhole && { of: head.length }),
    ...(hasCode && { code: high * 256 + low }),
  }
  return { kind: 'frame', keys, content: contentOf(hasCode ? payload.subarray(2) : payload, head.rsv) }
}

function restPiece(bytes: Uint8Array, { head, mask }: RestPart): FramePiece {
  const keys: FrameEntries = { frame: 'rest', ...(mask && { mask: hexOf(mask) }) }
  return { kind: 'frame', keys, content: contentOf(masked(bytes, mask), head.rsv) }
}

/** One piece: what would be several reads as text or, if it is none, as base64. */
function contentOf(payload: Uint8Array, rsv: number): Piece | undefined {
  if (payload.length === 0) return undefined
  if ((rsv & RSV1) !== 0) return base64PieceOf(payload)
  const [piece, second] = piecesOf(payload)
  if (piece !== undefined && second === undefined) return piece
  const text = textIn(payload)
  return text === undefined ? base64PieceOf(payload) : { kind: 'text', text }
}

function textIn(payload: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
    // oxlint-disable-next-line no-control-regex
    return /[\0-\x08\x0e-\x1f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Comment lines for what a reader of the file cannot see: compressed messages that end in the segment. */
export const remarksOn = ({ messages }: SocketSegment): readonly string[] =>
  messages.flatMap((message) => (message.isCompressed ? [remarkOn(message)] : []))

function remarkOn({ kind, payload, isOpaque }: SocketMessage): string {
  const text = isOpaque ? undefined : textIn(payload.subarray(0, LONGEST_REMARK * 4))
  const what = isOpaque ? 'compressed, and not to be inflated' : (text ?? `${payload.length} bytes`)
  return shortened(`    ${kind}, inflated: ${escapeInvisible(what.replaceAll(/\s/g, ' '))}`)
}

const LONGEST_REMARK = 96

const shortened = (text: string): string =>
  text.length <= LONGEST_REMARK ? text : `${text.slice(0, LONGEST_REMARK - 3).trimEnd()}...`
