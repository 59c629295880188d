import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CertificateAuthority } from '../certificates/certificate-authority.ts'
import { isLoopback } from '../listen/addresses.ts'
import { LocalServer } from '../listen/local-server.ts'
import { namedHosts } from '../intercept/named-hosts.ts'
import { environmentFor } from '../proxy/environment.ts'
import type { ProxyPart } from './proxy-part.ts'
import type { Run } from './run.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy of a run, on loopback: through it the programs that are not Node, in whatever language, are recorded and played on the same cassette.
 *
 * Until a program uses it there is only a port, and files with certificates. The key of its authority is nowhere but in this process.
 */
export class RunProxy implements AsyncDisposable {
  readonly #authority = CertificateAuthority.create('wiretape run')
  readonly #given: Run
  #server: LocalServer | undefined
  #folder: string | undefined
  #run: Run
  /** Serves a client; opened by the first one. */
  #clients: Promise<Clients> | undefined

  private constructor(run: Run) {
    this.#given = run
    this.#run = run
  }

  /** Listens, and writes what programs have to trust. */
  static async start(run: Run, env: Environment): Promise<RunProxy> {
    const proxy = new RunProxy(run)
    await proxy.#start(env)
    return proxy
  }

  /** The run, and how its programs reach the proxy. */
  get run(): Run {
    return this.#run
  }

  /** Ends all connections, and leaves what was recorded to `finishRun`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.close()
    const clients = await this.#clients
    await clients?.part.close()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }

  async #start(env: Environment): Promise<void> {
    const server = await LocalServer.start({}, undefined, () => (socket) => void this.#serve(socket))
    this.#server = server
    this.#folder = await mkdtemp(join(tmpdir(), 'wiretape-run-'))
    const caFile = join(this.#folder, 'ca.pem')
    await writeFile(caFile, this.#authority.cert)
    const noProxy = this.#given.thisMachine || namesThisMachine(this.#given.hosts) ? [] : undefined
    // Node would follow NODE_USE_ENV_PROXY before anything of ours is loaded, and its sockets are caught anyway.
    const { NODE_USE_ENV_PROXY: _, ...given } = await environmentFor(`http://${server.authority}`, caFile, {
      env,
      noProxy,
    })
    const before = Object.fromEntries(Object.keys(given).flatMap((name) => pairIn(env, name)))
    this.#run = { ...this.#given, proxy: { port: server.port, given, before } }
  }

  async #serve(socket: Socket): Promise<void> {
    try {
      this.#clients ??= openClients(this.#run, this.#authority)
      const clients = await this.#clients
      clients.serve(socket)
    } catch {
      // The end of the run says why.
      socket.destroy()
    }
  }
}

interface Clients {
  readonly part: ProxyPart
  readonly serve: (socket: Socket) => void
}

/** What only a program that uses the proxy needs is loaded then. */
async function openClients(run: Run, authority: CertificateAuthority): Promise<Clients> {
  const [{ ProxyPart: Part }, { ForwardClient }] = await Promise.all([
    import('./proxy-part.ts'),
    import('../proxy/forward-client.ts'),
  ])
  const part = await Part.open(run)
  const settings = await part.settings(authority)
  return { part, serve: (socket) => void new ForwardClient(socket, settings).serve() }
}

/** Then everything goes through the proxy, which lets pass what is not named: `NO_PROXY` knows no ports. */
function namesThisMachine(hosts: readonly string[]): boolean {
  const names = hosts.map((host) => host.toLowerCase().replace(/:\d+$/, ''))
  const isNamed = namedHosts('hosts', names)
  return (
    names.some((name) => isLoopback(name.replace(/^\[|\]$/g, '').replace(/^\*\./, ''))) ||
    LOOPBACK.some((host) => isNamed({ protocol: 'http', host, port: 80 }))
  )
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

const pairIn = (env: Environment, name: string): readonly (readonly [name: string, value: string])[] => {
  const value = env[name]
  return value === undefined ? [] : [[name, value]]
}
