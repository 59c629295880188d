import { type ErrorCode, WiretapeError } from '../errors.ts'

/** A place in a text: the offset counts UTF-16 units from 0, line and column count from 1. */
export interface TextPosition {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/**
 * A body is not in the format that its header fields declare or that the caller expects.
 *
 * The connection can still be used and the answer is not lost: the body can be read in another way, and `bytes()` returns it
 * undecoded.
 */
export class DecodeError extends WiretapeError {
  override readonly name = 'DecodeError'
  /** The place in the text, if the text has the wrong form. */
  readonly position: TextPosition | undefined

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions & { readonly position?: TextPosition }) {
    super(code, detail, options)
    this.position = options?.position
  }
}
