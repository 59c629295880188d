import { http, type HttpHandler } from 'msw'
import { fetchOver, type OpenCassette } from '../index.ts'

/**
 * A handler that sends what no handler before it answers to the server over the connector of a cassette, which records it, bytes and all.
 *
 * ```ts
 * const cassette = await useCassette('users', { mode: 'new_episodes' })
 * const server = setupServer(...handlers, recordThrough(cassette))
 * ```
 *
 * For Node. Where the cassette replays, the recorded answer is given; so a test may stay as it is.
 */
export function recordThrough(cassette: OpenCassette): HttpHandler {
  // A redirect is the asking client's to follow.
  const fetch = fetchOver(cassette.connector)
  return http.all(/^https?:/, async ({ request }) => {
    const response = await fetch(request.clone(), { redirect: 'manual' })
    const body = response.body === null ? null : await response.arrayBuffer()
    const headers = [...response.headers].filter(([name]) => !DECODED.has(name))
    return new Response(body, { status: response.status, statusText: response.statusText, headers })
  })
}

/** The body is decoded, and whole. */
const DECODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding'])
