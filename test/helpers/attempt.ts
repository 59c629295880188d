import type { HttpConnection } from '../../src/client/http-connection.ts'
import type { RequestOptions } from '../../src/client/connection-settings.ts'
import type { HttpResponse } from '../../src/client/http-response.ts'
import { ConnectionError, RemoteProtocolError, WiretapeError } from '../../src/errors.ts'

/** What came of one request. */
export interface Attempt {
  /** Absent where no head came. */
  readonly response: HttpResponse | undefined
  /** What was given of the body, up to its end or the error. */
  readonly body: Buffer
  /** Why there is no whole answer. */
  readonly error: WiretapeError | undefined
}

/** Sends a request and reads its answer to the end. Throws only what is not an error of ours. */
export async function attempt(
  connection: HttpConnection,
  method: string,
  target: string,
  options: RequestOptions = {},
): Promise<Attempt> {
  const pieces: Uint8Array[] = []
  let response: HttpResponse | undefined
  let error: WiretapeError | undefined
  try {
    await connection.request(method, target, options)
    response = await connection.getResponse()
    for await (const piece of response.body) pieces.push(piece)
  } catch (thrown) {
    if (!(thrown instanceof WiretapeError)) throw thrown
    error = thrown
  }
  return { response, body: Buffer.concat(pieces), error }
}

/** The end of an attempt in a word: `complete`, or the code with the system's code or the offset. */
export function endOf({ error }: Pick<Attempt, 'error'>): string {
  if (error === undefined) return 'complete'
  if (error instanceof RemoteProtocolError) return `${error.code} at ${error.offset}`
  const systemCode = error instanceof ConnectionError ? error.systemCode : undefined
  return systemCode === undefined ? error.code : `${error.code} ${systemCode}`
}
