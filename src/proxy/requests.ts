import { isIP } from 'node:net'
import { ServeRefusal } from '../listen/refusal.ts'
import type { RequestHead } from '../http1/events.ts'
import { formatAuthority, type Origin, parseOrigin } from '../transport.ts'
import type { Target } from './target.ts'

/** A request as it goes to its origin. */
export interface OwnRequest {
  readonly origin: Origin
  readonly bytes: Uint8Array
}

/**
 * A request to a proxy (absolute-form, RFC 9112 section 3.2.2) as it goes to its origin, so that a cassette is the same by every way in: the
 * target becomes a path, `Host` names the origin, and what was for the proxy goes. Nothing else changes.
 *
 * @throws ServeRefusal `BAD_PROXY_REQUEST`, `BAD_HOST`.
 */
export function inOriginForm(head: RequestHead, bytes: Buffer): OwnRequest {
  checkOneHost(head)
  const { method, target } = head
  if (target.startsWith('/') || target === '*' || method === 'CONNECT')
    throw new ServeRefusal(
      'BAD_PROXY_REQUEST',
      400,
      method === 'CONNECT'
        ? 'a tunnel is the only thing that its connection is for'
        : `${method} ${target} has no host: give the address of this proxy as a proxy and not as that of the server; a server is what \`wiretape proxy --to URL\` stands for`,
    )
  const [, , userinfo] = /^(https?):\/\/([^/?#]*@)?/i.exec(target) ?? []
  const origin = parseOrigin(target)
  if (origin === undefined || (origin.protocol !== 'http' && origin.protocol !== 'https') || userinfo !== undefined)
    throw new ServeRefusal(
      'BAD_PROXY_REQUEST',
      400,
      `${JSON.stringify(target.slice(0, 200))} is not an http or https URL with a host`,
    )
  return { origin, bytes: rewritten(head, bytes, origin) }
}

/**
 * Where a request goes that came through a tunnel to `target`. If that is only an address, the name in `Host` is the origin: a client that
 * looks up names by itself should not make another cassette.
 *
 * @throws ServeRefusal `BAD_HOST`.
 */
export function originIn(head: RequestHead, target: Target, protocol: 'http' | 'https'): Origin {
  checkOneHost(head)
  const named = isIP(target.host) === 0 ? undefined : namedIn(head, target, protocol)
  return { protocol, host: named ?? target.host, port: target.port }
}

function namedIn(head: RequestHead, { port }: Target, protocol: 'http' | 'https'): string | undefined {
  const host = head.fields.find(({ name }) => name.toLowerCase() === 'host')?.value ?? ''
  const named = parseOrigin(`${protocol}://${host}`)
  return named === undefined || named.port !== port || isIP(named.host) !== 0 ? undefined : named.host
}

/** RFC 9112 section 3.2: a request with no `Host`, or with several, has to be refused. */
function checkOneHost({ version, fields }: RequestHead): void {
  const count = fields.filter(({ name }) => name.toLowerCase() === 'host').length
  if (count === 1 || (count === 0 && version === '1.0')) return
  throw new ServeRefusal('BAD_HOST', 400, count === 0 ? 'HTTP/1.1 without Host' : `it has ${count}`)
}

function rewritten({ method, target, fields }: RequestHead, bytes: Buffer, origin: Origin): Uint8Array {
  const text = bytes.toString('latin1')
  const start = text.indexOf(`${method} `) + method.length + 1
  const [startLine = '', ...lines] = text.slice(start + target.length).split('\r\n')
  const own = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '')
  const path = own === '' && method === 'OPTIONS' ? '*' : own.startsWith('/') ? own : `/${own}`
  const hasHost = fields.some(({ name }) => name.toLowerCase() === 'host')
  const kept = lines
    .filter((line) => !/^proxy-(?:connection|authorization):/i.test(line))
    .map((line) => hostLine(line, origin))
  const all = hasHost ? kept : [`Host: ${formatAuthority(origin)}`, ...kept]
  return Buffer.from(`${text.slice(0, start)}${path}${[startLine, ...all].join('\r\n')}`, 'latin1')
}

/** The line as it is, unless it is `Host` and names another host than the URL does: then the URL counts (RFC 9112 section 3.2.2). */
function hostLine(line: string, origin: Origin): string {
  const [start, value] = /^host:[ \t]*(.*?)[ \t]*$/i.exec(line) ?? []
  if (start === undefined || value === undefined) return line
  const asked = parseOrigin(`${origin.protocol}://${value}`)
  const isSame = asked?.host === origin.host && asked.port === origin.port
  return isSame ? line : `${line.slice(0, 5)} ${formatAuthority(origin)}`
}
