import { type ErrorCode, WiretapeError } from '../errors.ts'

/** A client of a served cassette is not answered from it, whatever was recorded. */
export class ServeRefusal extends WiretapeError {
  override readonly name = 'ServeRefusal'
  /** The status of the answer that it gets instead. */
  readonly status: number

  constructor(code: ErrorCode, status: number, detail: string) {
    super(code, detail)
    this.status = status
  }
}
