import type { HookHeader, HookInteraction, InteractionHook } from '../index.ts'
import { formatOrigin, type Origin, parseOrigin } from '../transport.ts'

/**
 * Makes answers that were recorded for a page at another address fit the page of this app: the permission that named the recorded page (CORS) names
 * this one, and a cookie for the domain of another host is one of the host that answers.
 */
export const mendOrigins =
  (app: readonly Origin[], before: InteractionHook | undefined): InteractionHook =>
  async (recorded) => {
    const interaction = (await before?.(recorded)) ?? recorded
    const { request, response } = interaction
    const [page] = app
    if (response === undefined || page === undefined) return interaction
    const asker = valueOf(request.headers, 'origin')
    const known = app.map(formatOrigin)
    const isOther = asker !== undefined && !known.includes(asker)
    const headers = response.headers.map(([name, value]): HookHeader => {
      const field = name.toLowerCase()
      if (field === 'access-control-allow-origin' && isOther && value === asker) return [name, formatOrigin(page)]
      return field === 'set-cookie' ? [name, ofHost(value, interaction)] : [name, value]
    })
    return { ...interaction, response: { ...response, headers } }
  }

const valueOf = (headers: readonly HookHeader[], field: string): string | undefined =>
  headers.find(([name]) => name.toLowerCase() === field)?.[1]

/** RFC 6265 section 5.3: a browser drops a cookie whose domain does not match the host. */
function ofHost(cookie: string, { origin }: HookInteraction): string {
  const host = parseOrigin(origin)?.host ?? ''
  return cookie.replace(/;[ \t]*domain=\.?([^;]*)/i, (attribute, domain: string) => {
    const name = domain.trim().toLowerCase()
    return host === name || host.endsWith(`.${name}`) ? attribute : ''
  })
}
