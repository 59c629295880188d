import { get } from 'node:http'
import { get as secureGet } from 'node:https'
import { connectSocket } from '../client/socket-connector.ts'
import { LocalProtocolError } from '../errors.ts'
import type { RequestHead } from '../http1/events.ts'
import { GREETED } from '../intercept/incoming.ts'
import { isThisMachine } from '../intercept/policy.ts'
import { LinkServer } from '../link/link-server.ts'
import { PASS_FIELD } from '../link/pass.ts'
import { toSentPatterns } from '../link/sent-policy.ts'
import { testAuthority, TestProxy } from '../proxy/test-proxy.ts'
import { type Connector, formatOrigin, type Origin } from '../transport.ts'
import { CannedTransport } from '../proxy/canned-transport.ts'
import { ServeRefusal } from '../listen/refusal.ts'
import { incidentalAnswer, isIncidental, isOfBrowser } from './incidental.ts'
import { Misfits } from './misfits.ts'
import { rendezvous } from './app-environment.ts'
import type { CapturedTest } from './captured-test.ts'

/** What a worker needs to lead the pages of its tests, and the app that they talk to, to the cassettes. */
export class WorkerSides {
  readonly #authority = testAuthority()
  readonly #greetings = new Map<string, Promise<void>>()
  #link: Promise<LinkServer> | undefined

  /** For `--ignore-certificate-errors-spki-list` of Chromium, which then trusts the proxy, and nobody else. */
  get spkiHash(): string {
    return this.#authority.spkiHash
  }

  /**
   * A proxy for the browser of a test.
   *
   * @param app origins of the app under test: what a page asks there passes, and carries the pass of the test.
   */
  async open(test: CapturedTest, app: readonly Origin[], verifiesApp: boolean): Promise<TestSides> {
    const link = await this.#openLink()
    if (link !== undefined) await Promise.all(app.map((origin) => this.#greet(origin, link.greeting)))
    const joined = link?.open({
      policy: {
        title: test.title,
        hosts: toSentPatterns(test.hosts),
        ignoreHosts: toSentPatterns(test.ignoreHosts),
        replays: test.replays,
      },
      connector: test.connector,
      noteProblem: (problem) => test.noteProblem(problem),
    })
    const isApp = (origin: Origin): boolean => app.some((known) => isSame(known, origin))
    const toApp: Connector = (origin, options) =>
      connectSocket(origin, { ...options, verify: verifiesApp && !isThisMachine(origin.host) })
    const misfits = new Misfits(() => test.opened?.interactions ?? [])
    const proxy = await TestProxy.start({
      authority: this.#authority,
      connector: (origin, options) => {
        if (isOfBrowser(origin)) return Promise.reject(new ServeRefusal('TARGET_FORBIDDEN', 403, origin.host))
        return (isApp(origin) ? toApp : test.routed)(origin, options)
      },
      ownConnector: (origin, head) =>
        test.replays && !isApp(origin) && test.takes(origin) && isIncidental(head) ? incidental(test, head) : undefined,
      rewrite: (origin, head, bytes) =>
        joined !== undefined && isApp(origin) ? withField(head, bytes, PASS_FIELD, joined.pass) : bytes,
      onAnswer: (origin, request, response) => void (test.replays && misfits.note(origin, request, response)),
      onRefused: () => {}, // Misses are found on the cassette.
    })
    return new TestSides(proxy, misfits, () => joined?.close())
  }

  async close(): Promise<void> {
    await (await this.#link)?.close()
  }

  /** Only if the app knows where to find it. */
  #openLink(): Promise<LinkServer | undefined> {
    const known = rendezvous()
    if (known === undefined) return Promise.resolve(undefined)
    this.#link ??= LinkServer.start(known.secret)
    return this.#link
  }

  /** Once for each origin. */
  #greet(origin: Origin, greeting: string): Promise<void> {
    const name = formatOrigin(origin)
    const greeted = this.#greetings.get(name) ?? greet(name, greeting)
    this.#greetings.set(name, greeted)
    return greeted
  }
}

/** Plays it where it is on the cassette, and answers it itself where it is not. */
const incidental =
  (test: CapturedTest, head: RequestHead): Connector =>
  async (origin, options) => {
    const { interactions } = await test.open()
    const url = new URL(head.target, formatOrigin(origin)).href
    const isKnown = interactions.some(({ request }) => request.method === head.method && request.url === url)
    return isKnown ? test.connector(origin, options) : new CannedTransport(incidentalAnswer(head))
  }

/** What one test has: its proxy, and what joins the app to it. */
class TestSides {
  readonly #proxy: TestProxy
  readonly #misfits: Misfits
  readonly #leave: () => void

  constructor(proxy: TestProxy, misfits: Misfits, leave: () => void) {
    this.#proxy = proxy
    this.#misfits = misfits
    this.#leave = leave
  }

  get url(): string {
    return this.#proxy.url
  }

  /** What the browser has refused of recorded answers, in words. */
  get misfits(): readonly string[] {
    return this.#misfits.all
  }

  async close(): Promise<void> {
    this.#leave()
    await this.#proxy.close()
  }
}

/** The same port of this machine is the same server, whatever the name. */
const isSame = (one: Origin, other: Origin): boolean =>
  one.port === other.port && (one.host === other.host || (isThisMachine(one.host) && isThisMachine(other.host)))

/** @throws LocalProtocolError `APP_NOT_JOINED` if the app runs without wiretape. */
async function greet(url: string, greeting: string): Promise<void> {
  const answer = await new Promise<'joined' | 'other' | 'none'>((resolve) => {
    const ask = url.startsWith('https:') ? secureGet : get
    const request = ask(url, { headers: { [PASS_FIELD]: greeting }, rejectUnauthorized: false, agent: false })
    request.on('response', (response) => {
      resolve(response.headers[GREETED] === undefined ? 'other' : 'joined')
      response.destroy()
    })
    // An app that does not run is for the test to find out.
    request.on('error', () => resolve('none'))
  })
  if (answer === 'other') throw new LocalProtocolError('APP_NOT_JOINED', `${url}; start it with env: wiretapeEnv()`)
}

/** The head with one more field. */
function withField({ method }: RequestHead, bytes: Uint8Array, name: string, value: string): Uint8Array {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = head.indexOf('\n', head.indexOf(method)) + 1
  return Buffer.concat([head.subarray(0, end), Buffer.from(`${name}: ${value}\r\n`), head.subarray(end)])
}
