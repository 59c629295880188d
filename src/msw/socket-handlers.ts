import * as msw from 'msw'
import type { WebSocketHandler } from 'msw'
import { LocalProtocolError } from '../errors.ts'
import { bytesOf } from './recorded-answer.ts'
import { contentKey, patternOf, RequestPattern } from './request-pattern.ts'

/** What was said on a WebSocket, as data. */
export interface RecordedTalk {
  /** Such as `wss://api.example.com/chat`. */
  readonly url: string
  /** In the order of time; pings and pongs are not there. */
  readonly said: readonly RecordedSaying[]
}

/** A message of one side, or its close. */
export type RecordedSaying =
  | { readonly by: 'client' | 'server'; readonly text: string }
  | { readonly by: 'client' | 'server'; readonly base64: string }
  | { readonly by: 'client' | 'server'; readonly close: { readonly code?: number; readonly reason: string } }

/**
 * Makes handlers that play recorded WebSockets: one for each URL, several sockets to it in their order; further ones repeat the last. They run in
 * Node and in browsers.
 *
 * The server's messages come once the client has said what it had said before them. A message that is not the recorded one closes the socket
 * with 4400 and a reason, and so does a socket that was not recorded.
 *
 * @throws LocalProtocolError `INVALID_OPTION` if this msw has no `ws`, which it has from 2.6 on.
 */
export function handlersFromTalks(talks: readonly RecordedTalk[]): WebSocketHandler[] {
  if (!('ws' in msw)) throw new LocalProtocolError('INVALID_OPTION', 'WebSockets need msw 2.6 or newer')
  const byUrl = new Map<string, RecordedTalk[]>()
  for (const talk of talks) {
    const url = talk.url.replace(/[?#].*$/s, '')
    byUrl.set(url, [...(byUrl.get(url) ?? []), talk])
  }
  return Array.from(byUrl, ([url, queue]) => {
    const left = [...queue]
    // A process in which msw was set up before reports a socket more than once.
    const met = new Set<string>()
    return msw.ws.link(patternOf(url, '[^/?&#]*')).addEventListener('connection', ({ client }) => {
      if (met.has(client.id)) return
      met.add(client.id)
      const isAsked = (talk: RecordedTalk): boolean => new RequestPattern(talk.url, '').isUrl(client.url.href)
      const talk = left.find(isAsked) ?? queue.findLast(isAsked)
      if (talk !== undefined && left.includes(talk)) left.splice(left.indexOf(talk), 1)
      if (talk === undefined) client.close(NOT_RECORDED, 'wiretape: no such socket was recorded')
      else new Playing(client, talk).start()
    })
  })
}

/** Of those for private use (RFC 6455 section 7.4.2). */
const NOT_RECORDED = 4400

type Client = Pick<msw.WebSocketHandlerConnection['client'], 'send' | 'close' | 'addEventListener'>

class Playing {
  readonly #client: Client
  readonly #said: readonly RecordedSaying[]
  readonly #url: string
  #at = 0
  #heard = 0
  /** Messages are heard one after the other: the content of a Blob comes later. */
  #hearing: Promise<void> = Promise.resolve()

  constructor(client: Client, { said, url }: RecordedTalk) {
    this.#client = client
    this.#said = said
    this.#url = url
  }

  start(): void {
    this.#client.addEventListener('message', ({ data }) => {
      this.#hearing = this.#hearing.then(async () => this.#hear(await contentOf(data)))
    })
    this.#tell()
  }

  #tell(): void {
    for (let next = this.#said[this.#at]; next?.by === 'server'; next = this.#said[this.#at]) {
      this.#at += 1
      if ('close' in next) return this.#client.close(next.close.code, next.close.reason)
      this.#client.send('text' in next ? next.text : new Uint8Array(bytesOf({ base64: next.base64 })))
    }
  }

  #hear(content: string): void {
    const next = this.#said[this.#at]
    this.#heard += 1
    if (next === undefined || 'close' in next || !this.#isSame(content, next))
      return this.#client.close(NOT_RECORDED, `wiretape: message ${this.#heard} is not the recorded one`)
    this.#at += 1
    this.#tell()
  }

  #isSame(content: string, said: Exclude<RecordedSaying, { readonly close: object }>): boolean {
    const recorded = latin1('text' in said ? new TextEncoder().encode(said.text) : bytesOf({ base64: said.base64 }))
    return new RequestPattern(this.#url, recorded).isContent(contentKey(content))
  }
}

/** One character for each byte; only for comparing. */
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')

async function contentOf(data: string | ArrayBufferLike | Blob | ArrayBufferView): Promise<string> {
  if (typeof data === 'string') return latin1(new TextEncoder().encode(data))
  if (data instanceof Blob) return latin1(new Uint8Array(await data.arrayBuffer()))
  return latin1(
    ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data),
  )
}
