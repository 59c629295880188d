import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { socketConnector } from '../client/socket-connector.ts'
import { ConnectionError, LocalProtocolError } from '../errors.ts'
import { isLocalhost, isMetadataAddress, isPublicAddress, isThisMachine } from '../listen/addresses.ts'
import { type Connector, formatOrigin, type Origin } from '../transport.ts'
import { namedHosts } from '../intercept/named-hosts.ts'

/** What a proxy may connect to besides public addresses. */
export interface DialOptions {
  /**
   * Hosts that may have an address of this machine or of a private network: names and addresses, also as `host:port`, and with a `*` at the
   * beginning or the end. Addresses at which clouds keep credentials must be named by address. Default: none.
   */
  readonly allow?: readonly (string | RegExp)[] | undefined
  /** Used instead of `dns.lookup`. */
  readonly lookup?: LookupFunction | undefined
}

/**
 * Connects where a proxy may connect. The address that is judged is the one that is dialled, so a name cannot mean one address now and
 * another one a moment later (DNS rebinding).
 */
export class DialGuard {
  readonly #lookup: LookupFunction
  readonly #isAllowed: (origin: Origin) => boolean
  /** Ports on which this process listens. */
  readonly #own: Set<number>
  readonly #allow: readonly (string | RegExp)[]

  /** @throws LocalProtocolError `INVALID_OPTION`. */
  constructor({ allow = [], lookup = localLookup }: DialOptions, own = new Set<number>()) {
    this.#own = own
    this.#allow = allow
    this.#lookup = lookup
    this.#isAllowed = namedHosts('allow', allow)
  }

  /** Connections to this port of this machine are refused: they would come back here. */
  addOwn(port: number): void {
    this.#own.add(port)
  }

  removeOwn(port: number): void {
    this.#own.delete(port)
  }

  /** The same guard, which allows one more host. */
  allowing(host: string): DialGuard {
    return new DialGuard({ allow: [...this.#allow, host], lookup: this.#lookup }, this.#own)
  }

  /** Connects as `socketConnector`. @throws LocalProtocolError `TARGET_FORBIDDEN`, before anything is sent. */
  readonly connector: Connector = async (origin, options) => {
    const { address } = options
    const literal = address ?? (isIP(origin.host) === 0 ? undefined : origin.host)
    if (literal !== undefined) this.#check(origin, literal)
    const lookup = literal === undefined ? this.#checkedLookup(origin) : alwaysAt(literal)
    const connect = socketConnector({ lookup })
    try {
      return await connect(origin, options)
    } catch (error) {
      throw error instanceof ConnectionError && error.cause instanceof LocalProtocolError ? error.cause : error
    }
  }

  #checkedLookup(origin: Origin): LookupFunction {
    return (host, options, callback) => {
      this.#lookup(host, options, (error, found, family) => {
        const refusal = error === null ? this.#refusalOf(origin, found) : undefined
        callback(refusal ?? error, found, family)
      })
    }
  }

  /** One forbidden address among several is enough: which one is dialled in the end is up to chance. */
  #refusalOf(origin: Origin, found: string | readonly { readonly address: string }[]): LocalProtocolError | undefined {
    const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address)
    try {
      for (const address of addresses) this.#check(origin, address)
      return undefined
    } catch (refusal) {
      if (refusal instanceof LocalProtocolError) return refusal
      throw refusal
    }
  }

  #check(origin: Origin, address: string): void {
    const where = `${formatOrigin(origin)}${address === origin.host ? '' : ` is at ${address}`}`
    if (isThisMachine(address) && this.#own.has(origin.port))
      throw new LocalProtocolError('TARGET_FORBIDDEN', `${where}, and this proxy listens on that port`)
    const isAddressAllowed = this.#isAllowed({ ...origin, host: address })
    if (isMetadataAddress(address) && !isAddressAllowed)
      throw new LocalProtocolError(
        'TARGET_FORBIDDEN',
        `${where}, where clouds keep credentials; ${permittedBy(address)}`,
      )
    if (isPublicAddress(address) || isAddressAllowed || this.#isAllowed(origin)) return
    throw new LocalProtocolError(
      'TARGET_FORBIDDEN',
      `${where}, on this machine or a private network; ${permittedBy(origin.host)}`,
    )
  }
}

/** Said to the client, too, which does not know what has started the proxy. */
const permittedBy = (host: string): string => `--allow ${host} permits it, or allow: ['${host}'] in code`

/** Every name under `localhost` is this machine (RFC 6761 section 6.3), though not every resolver knows it. */
const localLookup: LookupFunction = (host, options, callback) =>
  systemLookup(isLocalhost(host) ? 'localhost' : host, options, callback)

/** A look-up that finds this address. */
const alwaysAt =
  (address: string): LookupFunction =>
  (_host, { all }, callback) => {
    const family = isIP(address)
    if (all === true) callback(null, [{ address, family }])
    else callback(null, address, family)
  }
