import type { AnswerHook, HookHeader } from '../index.ts'
import { parseOrigin } from '../transport.ts'

/** A field of an answer, and who gets it. */
interface Asked {
  /** The page that asks, as it says in `Origin`. */
  readonly page: string | undefined
  /** Whether an answer was recorded for a page at `origin`. */
  readonly wasFor: (origin: string) => boolean
  /** The host that is asked. */
  readonly host: string
}

/**
 * What of an answer a browser refuses, as it was recorded for a page or a host at another address: the permission that names the recorded page
 * (CORS), or a cookie for the domain of another host.
 */
export function misfitOf(
  [name, value]: HookHeader,
  { page, wasFor, host }: Asked,
): 'permission' | 'cookie' | undefined {
  const field = name.toLowerCase()
  if (field === 'access-control-allow-origin')
    return page !== undefined && value !== page && wasFor(value) ? 'permission' : undefined
  if (field !== 'set-cookie') return undefined
  const domain = domainOf(value)
  return domain === undefined || matches(host, domain) ? undefined : 'cookie'
}

/** Makes such answers fit: the permission names the page that asks, and the cookie is one of the host that answers. */
export const mendOrigins =
  (before: AnswerHook | undefined): AnswerHook =>
  async (answer) => {
    const given = await before?.(answer)
    const { headers } = given ?? answer.response
    const recordedPage = valueOf(answer.request.headers, 'origin')
    const asked: Asked = {
      page: valueOf(answer.asked.headers, 'origin'),
      wasFor: (origin) => origin === recordedPage,
      host: parseOrigin(`http://${valueOf(answer.asked.headers, 'host')}`)?.host ?? '',
    }
    const mended = headers.map((header) => mend(header, asked))
    if (mended.every((header, place) => header === headers[place])) return given
    return { ...(given ?? answer.response), headers: mended }
  }

function mend(header: HookHeader, asked: Asked): HookHeader {
  const [name, value] = header
  switch (misfitOf(header, asked)) {
    case 'permission':
      return [name, asked.page ?? value]
    case 'cookie':
      return [name, value.replace(DOMAIN, '')]
    case undefined:
      return header
  }
}

const valueOf = (headers: readonly HookHeader[], field: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === field)?.[1]

const DOMAIN = /;[ \t]*domain=\.?([^;]*)/i

/** The `Domain` of a cookie, if it has one. */
export const domainOf = (cookie: string): string | undefined => DOMAIN.exec(cookie)?.[1]?.trim().toLowerCase()

/** RFC 6265 section 5.3: a browser drops a cookie whose domain does not match the host. */
const matches = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`)
