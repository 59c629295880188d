import { RemoteProtocolError } from '../errors.ts'
import type { FieldLine, ResponseHead } from '../http1/events.ts'
import { listElements } from '../http1/framing.ts'

/** The other protocols that a request allows on its connection after the answer. */
export interface UpgradeWish {
  /** The names in `Upgrade`, in lower case. */
  readonly protocols: readonly string[]
  /** Whether any 2xx hands the connection over, without `Upgrade`. */
  readonly takesTransport: boolean
}

export const NO_UPGRADE: UpgradeWish = { protocols: [], takesTransport: false }

export function upgradeWish(fields: readonly FieldLine[], takesTransport: boolean): UpgradeWish {
  const protocols = protocolsOf(fields)
  return protocols.length === 0 && !takesTransport ? NO_UPGRADE : { protocols, takesTransport }
}

/**
 * Refuses a switch to a protocol that the request did not name (RFC 9110 section 7.8): the client could not read its bytes.
 *
 * @throws RemoteProtocolError `UNEXPECTED_UPGRADE`.
 */
export function checkUpgrade({ status, fields, start }: ResponseHead, { protocols }: UpgradeWish): void {
  if (status !== 101) return
  if (protocols.length === 0) throw new RemoteProtocolError('UNEXPECTED_UPGRADE', start, '')
  // Some servers name none, though they must.
  const other = protocolsOf(fields).find((protocol) => !protocols.includes(protocol))
  if (other !== undefined) throw new RemoteProtocolError('UNEXPECTED_UPGRADE', start, `to ${JSON.stringify(other)}`)
}

const protocolsOf = (fields: readonly FieldLine[]): string[] =>
  fields.filter(({ name }) => name.toLowerCase() === 'upgrade').flatMap(({ value }) => listElements(value))
