import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'

/** Where systems keep the certificates that they trust, PEM; the first that is there counts. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Ubuntu, Arch, Alpine
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // Fedora, RHEL
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem', // openSUSE
  '/etc/ssl/cert.pem', // macOS, Alpine, BSD
]

/** Variables that name a bundle which the user wants trusted instead. */
const BUNDLE_VARIABLES = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']

/**
 * All that programs trusted before, and `certificate`, PEM. Many languages have a variable that replaces the system's store and none that adds
 * to it, so that with the one certificate alone a program would trust nothing else any more.
 */
export async function trustBundle(
  certificate: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = BUNDLE_VARIABLES.map((name) => env[name]).filter((file) => file !== undefined && file !== '')
  const texts = [certificate, await systemBundle()]
  for (const file of new Set(given)) texts.push((file && (await textOf(file))) ?? '')
  return [...new Set(texts.flatMap(certificatesIn))].join('')
}

async function systemBundle(): Promise<string> {
  for (const file of SYSTEM_BUNDLES) {
    const text = await textOf(file)
    if (text !== undefined && text.includes('BEGIN CERTIFICATE')) return text
  }
  return rootCertificates.join('\n')
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return undefined // The program that is told to read it will say so.
  }
}

const certificatesIn = (text: string): readonly string[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((one) => `${one}\n`)

/** The password of the store: it protects nothing, as all in it is public, but Java wants one. */
export const STORE_PASSWORD = 'changeit'

/**
 * The same certificates as a store of Java's own format (JKS), which every Java reads, from the first to the latest, under each provider.
 *
 * A store of certificates alone holds no secret: what the format would protect badly, it does not have.
 */
export function javaTrustStore(bundle: string, now: number): Buffer {
  const certificates = certificatesIn(bundle).flatMap(rawOf)
  const entries = certificates.map((raw, index) =>
    Buffer.concat([
      int32(TRUSTED_CERTIFICATE),
      utf(`wiretape-${index}`),
      int64(now),
      utf('X.509'),
      int32(raw.length),
      raw,
    ]),
  )
  const body = Buffer.concat([int32(MAGIC), int32(VERSION), int32(entries.length), ...entries])
  const digest = createHash('sha1')
    .update(Buffer.from(STORE_PASSWORD, 'utf16le').swap16())
    .update('Mighty Aphrodite') // Part of the format.
    .update(body)
    .digest()
  return Buffer.concat([body, digest])
}

/** A bundle may hold what cannot be read; a program would skip it, too. */
function rawOf(text: string): readonly Buffer[] {
  try {
    return [new X509Certificate(text).raw]
  } catch {
    return []
  }
}

const MAGIC = 0xfe_ed_fe_ed
const VERSION = 2
const TRUSTED_CERTIFICATE = 2

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

function utf(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
