/**
 * What a request to the app under test carries, so that its process knows the test: where the test listens, which test it is, and a proof that
 * its writer knows the secret of the run. `40123.7.k3v…`.
 */

/** The field of requests to the app under test; the app's process takes it off. */
export const PASS_FIELD = 'wiretape-test'

/** The variable in the environment of the app under test, and of the test runner: a {@link Rendezvous} as JSON. */
export const APP_VARIABLE = 'WIRETAPE_APP'

/** What the test runner and the processes of the app have in common. */
export interface Rendezvous {
  readonly secret: string
  /** What is recorded, wherever a request comes from: hosts of this machine, and those that do not speak HTTP. */
  readonly hosts: readonly string[]
  readonly ignoreHosts: readonly string[]
  /** The run of what no test has caused, and what the user asked for, as the test runner keeps them. */
  readonly run?: string | undefined
  readonly options?: string | undefined
}

/** @throws TypeError or SyntaxError if the variable was not set by this package. */
export function parseRendezvous(json: string): Rendezvous {
  const value: unknown = JSON.parse(json)
  if (!isRendezvous(value)) throw new TypeError(`${APP_VARIABLE} is not what wiretape sets`)
  return value
}

const isRendezvous = (value: unknown): value is Rendezvous =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'secret') === 'string' &&
  ['hosts', 'ignoreHosts'].every((name) => Array.isArray(Reflect.get(value, name)))

/** The test that asks only whether the app can be reached. */
export const GREETING = 'hello'

/** A pass for the test `id`, which listens on `port`. */
export const passFor = (secret: string, port: number, id: string): string =>
  `${port}.${id}.${proofOf(secret, `${port}.${id}`)}`

/** Reads a pass; `undefined` if somebody else has made it, who could lead this process to any port. */
export function readPass(secret: string, pass: string): { readonly port: number; readonly id: string } | undefined {
  const [, port = '', id = '', proof = ''] = /^(\d{1,5})\.(\w{1,40})\.([\w-]{43})$/.exec(pass) ?? []
  if (proof === '' || !isSame(proof, proofOf(secret, `${port}.${id}`))) return undefined
  return { port: Number(port), id }
}

// Node's module is loaded with the first request of a test: every process of the app begins by loading this file.
const proofOf = (secret: string, text: string): string =>
  process.getBuiltinModule('node:crypto').createHmac('sha256', secret).update(text).digest('base64url')

const isSame = (one: string, other: string): boolean =>
  one.length === other.length &&
  process.getBuiltinModule('node:crypto').timingSafeEqual(Buffer.from(one), Buffer.from(other))
