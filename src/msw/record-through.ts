import { http, type HttpHandler, HttpResponse } from 'msw'
import { type ConnectorFetch, fetchOver } from '../entries/fetch.ts'
import type { OpenCassette } from '../index.ts'

/**
 * Makes a handler for requests that no earlier handler answers: it sends them to the server over the connector of a cassette, which records
 * every byte.
 *
 * ```ts
 * const cassette = await useCassette('users', { mode: 'new_episodes' })
 * const server = setupServer(...handlers, recordThrough(cassette))
 * ```
 *
 * For Node. A server that cannot be reached, and a miss, are network errors; a process warning gives the reason. If the cassette replays, the
 * client gets the recorded answer, so a test need not change.
 */
export function recordThrough(cassette: OpenCassette): HttpHandler {
  // Following a redirect is up to the client.
  const fetch = fetchOver(cassette.connector)
  return http.all(/^https?:/, async ({ request }) => {
    const answer = await answered(fetch, request).catch(failed)
    if (answer instanceof Error) return HttpResponse.error()
    const { response, body } = answer
    const headers = [...response.headers].filter(([name]) => !DECODED.has(name))
    return new Response(body, { status: response.status, statusText: response.statusText, headers })
  })
}

/** The body is whole, since one that breaks off makes msw 3 hang; but for a stream of events, which may never end. */
async function answered(
  fetch: ConnectorFetch,
  request: Request,
): Promise<{ response: Response; body: ArrayBuffer | ReadableStream<Uint8Array> | null }> {
  const response = await fetch(request.clone(), { redirect: 'manual' })
  if (response.body === null || STREAMED.test(response.headers.get('content-type') ?? ''))
    return { response, body: response.body }
  return { response, body: await response.arrayBuffer() }
}

const STREAMED = /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/(?:x-ndjson|jsonl|x-json-stream))\b/i

/** msw would turn an exception into an answer with status 500. A network error cannot carry the reason, so a warning does. */
function failed(error: unknown): Error {
  const failure = reasonOf(error)
  process.emitWarning(failure.message, {
    type: 'WiretapeWarning',
    code: 'code' in failure ? String(failure.code) : 'FAILED',
  })
  return failure
}

/** `fetch` puts a `TypeError` around the reason. */
function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  return error.cause instanceof Error ? error.cause : error
}

/** The body is decoded, and has no frame. */
const DECODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding'])
