import { isIP } from 'node:net'
import { isHostOf } from '../templates/host-form.ts'
import type { Interaction } from '../interactions/interaction.ts'
import type { RequestHead } from '../http1/events.ts'
import { hostOf, isLocalhost, isLoopback } from '../listen/addresses.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { formatAuthority, type Origin, parseOrigin } from '../transport.ts'

export interface ChooserOptions {
  /** The recorded origins that speak HTTP, as `formatOrigin` gives them. */
  readonly origins: readonly string[]
  readonly interactions: readonly Interaction[]
  /** The origin that every request means; `undefined`: each request says it. */
  readonly origin: string | undefined
  /** Names of this machine besides addresses and `localhost`. */
  readonly allowHosts: readonly string[]
  readonly isTls: boolean
}

/**
 * Decides which recorded origin a request means, as one address may serve several.
 *
 * Names that were not recorded are refused: a web page whose name resolves to this machine (DNS rebinding), or that sends
 * requests here from elsewhere, must not read what was recorded.
 */
export class OriginChooser {
  readonly #options: ChooserOptions
  readonly #byAuthority = new Map<string, string[]>()
  /** Origins with such a recorded request, by method and target, and by path. */
  readonly #byRequest = new Map<string, string[]>()
  /** Origins of pages that recorded clients came from, by `Origin` and `Referer`. */
  readonly #pages = new Set<string>()
  /** Whether recorded clients were pages of other sites that do not say which. */
  #hasCrossSite = false
  readonly #hosts: ReadonlySet<string>

  constructor(options: ChooserOptions) {
    this.#options = options
    this.#hosts = new Set(options.allowHosts.map((host) => host.toLowerCase()))
    for (const origin of preferred(options))
      for (const authority of authoritiesOf(origin)) addTo(this.#byAuthority, authority, origin)
    for (const { origin, request } of options.interactions) {
      for (const key of keysOf(request)) addTo(this.#byRequest, key, origin)
      const page = pageOf(request)
      if (page !== undefined) this.#pages.add(page)
      else this.#hasCrossSite ||= isCrossSite(request)
    }
  }

  /** @throws ServeRefusal `BAD_HOST`, `MISDIRECTED` or `FOREIGN_ORIGIN`. */
  readonly originOf = (head: RequestHead): string => {
    checkHost(head)
    const authority = authorityOf(head)
    const named = authority === undefined ? undefined : this.#originsNamed(authority)
    if (named === undefined && authority !== undefined) this.#checkIsHere(authority)
    this.#checkPage(head)
    return this.#options.origin ?? this.#likeliest(head, named ?? this.#options.origins)
  }

  /** The first origin with such a recorded request, if need be with another query; otherwise the first origin. */
  #likeliest(head: RequestHead, origins: readonly string[]): string {
    for (const key of origins.length > 1 ? keysOf(head) : []) {
      const known = this.#byRequest.get(key)
      const found = known && origins.find((origin) => known.includes(origin))
      if (found !== undefined) return found
    }
    return origins[0] ?? ''
  }

  /** By the very name, or by one with placeholders that it may stand for. */
  #originsNamed(authority: string): readonly string[] | undefined {
    const known = this.#byAuthority.get(authority)
    if (known !== undefined) return known
    return [...this.#byAuthority].find(([recorded]) => isHostOf(recorded, authority))?.[1]
  }

  #checkIsHere(authority: string): void {
    const host = hostOf(authority)
    if (isIP(host) !== 0 || isLocalhost(host) || this.#hosts.has(host)) return
    const known = [...this.#byAuthority.keys()].join(', ')
    throw new ServeRefusal(
      'MISDIRECTED',
      421,
      `${JSON.stringify(authority)}; recorded are ${known}; allowHosts: [${JSON.stringify(host)}] takes it for a name of this machine`,
    )
  }

  /**
   * A page from elsewhere may send requests here, could read an answer that has `Access-Control-Allow-Origin: *`, and would use up
   * answers. Pictures, scripts and links have no `Origin`, only `Referer` and `Sec-Fetch-Site`, if that.
   */
  #checkPage(head: RequestHead): void {
    const page = pageOf(head) ?? (isCrossSite(head) && !this.#hasCrossSite ? 'a page of another site' : undefined)
    if (page === undefined || this.#pages.has(page)) return
    const host = URL.canParse(page) ? hostOf(new URL(page).host) : ''
    if (isLoopback(host) || this.#hosts.has(host) || this.#byAuthority.has(authorityIn(page))) return
    throw new ServeRefusal(
      'FOREIGN_ORIGIN',
      403,
      `${JSON.stringify(page)}; allowHosts lets pages of a host read what was recorded`,
    )
  }
}

/** The origin of the page that sends a request, if it says so. */
function pageOf(head: Pick<RequestHead, 'fields'>): string | undefined {
  const origin = valueOf(head, 'origin')
  if (origin !== undefined) return origin
  const referer = valueOf(head, 'referer') ?? ''
  return URL.canParse(referer) ? new URL(referer).origin : undefined
}

/** W3C Fetch Metadata, section 2.3. */
const isCrossSite = (head: Pick<RequestHead, 'fields'>): boolean =>
  valueOf(head, 'sec-fetch-site')?.toLowerCase() === 'cross-site'

/** RFC 9112 section 3.2; the absolute-form needs the field, too. */
function checkHost({ version, fields }: RequestHead): void {
  const count = fields.filter(({ name }) => name.toLowerCase() === 'host').length
  if (count === 1 || (count === 0 && version === '1.0')) return
  throw new ServeRefusal('BAD_HOST', 400, count === 0 ? 'HTTP/1.1 without Host' : `it has ${count}`)
}

/** Origins with the protocol of this server come first: `http` and `https` of one host have the same `Host`. */
function preferred({ origins, isTls }: ChooserOptions): readonly string[] {
  const isAlike = (origin: string): boolean => origin.startsWith('https:') === isTls
  return [...origins.filter(isAlike), ...origins.filter((origin) => !isAlike(origin))]
}

/** With the port, and also without it if it is the default one. */
function authoritiesOf(text: string): readonly string[] {
  const origin = parseOrigin(text)
  return origin === undefined ? [] : [...new Set([formatAuthority(origin), withPort(origin)])]
}

const withPort = ({ host, port }: Origin): string => `${host.includes(':') ? `[${host}]` : host}:${port}`

/** From the absolute-form, as clients of a proxy send it, or from `Host` (RFC 9112 section 3.2.2). */
function authorityOf(head: RequestHead): string | undefined {
  const [, authority] = /^https?:\/\/([^/?#]*)/i.exec(head.target) ?? []
  const named = (authority ?? valueOf(head, 'host'))?.toLowerCase()
  return named === '' ? undefined : named
}

const authorityIn = (url: string): string => /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase() ?? ''

function keysOf({ method, target }: Pick<RequestHead, 'method' | 'target'>): readonly string[] {
  const origin = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? ''
  const own = target.slice(origin.length)
  return [`${method} ${own}`, own.split('?', 1)[0] ?? '']
}

function valueOf({ fields }: Pick<RequestHead, 'fields'>, name: string): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === name)?.value
}

function addTo(map: Map<string, string[]>, key: string, origin: string): void {
  const others = map.get(key)
  if (others === undefined) map.set(key, [origin])
  else if (!others.includes(origin)) others.push(origin)
}
