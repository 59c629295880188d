import type { WireRequest } from '../index.ts'
import type { Origin } from '../transport.ts'
import { namedHosts } from '../intercept/named-hosts.ts'

type Head = Pick<WireRequest, 'method' | 'target' | 'fields'>

/**
 * What a browser asks for on its own account, as often as it likes: it keeps the answers to preflights for a while, and looks for an icon
 * whenever it shows a page.
 */
export const isIncidental = (head: Head): boolean => isPreflight(head) || isFavicon(head)

/** CORS, Fetch standard section 4.8. */
const isPreflight = ({ method, fields }: Head): boolean =>
  method === 'OPTIONS' && fields.some(({ name }) => name.toLowerCase() === 'access-control-request-method')

const isFavicon = ({ method, target }: Head): boolean =>
  method === 'GET' && /^(?:https?:\/\/[^/]+)?\/favicon\.ico$/.test(target)

/**
 * The answer to such a request that is not on the cassette, so that no page depends on what its browser had kept. A preflight is allowed: what it
 * asks for is on the cassette, with the permission to read the answer, or is a miss.
 */
export function incidentalAnswer(head: Head): Uint8Array {
  const value = (field: string): string => head.fields.find(({ name }) => name.toLowerCase() === field)?.value ?? ''
  const lines = isPreflight(head)
    ? [
        'HTTP/1.1 204 No Content',
        `Access-Control-Allow-Origin: ${value('origin')}`,
        `Access-Control-Allow-Methods: ${value('access-control-request-method')}`,
        `Access-Control-Allow-Headers: ${value('access-control-request-headers')}`,
        'Access-Control-Allow-Credentials: true',
        'Access-Control-Max-Age: 0',
      ]
    : ['HTTP/1.1 404 Not Found', 'Content-Length: 0']
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** What Chromium asks the services of its vendor, whatever page it shows. */
export const isOfBrowser: (origin: Origin) => boolean = namedHosts('', [
  'content-autofill.googleapis.com',
  'optimizationguide-pa.googleapis.com',
  'safebrowsing.googleapis.com',
  'update.googleapis.com',
  'clients2.google.com',
  'clients4.google.com',
  'clientservices.googleapis.com',
  'android.clients.google.com',
  'mtalk.google.com',
  'edgedl.me.gvt1.com',
  'redirector.gvt1.com',
])
