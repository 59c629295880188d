import { http, type HttpHandler, HttpResponse } from 'msw'
import { type ConnectorFetch, fetchOver } from '../entries/fetch.ts'
import type { OpenCassette } from '../index.ts'
import { clearTimeout, setTimeout } from '../timers.ts'

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

interface Answer {
  readonly response: Response
  readonly body: ReadableStream<Uint8Array> | Uint8Array | null
}

/**
 * The body is whole if it can be, since msw 3 may give a client one that breaks off as if that were all. What may never end comes as a stream:
 * at once by its type, or when it has not come to its end in time.
 */
async function answered(fetch: ConnectorFetch, request: Request): Promise<Answer> {
  const response = await fetch(request.clone(), { redirect: 'manual' })
  const { body } = response
  const isStream = body === null || STREAMED.test(response.headers.get('content-type') ?? '')
  return { response, body: isStream ? body : await wholeInTime(body) }
}

/** All of a body, or a stream of it if it is not whole after {@link LONGEST_WAIT}. */
async function wholeInTime(body: ReadableStream<Uint8Array>): Promise<Uint8Array | ReadableStream<Uint8Array>> {
  const reader = body.getReader()
  const read: Uint8Array[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  const isLate = new Promise<undefined>((late) => (timer = setTimeout(late, LONGEST_WAIT, undefined)))
  try {
    for (;;) {
      const next = reader.read()
      const part = await Promise.race([next, isLate])
      if (part === undefined) return restOf(read, next, reader)
      if (part.done) return Buffer.concat(read)
      read.push(part.value)
    }
  } finally {
    clearTimeout(timer)
  }
}

/** What was read, what is being read, and everything after it. */
function restOf(read: readonly Uint8Array[], next: Read, reader: Reader): ReadableStream<Uint8Array> {
  let coming: Read | undefined = next
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of read) controller.enqueue(part)
    },
    async pull(controller) {
      const part = await (coming ?? reader.read())
      coming = undefined
      if (part.done) controller.close()
      else controller.enqueue(part.value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Read = ReturnType<Reader['read']>

/** Milliseconds from the head on. */
const LONGEST_WAIT = 500

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
