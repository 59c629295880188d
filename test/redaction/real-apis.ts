import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Cassette, TapeEvent } from '../../src/tape/cassette.ts'

/** What `makeApis` of the shared data gives: exchanges with a service, and what is secret and harmless in them. */
export interface Api {
  readonly name: string
  readonly host: string
  readonly ex: readonly Exchange[]
  readonly secrets: Readonly<Record<string, string | number>>
  readonly benign: Readonly<Record<string, string | number>>
}

export interface Exchange {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
  readonly response: {
    readonly status: number
    readonly headers: readonly (readonly [name: string, value: string])[]
    readonly body: string
  }
}

const DATA = new URL('../../../shared/secrets/apis.mjs', import.meta.url)

/** Where the data is; `undefined` on a machine without it. */
export const apisPath = existsSync(DATA) ? fileURLToPath(DATA) : undefined

export async function loadApis(seed: string): Promise<readonly Api[]> {
  const module: { readonly makeApis: (seed: string) => readonly Api[] } = await import(DATA.href)
  return module.makeApis(seed)
}

/** The conversation as a client and a server would hold it on one connection. */
export function cassetteOf({ host, ex }: Api): Cassette {
  const tape: TapeEvent[] = [{ type: 'open', connection: 1, at: 0, to: `https://${host}`, took: 1 }]
  for (const [index, exchange] of ex.entries()) {
    tape.push({ type: 'sent', connection: 1, at: index * 2 + 1, bytes: requestBytes(host, exchange) })
    tape.push({ type: 'received', connection: 1, at: index * 2 + 2, bytes: responseBytes(exchange) })
  }
  return { version: 1, recorded: { at: '2026-01-01T00:00:00.000Z', by: 'test', node: '20.19.0' }, tape }
}

export function requestBytes(host: string, { method, target, headers, body }: Exchange): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${host}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ]
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}

function responseBytes({ response: { status, headers, body } }: Exchange): Buffer {
  const lines = [`HTTP/1.1 ${status} Status`, ...headers.map(([name, value]) => `${name}: ${value}`)]
  lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** Everything that a cassette says, byte by byte. */
export const textOf = ({ tape }: Cassette): string =>
  tape
    .map((event) => {
      if ('bytes' in event) return Buffer.from(event.bytes).toString('latin1')
      return JSON.stringify(event)
    })
    .join('\n')

/** Whether a value stands in a text: plain, percent-encoded, in JSON, HTML, hex, or base64 at any alignment. */
export function standsIn(text: string, secret: string | number): boolean {
  const value = String(secret)
  const bytes = Buffer.from(value)
  const forms = new Set([
    value,
    bytes.toString('latin1'),
    encodeURIComponent(value),
    encodeURIComponent(encodeURIComponent(value)),
    encodeURIComponent(value).replaceAll('%20', '+'),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ])
  if (bytes.length >= 6)
    for (const lead of [0, 1, 2]) {
      const coded = Buffer.concat([Buffer.alloc(lead), bytes]).toString('base64')
      const core = coded.slice(lead === 0 ? 0 : lead + 1, Math.floor(((lead + bytes.length) * 4) / 3))
      forms.add(core)
      forms.add(core.replaceAll('+', '-').replaceAll('/', '_'))
    }
  return [...forms].some((form) => form.length > 3 && text.includes(form))
}
