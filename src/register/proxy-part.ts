import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import { CassetteError } from '../errors.ts'
import { decideBy, type Policy, policyOf, type Verdict } from '../intercept/policy.ts'
import { DialGuard } from '../proxy/dial-guard.ts'
import type { ClientSettings } from '../proxy/forward-client.ts'
import { forwardSettings } from '../proxy/forward-settings.ts'
import { trustedIn } from '../proxy/trust-files.ts'
import { type Connector, formatOrigin, type Origin } from '../transport.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { Part } from './part.ts'
import type { Run } from './run.ts'

/** What the proxy of a run records or plays: the part of all programs that use it. */
export class ProxyPart {
  readonly #part: Part
  readonly #problems: string[] = []
  readonly #guard = new DialGuard({ allow: [/.*/] })
  readonly #policy: Policy
  readonly #verify: boolean
  #cassette: OpenCassette | undefined
  #failure: unknown
  #isClosing = false

  private constructor(run: Run) {
    const part = new Part(run, `part-${process.pid}-proxy`)
    const proxyPort = run.proxy?.port
    this.#part = part
    this.#verify = run.insecure !== true
    this.#policy = policyOf({ ...run, replays: () => part.isReplaying, proxyPort })
    // The programs of a run could connect anywhere by themselves; only the proxy itself would be a circle.
    if (proxyPort !== undefined) this.#guard.addOwn(proxyPort)
  }

  /** Never rejects: if there is no cassette, each client gets the reason, and so does the run. */
  static async open(run: Run): Promise<ProxyPart> {
    const opened = new ProxyPart(run)
    try {
      opened.#cassette = await opened.#part.open(opened.#guard.connector)
    } catch (error) {
      opened.#failure = error
    }
    return opened
  }

  /** How its clients are served; of servers it trusts those that the programs would have trusted. */
  async settings(authority: CertificateAuthority): Promise<ClientSettings> {
    const ca = await trustedIn(process.env)
    return forwardSettings(this.#cassette, {
      connect: { verify: this.#verify, ...(ca === undefined ? {} : { tls: { ca } }) },
      connector: this.#connector,
      authority,
      isOpaque: (target) => this.#verdictOn({ protocol: 'https', ...target }) === 'pass',
      // The programs have ended: the end of their idle connections is not a problem.
      onRefused: (reason) => {
        if (!this.#isClosing) this.#note(reason)
      },
    })
  }

  async close(): Promise<void> {
    this.#isClosing = true
    try {
      await this.#cassette?.eject()
    } catch (error) {
      this.#note(error)
    } finally {
      this.#part.report(this.#problems)
    }
  }

  /** As the hook decides about the sockets of Node. */
  readonly #connector: Connector = async (origin, options) => {
    const verdict = this.#verdictOn(origin)
    if (verdict === 'pass') return this.#guard.connector(origin, options)
    if (verdict === 'refuse')
      throw new CassetteError('NOT_CAPTURED', `${formatOrigin(origin)}; to record it, name it: --host ${origin.host}`)
    if (this.#cassette === undefined) throw this.#failure
    return this.#part.connector(origin, options)
  }

  #verdictOn(origin: Origin): Verdict {
    return decideBy(this.#policy, { origin, path: undefined })
  }

  #note(reason: unknown): void {
    this.#problems.push(reason instanceof Error ? reason.message : String(reason))
  }
}
