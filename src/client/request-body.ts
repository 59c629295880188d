import { LocalProtocolError } from '../errors.ts'
import { encodeForm, piecesOf } from './form-data.ts'

/**
 * A request body. Text is sent as UTF-8, a `FormData` as multipart/form-data, a stream as it arrives.
 *
 * If the upload stops early, a stream or iterator that was already asked for a piece is closed; otherwise it is left as it was.
 */
export type BodyInit =
  | string
  | ArrayBuffer
  | NodeJS.ArrayBufferView
  | Blob
  | FormData
  | URLSearchParams
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array | string>

/** A body as the writer needs it: complete, or a source. */
export type RequestBody = BytesBody | StreamBody

interface BytesBody {
  readonly kind: 'bytes'
  readonly bytes: Uint8Array
  /** Sent if the caller gives no Content-Type. */
  readonly contentType?: string | undefined
}

interface StreamBody {
  readonly kind: 'stream'
  /** `undefined`: not known. */
  readonly length: number | undefined
  readonly pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>
  readonly contentType?: string | undefined
  /** Closes the source at once, even while a piece is pending; if it is absent, the iterator is closed after that piece. */
  readonly cancel?: () => void
}

/**
 * @throws LocalProtocolError `INVALID_OPTION` for anything that is not a BodyInit, or has already been read;
 * `BODY_LENGTH_MISMATCH` if the body is known to have another length.
 */
export function requestBody(init: BodyInit | undefined, contentLength: number | undefined): RequestBody | undefined {
  if (contentLength !== undefined && !(Number.isSafeInteger(contentLength) && contentLength >= 0)) {
    throw new LocalProtocolError('INVALID_OPTION', `contentLength: ${contentLength}`)
  }
  if (init === undefined) {
    if (contentLength === undefined || contentLength === 0) return undefined
    throw new LocalProtocolError('BODY_LENGTH_MISMATCH', `contentLength: ${contentLength}, no body given`)
  }
  const body = bodyOf(init)
  const length = bodyLength(body)
  if (body.kind === 'stream' && length === undefined) return { ...body, length: contentLength }
  if (contentLength === undefined || contentLength === length) return body
  throw new LocalProtocolError('BODY_LENGTH_MISMATCH', `contentLength: ${contentLength}, the body has ${length} bytes`)
}

/** Bytes; `undefined`: not known. */
export const bodyLength = (body: RequestBody): number | undefined =>
  body.kind === 'bytes' ? body.bytes.length : body.length

function bodyOf(init: BodyInit): RequestBody {
  if (typeof init === 'string') return { kind: 'bytes', bytes: Buffer.from(init) }
  if (init instanceof Uint8Array) return { kind: 'bytes', bytes: init }
  if (ArrayBuffer.isView(init)) {
    return { kind: 'bytes', bytes: new Uint8Array(init.buffer, init.byteOffset, init.byteLength) }
  }
  if (init instanceof ArrayBuffer) return { kind: 'bytes', bytes: new Uint8Array(init) }
  if (init instanceof URLSearchParams)
    return { kind: 'bytes', bytes: Buffer.from(init.toString()), contentType: URLENCODED }
  if (init instanceof FormData) return formBody(init)
  if (init instanceof Blob) return blobBody(init)
  if (typeof init === 'object' && init !== null) return streamBody(init)
  throw new LocalProtocolError('INVALID_OPTION', `body: ${init === null ? 'null' : typeof init}`)
}

/** With the charset, as fetch sends it. */
const URLENCODED = 'application/x-www-form-urlencoded;charset=UTF-8'

function formBody(form: FormData): RequestBody {
  const { parts, length, contentType } = encodeForm(form)
  const bytes = parts.filter((part) => part instanceof Uint8Array)
  if (bytes.length === parts.length) return { kind: 'bytes', bytes: Buffer.concat(bytes), contentType }
  return { kind: 'stream', length, pieces: piecesOf(parts), contentType }
}

function blobBody(blob: Blob): RequestBody {
  const contentType = blob.type === '' ? undefined : blob.type
  return { kind: 'stream', length: blob.size, pieces: piecesOf([blob]), contentType }
}

function streamBody(source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>): RequestBody {
  if (source instanceof process.getBuiltinModule('node:stream').Readable) {
    if (source.destroyed || source.readableEnded) throw new LocalProtocolError('INVALID_OPTION', `body: ${SPENT}`)
    return { kind: 'stream', length: undefined, pieces: source, cancel: () => void source.destroy() }
  }
  if ('locked' in source && source.locked === true) throw new LocalProtocolError('INVALID_OPTION', `body: ${SPENT}`)
  if (Symbol.asyncIterator in source || Symbol.iterator in source)
    return { kind: 'stream', length: undefined, pieces: source }
  throw new LocalProtocolError('INVALID_OPTION', 'body: an object that is not iterable; is JSON.stringify() missing?')
}

const SPENT = 'the stream was read or destroyed, or has another reader'

/**
 * The pieces of a stream as bytes, exactly as many as were announced.
 *
 * @throws LocalProtocolError `BODY_LENGTH_MISMATCH` before the first surplus byte, or at the end if bytes are missing.
 */
export async function* exactly(
  length: number,
  pieces: StreamBody['pieces'],
): AsyncGenerator<Uint8Array, void, undefined> {
  let missing = length
  let last: Uint8Array | undefined
  for await (const piece of pieces) {
    const bytes = toBytes(piece)
    if (bytes.length > missing) {
      throw new LocalProtocolError('BODY_LENGTH_MISMATCH', `${length} bytes announced, the stream has more`)
    }
    missing -= bytes.length
    // The last piece waits for the end of the stream: a body that is too long must not look complete to the server.
    if (missing > 0) yield bytes
    else last ??= bytes
  }
  if (missing > 0) {
    throw new LocalProtocolError(
      'BODY_LENGTH_MISMATCH',
      `${length} bytes announced, the stream ended after ${length - missing}`,
    )
  }
  if (last !== undefined) yield last
}

/** @throws LocalProtocolError `INVALID_OPTION` for a piece that is neither bytes nor text. */
export function toBytes(piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (piece instanceof Uint8Array) return piece
  throw new LocalProtocolError('INVALID_OPTION', `a piece of the body is ${typeof piece}, not bytes or text`)
}
