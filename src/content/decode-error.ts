import { type ErrorCode, WiretapeError } from '../errors.ts'

/** A place in a text: the offset counts UTF-16 units from 0, line and column count from 1. */
export interface TextPosition {
  readonly offset: number
  readonly line: number
  readonly column: number
}

/**
 * A body is not what its header fields say, or not what the caller takes it for.
 *
 * The connection is sound and the answer is not lost: the body can be read again in another way, `bytes()` gives it as it came.
 */
export class DecodeError extends WiretapeError {
  override readonly name = 'DecodeError'
  /** Where in the text, for a text of the wrong form. */
  readonly position: TextPosition | undefined

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions & { readonly position?: TextPosition }) {
    super(code, detail, options)
    this.position = options?.position
  }
}
