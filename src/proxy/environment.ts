import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { checkOptions } from '../options.ts'
import { systemNow } from '../timers.ts'
import { javaTrustStore, STORE_PASSWORD, trustBundle, withCertificatesOf } from './trust-files.ts'

/** What programs get, besides the proxy and its certificate. */
export interface EnvironmentOptions {
  /** Hosts that programs reach without the proxy, as `NO_PROXY` has them. Default: `localhost`, `127.0.0.1` and `::1`; `[]`: none. */
  readonly noProxy?: readonly string[] | undefined
  /** The environment so far: what it adds to is kept. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Folder for the files that the variables name, which must live as long as the programs. Default: the one of the certificate. */
  readonly dir?: string | undefined
}

const ENVIRONMENT_OPTIONS: Readonly<Record<keyof EnvironmentOptions, true>> = { noProxy: true, env: true, dir: true }

/**
 * The variables that make programs in any language use a proxy and trust its certificate, without a change in them. Add them to the environment of a
 * child process.
 *
 * Most languages have no variable that adds a certificate to those of the system, only one that replaces them: so a bundle of both is written, and
 * for Java a trust store. `docs/languages.md` says what reads which.
 *
 * @param proxyUrl such as `http://127.0.0.1:40123`.
 * @param caFile the certificate of the proxy, PEM.
 * @throws the system's error if a file cannot be read or written.
 */
export async function environmentFor(
  proxyUrl: string,
  caFile: string,
  options: EnvironmentOptions = {},
): Promise<Readonly<Record<string, string>>> {
  checkOptions('environmentFor', options, ENVIRONMENT_OPTIONS)
  const { noProxy = LOOPBACK, env = process.env, dir = path.dirname(path.resolve(caFile)) } = options
  const certificate = await readFile(caFile, 'utf8')
  const bundle = await trustBundle(certificate, env)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const bundleFile = path.resolve(dir, 'ca-bundle.pem')
  const storeFile = path.resolve(dir, 'ca-bundle.jks')
  await Promise.all([writeFile(bundleFile, bundle), writeFile(storeFile, javaTrustStore(bundle, systemNow()))])
  return {
    ...both('HTTP_PROXY', proxyUrl),
    ...both('HTTPS_PROXY', proxyUrl),
    ...both('NO_PROXY', noProxy.join(',')),
    ...Object.fromEntries(REPLACE_THE_STORE.map((name) => [name, bundleFile])),
    ...(await addedCertificates(certificate, path.resolve(caFile), dir, env)),
    NODE_USE_ENV_PROXY: '1',
    JAVA_TOOL_OPTIONS: [env['JAVA_TOOL_OPTIONS'] ?? '', ...javaProperties(proxyUrl, storeFile, noProxy)]
      .join(' ')
      .trim(),
  }
}

/** Some programs read one, some the other; curl reads only `http_proxy` (a CGI script gets `HTTP_PROXY` from a header). */
const both = (name: string, value: string): Record<string, string> => ({ [name]: value, [name.toLowerCase()]: value })

const LOOPBACK = ['localhost', '127.0.0.1', '::1']

/** Variables that replace what a program trusts otherwise. */
const REPLACE_THE_STORE = [
  'SSL_CERT_FILE', // OpenSSL, and so Ruby, Python, PHP, Perl; Go, .NET, Rust
  'REQUESTS_CA_BUNDLE', // Python requests
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE', // AWS's command and SDKs
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
  'NIX_SSL_CERT_FILE',
  'HEX_CACERTS_PATH', // Elixir
  'PERL_LWP_SSL_CA_FILE',
]

/** Variables that add to it, each one file: what the user has in it stays. */
const ADD_TO_THE_STORE = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']

async function addedCertificates(
  certificate: string,
  caFile: string,
  dir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  for (const name of ADD_TO_THE_STORE) {
    const together = await withCertificatesOf(env[name], certificate)
    const file = together === undefined ? caFile : path.resolve(dir, `${name.toLowerCase()}.pem`)
    if (together !== undefined) await writeFile(file, together)
    files[name] = file
  }
  return files
}

/** Java reads no variables but this one, which takes properties. */
function javaProperties(proxyUrl: string, storeFile: string, noProxy: readonly string[]): readonly string[] {
  const { hostname, port } = new URL(proxyUrl)
  // Without it, Java passes by the proxy for this machine.
  const hosts = noProxy.map((host) => (host.includes(':') ? `[${host}]` : host.replace(/^\./, '*.')))
  const properties = {
    'http.proxyHost': hostname,
    'http.proxyPort': port,
    'https.proxyHost': hostname,
    'https.proxyPort': port,
    'http.nonProxyHosts': hosts.join('|'),
    'javax.net.ssl.trustStore': storeFile,
    'javax.net.ssl.trustStoreType': 'JKS',
    'javax.net.ssl.trustStorePassword': STORE_PASSWORD,
  }
  return Object.entries(properties).map(([name, value]) => quoted(`-D${name}=${value}`))
}

/** The virtual machine splits the variable at blanks, outside of quotes. */
const quoted = (text: string): string => (/[\s'"]/.test(text) ? `"${text}"` : text)
