import { jsonDocument } from '../content/json-content.ts'
import { isMap } from '../content/normal-form.ts'
import { isUtf8 } from 'node:buffer'
import type { Disguised } from '../content/placeholders.ts'
import { fieldValue } from '../content/decoded-content.ts'
import { isJsonType, mediaTypeOf } from '../content/media-type.ts'
import { type Exchange, type InspectedMessage, readExchanges, segmentAt } from '../messages/exchanges.ts'
import { hasFetchStatus, isFetchable } from '../msw/answers.ts'
import type { Cassette } from '../tape/cassette.ts'
import { toCode } from './code.ts'
import { joinedHeaders } from './requests.ts'
import { stretchesOf } from './variables.ts'

/**
 * The requests of a cassette as a script for k6, which sends them in their order and checks the answers: status, type and the members
 * of a JSON object.
 *
 * Placeholders are read from the environment (`{{token.1}}` from `TOKEN_1`), and so are other origins (`ORIGIN_1`). Recorded data
 * is never code.
 *
 * @param source what the cassette is called, for the first line.
 */
export function toK6(cassette: Cassette, source: string): string {
  const { exchanges } = readExchanges(cassette)
  const script = new Script()
  const steps = exchanges
    .filter(isFetchable)
    .map((exchange, place, all) => script.step(exchange, place, all[place - 1]))
  const left = exchanges.length - steps.length
  const notes = [
    `Made by \`wiretape generate k6\` from ${source}.`,
    ...(left === 0 ? [] : [`Not in it: ${left} requests that are not for a URL of HTTP.`]),
  ]
  return `${notes.map((note) => `// ${note.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')}\n`).join('')}${HEAD}
${script.origins()}
export default function () {
${steps.join('\n')}}
`
}

/** Of the script that is made, not of this module. */
const HEAD = `${["{ check, sleep } from 'k6'", "encoding from 'k6/encoding'", "http from 'k6/http'"].map((what) => `import ${what}\n`).join('')}
/** How many times as fast as it was recorded; 0: without waiting. */
const PACE = Number(__ENV.PACE || '0')

/** What stands for a secret has to be given: k6 run -e TOKEN_1=... */
function given(name) {
  const value = __ENV[name]
  if (value === undefined) throw new Error(\`set \${name}\`)
  return value
}

function pause(seconds) {
  if (PACE > 0) sleep(seconds / PACE)
}

function send(method, url, body, headers, wanted) {
  // Cookies and redirects were recorded as requests of their own.
  const response = http.request(method, url, body, { headers, redirects: 0, jar: new http.CookieJar(), tags: { name: wanted.name } })
  check(response, {
    [\`\${wanted.name}: status\`]: (r) => r.status === wanted.status,
    [\`\${wanted.name}: type\`]: (r) => wanted.type === '' || String(r.headers['Content-Type']).toLowerCase().startsWith(wanted.type),
    [\`\${wanted.name}: members\`]: (r) => wanted.members.length === 0 || wanted.members.every((member) => member in Object(r.json())),
  })
  return response
}
`

class Script {
  readonly #origins = new Map<string, string>()

  /** One request, after the pause that was before it. */
  step(exchange: Exchange, place: number, before: Exchange | undefined): string {
    const { request, url } = exchange
    const { disguised } = exchange.connection
    const { origin } = new URL(url)
    const name = this.#origins.get(origin) ?? `ORIGIN_${this.#origins.size + 1}`
    this.#origins.set(origin, name)
    const pause = before === undefined ? 0 : (startOf(exchange) - startOf(before)) / 1000
    const waits = pause <= 0 ? '' : `  pause(${Math.round(pause * 1000) / 1000})\n`
    const target = expressionOf(url.replace(/^https?:\/\/[^/?#]*/i, ''), disguised)
    const lines = [
      toCode(request.method),
      `${name} + ${target}`,
      bodyOf(request, disguised),
      headersOf(exchange, disguised),
      // On one line: a text in JSON has no line end in it.
      toCode(wantedOf(exchange, place)).replaceAll(/\n\s*/g, ' '),
    ]
    return `${waits}  send(${lines.join(', ')})\n`
  }

  origins(): string {
    return Array.from(this.#origins, ([origin, name]) => `const ${name} = __ENV.${name} || ${toCode(origin)}\n`).join(
      '',
    )
  }
}

const startOf = ({ connection, request }: Exchange): number => segmentAt(connection.sent, request.start)?.event.at ?? 0

/** What is checked of the answer; one that was cut off, or that no `fetch` gives, has status 0 for k6. */
function wantedOf({ request, response, isWhole, url }: Exchange, place: number): object {
  const name = `${place + 1} ${request.method} ${new URL(url).pathname}`
  if (response === undefined || !isWhole || !hasFetchStatus(response)) return { name, status: 0, type: '', members: [] }
  const type = mediaTypeOf(fieldValue(response.fields, 'content-type'))
  return { name, status: response.status, type: type.essence, members: isJsonType(type) ? membersOf(response) : [] }
}

/** Names of the members of a JSON object; one that is coded is not looked into. */
function membersOf({ body }: InspectedMessage): readonly string[] {
  const value = jsonDocument(Buffer.from(body).toString())?.value
  return isMap(value) ? Object.keys(value) : []
}

/** Text stays readable; bytes are base64. */
function bodyOf({ body }: InspectedMessage, disguised: Disguised): string {
  if (body.length === 0) return 'null'
  const bytes = Buffer.from(body)
  return isUtf8(bytes)
    ? expressionOf(bytes.toString(), disguised)
    : `encoding.b64decode(${toCode(bytes.toString('base64'))})`
}

function headersOf(exchange: Exchange, disguised: Disguised): string {
  const members = Array.from(
    joinedHeaders(exchange),
    ([name, value]) => `[${toCode(name)}]: ${expressionOf(value, disguised)}`,
  )
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** Literals, and values of the environment where placeholders stand. */
function expressionOf(text: string, disguised: Disguised): string {
  const parts = stretchesOf(text, disguised).map((stretch) =>
    stretch.type === 'text' ? toCode(stretch.text) : `given(${toCode(variableOf(stretch.name))})`,
  )
  return parts.length === 0 ? "''" : parts.join(' + ')
}

/** `token.1` is `TOKEN_1`: names of variables of the environment have capitals, digits and underscores. */
const variableOf = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
