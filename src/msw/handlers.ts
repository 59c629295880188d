import { http, type HttpHandler, HttpResponse } from 'msw'
import { contentKey, patternOf, RequestPattern } from './request-pattern.ts'
import { bytesOf, type RecordedAnswer, type RecordedResponse } from './recorded-answer.ts'
import { checkOptions } from '../options.ts'

/** How handlers answer. */
export interface HandlerOptions {
  /**
   * Whether to repeat the last answer to a request that comes more often than it was recorded; if not, the request is
   * left to the next handler, and in the end to `onUnhandledRequest`. Default: `true`.
   */
  readonly allowPlaybackRepeats?: boolean | undefined
}

/**
 * Makes handlers that return recorded answers: one for each URL, with repeated requests in their order. They run in Node and in browsers.
 *
 * If there was no answer, or only part of one, the client gets a network error, as from `fetch`.
 */
export function handlersFromAnswers(answers: readonly RecordedAnswer[], options: HandlerOptions = {}): HttpHandler[] {
  checkOptions('handlers', options, { allowPlaybackRepeats: true })
  const { allowPlaybackRepeats = true } = options
  const byUrl = new Map<string, Queue>()
  for (const answer of answers) {
    const url = withoutQuery(answer.url)
    const queue = byUrl.get(url) ?? new Queue(allowPlaybackRepeats)
    byUrl.set(url, queue)
    queue.add(answer)
  }
  return Array.from(byUrl, ([url, queue]) =>
    http.all(patternOf(url, '[^/?&#]*', queue.hidden), async ({ request }) => {
      const answer = queue.take(request.method, request.url, await contentOf(request))
      return answer && responseOf(answer, request.method)
    }),
  )
}

/** The answers for one URL without its query. */
class Queue {
  readonly #repeats: boolean
  readonly #answers: (readonly [answer: RecordedAnswer, pattern: RequestPattern])[] = []
  readonly #played = new Set<RecordedAnswer>()

  constructor(repeats: boolean) {
    this.#repeats = repeats
  }

  /** What stands for secrets in the requests and does not show it. */
  get hidden(): readonly string[] {
    return this.#answers.flatMap(([{ hidden = [] }]) => hidden)
  }

  add(answer: RecordedAnswer): void {
    const { url, sent = {}, hidden } = answer
    this.#answers.push([answer, new RequestPattern(withoutHash(url), textOf(bytesOf(sent)), hidden)])
  }

  /** The next answer for a request with this content; one with another content is not answered. */
  take(method: string, url: string, content: string): RecordedAnswer | undefined {
    const [key, asked] = [contentKey(content), withoutHash(url)]
    const candidates = this.#answers
      .filter(([one, pattern]) => one.method === method && pattern.isUrl(asked) && pattern.isContent(key))
      .map(([one]) => one)
    const next = candidates.find((one) => !this.#played.has(one)) ?? (this.#repeats ? candidates.at(-1) : undefined)
    if (next !== undefined) this.#played.add(next)
    return next
  }
}

const withoutQuery = (url: string): string => withoutHash(url).replace(/\?.*$/s, '')

/** As `Request` writes it: `http://api.test` becomes `http://api.test/`. */
function withoutHash(text: string): string {
  const url = new URL(text)
  url.hash = ''
  return url.href
}

const contentOf = async (request: Request): Promise<string> =>
  textOf(new Uint8Array(await request.clone().arrayBuffer()))

/** One character for each byte; only for comparing. */
const textOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

function responseOf({ response }: RecordedAnswer, method: string): Response {
  if (response === undefined) return HttpResponse.error()
  const { status, reason, headers, body } = response
  const content = hasNoBody(response, method) || body === undefined ? null : bytesOf(body)
  return new HttpResponse(content, {
    status,
    statusText: reason,
    headers: headers.map(([name, value]) => [name, value]),
  })
}

/** WHATWG Fetch, null body status. */
const hasNoBody = ({ status }: RecordedResponse, method: string): boolean =>
  method === 'HEAD' || status === 204 || status === 205 || status === 304
