import { CassetteError } from '../errors.ts'
import { formatOrigin } from '../transport.ts'
import type { Destination } from './destination.ts'
import { type IsNamed, namedHosts } from './named-hosts.ts'

/** Which connections of a process a cassette takes. */
export interface Policy {
  /** Named by the user: taken, whatever they are. */
  readonly hosts: IsNamed
  /** Named by the user: let pass, live and unrecorded. */
  readonly ignoreHosts: IsNamed
  /** Whether nothing may leave that is not on the cassette. Asked when it matters, as a cassette may be opened later than its scope. */
  readonly replays: () => boolean
  /** Whether servers of this machine are taken as any others. */
  readonly thisMachine: boolean
  /** Where the proxy of the same run listens, which records what comes to it. */
  readonly proxyPort?: number | undefined
}

/** `take`: record or replay. `pass`: leave alone. `refuse`: there is no connection. */
export type Verdict = 'take' | 'pass' | 'refuse'

/** Hosts as the options of a cassette name them: to say what is spoken at one is to name it, too. */
interface NamedHosts {
  readonly hosts?: readonly (string | RegExp)[] | undefined
  readonly protocols?: Readonly<Record<string, unknown>> | undefined
}

/** Patterns for all of them. */
export const hostsIn = ({ hosts = [], protocols = {} }: NamedHosts): readonly (string | RegExp)[] => [
  ...hosts,
  ...Object.keys(protocols),
]

export const policyOf = (
  given: NamedHosts & {
    readonly ignoreHosts?: readonly (string | RegExp)[] | undefined
    readonly thisMachine?: boolean | undefined
    readonly proxyPort?: number | undefined
    readonly replays: () => boolean
  },
): Policy => ({
  hosts: namedHosts('hosts', hostsIn(given)),
  ignoreHosts: namedHosts('ignoreHosts', given.ignoreHosts ?? []),
  thisMachine: given.thisMachine === true,
  proxyPort: given.proxyPort,
  replays: given.replays,
})

/**
 * HTTP to other machines is taken. Servers of this machine, and unix sockets, are left alone unless they are named: they are the program's own,
 * or those of its tests. What is not HTTP is left alone while recording unless it is named, and refused in a replay.
 */
export function decideBy(
  { hosts, ignoreHosts, thisMachine, proxyPort, replays }: Policy,
  { origin, path }: Pick<Destination, 'origin' | 'path'>,
): Verdict {
  if (origin.port === proxyPort && isThisMachine(origin.host)) return 'pass'
  if (hosts(origin)) return 'take'
  if (ignoreHosts(origin)) return 'pass'
  if (path !== undefined || (!thisMachine && isThisMachine(origin.host))) return 'pass'
  if (origin.protocol === 'http' || origin.protocol === 'https') return 'take'
  return replays() ? 'refuse' : 'pass'
}

/** Why a replay makes no connection, and what allows it. */
export const notCaptured = ({ origin }: Pick<Destination, 'origin'>): CassetteError =>
  new CassetteError(
    'NOT_CAPTURED',
    `${formatOrigin(origin)}; to record it, name it: capture: { hosts: ['${origin.host}:${origin.port}'] }; ignoreHosts lets it through`,
  )

/** Whether a name or address always means this machine (RFC 6761 section 6.3). */
export const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
