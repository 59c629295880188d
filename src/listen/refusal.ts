import { type ErrorCode, WiretapeError } from '../errors.ts'

/** A request that a served cassette refuses to answer, even if the answer was recorded. */
export class ServeRefusal extends WiretapeError {
  override readonly name = 'ServeRefusal'
  /** The status of the answer that the client gets instead. */
  readonly status: number

  constructor(code: ErrorCode, status: number, detail: string) {
    super(code, detail)
    this.status = status
  }
}
