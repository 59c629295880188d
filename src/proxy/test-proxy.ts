import { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { RequestHead } from '../http1/events.ts'
import type { AnswerListener } from '../listen/exchange-watch.ts'
import { HeldBytes } from '../listen/held-bytes.ts'
import { LocalServer } from '../listen/local-server.ts'
import { requestLimits } from '../serve/time-limits.ts'
import type { Connector, Origin } from '../transport.ts'
import { type ClientSettings, ForwardClient } from './forward-client.ts'

/** What the proxy of a test is made of. */
export interface TestProxyParts {
  /** Signs the certificates that clients see. */
  readonly authority: CertificateAuthority
  /** Where each request goes: to the cassette, or to a server. */
  readonly connector: Connector
  /** Changes the head of a request on its way. */
  readonly rewrite: (origin: Origin, head: RequestHead, bytes: Uint8Array) => Uint8Array
  /** The connector of a single request; `undefined`: that of all. */
  readonly ownConnector: (origin: Origin, head: RequestHead) => Connector | undefined
  /** Called with the head of each answer that a client gets. */
  readonly onAnswer: AnswerListener
  /** Called for each client that gets no answer: a miss, a request that was refused. */
  readonly onRefused: (reason: Error) => void
}

/**
 * A forward proxy on loopback for the clients of one test that run in another process, as its browser.
 *
 * Unlike the proxy for programs it decides nothing itself, about targets neither: a page reaches what it would reach without the proxy.
 */
export class TestProxy {
  readonly #server: LocalServer

  private constructor(server: LocalServer) {
    this.#server = server
  }

  /** Listens. @throws the system's error if it cannot. */
  static async start(parts: TestProxyParts): Promise<TestProxy> {
    const settings: ClientSettings = {
      ...parts,
      connect: { timeout: CONNECT_TIMEOUT },
      // A browser opens connections that it uses later, or never.
      limits: requestLimits({ requestTimeout: null, idleTimeout: null }),
      missStatus: undefined,
      maxRequestBytes: Infinity,
      held: new HeldBytes(Infinity),
      rawAt: () => undefined,
      isOpaque: () => false,
      onFailed: undefined,
      onExchange: undefined,
    }
    const server = await LocalServer.start({}, undefined, () => (socket) => {
      void new ForwardClient(socket, settings).serve()
    })
    return new TestProxy(server)
  }

  /** `http://127.0.0.1:40123`. */
  get url(): string {
    return `http://${this.#server.authority}`
  }

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#server.close()
  }
}

/** Makes an authority that only those trust who get its certificate, and that is gone with this process. */
export const testAuthority = (): CertificateAuthority => CertificateAuthority.create('wiretape test proxy')

const CONNECT_TIMEOUT = 30_000
