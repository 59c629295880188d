import { http, type HttpHandler, HttpResponse } from 'msw'
import { type ConnectorFetch, fetchOver } from '../entries/fetch.ts'
import type { OpenCassette } from '../index.ts'

/**
 * A handler that sends what no handler before it answers to the server over the connector of a cassette, which records it, bytes and all.
 *
 * ```ts
 * const cassette = await useCassette('users', { mode: 'new_episodes' })
 * const server = setupServer(...handlers, recordThrough(cassette))
 * ```
 *
 * For Node. A server that cannot be reached, and a miss, are network errors; the process warns of the reason. Where the cassette replays, the recorded answer is given; so a test may stay as it is.
 */
export function recordThrough(cassette: OpenCassette): HttpHandler {
  // A redirect is the asking client's to follow.
  const fetch = fetchOver(cassette.connector)
  return http.all(/^https?:/, async ({ request }) => {
    const answer = await whole(fetch, request).catch(failed)
    if (answer instanceof Error) return HttpResponse.error()
    const { response, body } = answer
    const headers = [...response.headers].filter(([name]) => !DECODED.has(name))
    return new Response(body, { status: response.status, statusText: response.statusText, headers })
  })
}

async function whole(
  fetch: ConnectorFetch,
  request: Request,
): Promise<{ response: Response; body: ArrayBuffer | null }> {
  const response = await fetch(request.clone(), { redirect: 'manual' })
  return { response, body: response.body === null ? null : await response.arrayBuffer() }
}

/** msw would make an answer with status 500 of an exception; what went wrong is told, as the network error has no place for it. */
function failed(error: unknown): Error {
  const failure = error instanceof Error ? error : new Error(String(error))
  process.emitWarning(failure.message, {
    type: 'WiretapeWarning',
    code: 'code' in failure ? String(failure.code) : 'FAILED',
  })
  return failure
}

/** The body is decoded, and whole. */
const DECODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding'])
