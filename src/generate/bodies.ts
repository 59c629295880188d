import { isUtf8 } from 'node:buffer'
import type { Cassette } from '../tape/cassette.ts'
import { decodedWithin, DecodingBudget, fieldValue } from '../content/decoded-content.ts'
import { mediaTypeOf } from '../content/media-type.ts'
import { readExchanges } from '../messages/exchanges.ts'
import { isFetchable } from '../msw/answers.ts'
import { fileNameOf } from './requests.ts'

/** The content of one message as a file. */
export interface BodyFile {
  /** A plain name, the same on every system: place, method and path of the request, `request` or `response`. */
  readonly name: string
  /** Place of the interaction in the cassette, from 0. */
  readonly interaction: number
  readonly method: string
  readonly url: string
  /** 0 for the content of a request. */
  readonly status: number
  /** As the message says, `''` where it does not. */
  readonly type: string
  /** Without its content coding, unless `coding` names one. */
  readonly bytes: Uint8Array
  /** The content coding, where the bytes are still in it because they decode to too many; otherwise `''`. */
  readonly coding: string
}

/** All contents of a cassette, decoded: 64 MiB at most, what would exceed that stays in its coding. */
export function toBodyFiles(cassette: Cassette): readonly BodyFile[] {
  const budget = new DecodingBudget()
  return readExchanges(cassette).exchanges.flatMap((exchange, interaction) => {
    if (!isFetchable(exchange)) return []
    const { url, request, response } = exchange
    const messages = response === undefined ? [request] : [request, response]
    return messages.flatMap((message) => {
      if (message.body.length === 0) return []
      const { content: bytes, isTooLarge } = decodedWithin(message.body, message.fields, budget)
      const coding = isTooLarge ? fieldValue(message.fields, 'content-encoding') : ''
      const type = fieldValue(message.fields, 'content-type')
      const extension = coding === '' ? extensionOf(type, bytes) : 'bin'
      const name = `${fileNameOf(interaction, exchange)}.${message.type}.${extension}`
      return [{ name, interaction, method: request.method, url, status: message.status, type, coding, bytes }]
    })
  })
}

// oxfmt-ignore
const EXTENSIONS: readonly (readonly [RegExp, string])[] = [
  [/^application\/(?:[\w.-]+\+)?json\b/, 'json'], [/^application\/(?:x-)?ndjson\b/, 'ndjson'], [/^text\/html\b/, 'html'], [/^text\/css\b/, 'css'],
  [/^(?:text|application)\/javascript\b/, 'js'], [/^(?:text|application)\/(?:[\w.-]+\+)?xml\b/, 'xml'], [/^text\/csv\b/, 'csv'], [/^image\/svg\+xml\b/, 'svg'],
  [/^image\/png\b/, 'png'], [/^image\/jpeg\b/, 'jpg'], [/^image\/gif\b/, 'gif'], [/^image\/webp\b/, 'webp'], [/^application\/pdf\b/, 'pdf'],
  [/^application\/zip\b/, 'zip'], [/^text\//, 'txt'],
]

function extensionOf(type: string, bytes: Uint8Array): string {
  const known = EXTENSIONS.find(([pattern]) => pattern.test(mediaTypeOf(type).essence))
  return known === undefined ? (isUtf8(bytes) ? 'txt' : 'bin') : known[1]
}
