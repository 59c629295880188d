import { createHash } from 'node:crypto'
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

/** What the programs of `env` trust, if variables say so; `undefined` if it is what the system trusts. */
export async function trustedIn(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  return BUNDLE_VARIABLES.some((name) => (env[name] ?? '') !== '') ? trustBundle('', env) : undefined
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
    return undefined // The program that reads it will say so.
  }
}

/** `certificate`, and those of a file that the user has named already; `undefined` if there is nothing to add. */
export async function withCertificatesOf(file: string | undefined, certificate: string): Promise<string | undefined> {
  const text = file === undefined || file === '' ? undefined : await textOf(file)
  return text === undefined ? undefined : [...new Set(certificatesIn(`${certificate}\n${text}`))].join('')
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

/**
 * The bytes of a certificate; none if it is cut off, which a program would skip, too. Only the frame is looked at: this is called for all that a
 * system trusts, each time that a program is started.
 */
function rawOf(text: string): readonly Buffer[] {
  const raw = Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
  const isSequence = raw.length > 4 && raw[0] === DER_SEQUENCE && raw[1] === DER_TWO_BYTES_OF_LENGTH
  return isSequence && raw.length === raw.readUInt16BE(2) + 4 ? [raw] : []
}

const DER_SEQUENCE = 0x30
const DER_TWO_BYTES_OF_LENGTH = 0x82

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
