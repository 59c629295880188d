import { createHash, X509Certificate } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { javaTrustStore, trustBundle, trustedIn, withCertificatesOf } from '../../src/proxy/trust-files.ts'

const [A, B, C] = ['a', 'b', 'c'].map((name) => CertificateAuthority.create(name).cert)
const certs = (text: string): number => text.match(/BEGIN CERTIFICATE/g)?.length ?? 0

/** What is in a store of Java's own format. */
function read(store: Buffer): unknown {
  let at = 0
  const int32 = (): number => store.readUInt32BE((at += 4) - 4)
  const utf = (): string => {
    const length = store.readUInt16BE(at)
    at += 2 + length
    return store.toString('utf8', at - length, at)
  }
  const head = [int32().toString(16), int32()]
  const entries = Array.from({ length: int32() }, () => {
    const [kind, alias] = [int32(), utf()]
    at += 8
    const [made, form, length] = [Number(store.readBigUInt64BE(at - 8)), utf(), int32()]
    at += length
    return [kind, alias, made, form, new X509Certificate(store.subarray(at - length, at)).subject]
  })
  const digest = createHash('sha1').update(Buffer.from('changeit', 'utf16le').swap16()).update('Mighty Aphrodite')
  return { head, entries, isSigned: digest.update(store.subarray(0, at)).digest().equals(store.subarray(at)) }
}

test('a store of Java has each certificate that is whole, and a digest', () => {
  const cut = String(C).replace(/[^\n]+\n(?=-----END)/, '')
  const other = '-----BEGIN CERTIFICATE-----\nMAUCAQECAQI=\n-----END CERTIFICATE-----\n'
  expect(read(javaTrustStore(`${A}# said\n${cut}${other}${B}`, 1_700_000_000_123))).toEqual({
    head: ['feedfeed', 2],
    entries: [
      [2, 'wiretape-0', 1_700_000_000_123, 'X.509', expect.stringContaining('CN=a')],
      [2, 'wiretape-1', 1_700_000_000_123, 'X.509', expect.stringContaining('CN=b')],
    ],
    isSigned: true,
  })
  expect(read(javaTrustStore('', 0))).toEqual({ head: ['feedfeed', 2], entries: [], isSigned: true })
})

test('a bundle has what was trusted before, each once, whichever variable says so', async ({}, info) => {
  const folder = info.outputPath()
  await mkdir(folder, { recursive: true })
  const fileOf = async (name: string, text: string): Promise<string> => {
    await writeFile(path.join(folder, name), text)
    return path.join(folder, name)
  }
  const own = await fileOf('own.pem', `${A}${B}`)
  const system = certs(await trustBundle('', {}))
  expect(system).toBeGreaterThan(50)
  for (const name of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']) {
    const bundle = await trustBundle(String(A), { [name]: own })
    expect([name, bundle.startsWith(String(A)), bundle.includes(String(B)), certs(bundle)]).toEqual([
      name,
      true,
      true,
      system + 2,
    ])
    expect(certs((await trustedIn({ [name]: own })) ?? '')).toBe(system + 2)
    expect(await trustedIn({ [name]: '' })).toBeUndefined()
  }
  expect(
    certs(await trustBundle(String(A), { SSL_CERT_FILE: path.join(folder, 'none.pem'), CURL_CA_BUNDLE: '' })),
  ).toBe(system + 1)
  expect(await trustedIn({ OTHER: own })).toBeUndefined()

  expect(await withCertificatesOf(own, String(C))).toBe(`${C}${A}${B}`)
  expect(await withCertificatesOf(own, String(A))).toBe(`${A}${B}`)
  for (const file of [undefined, '', path.join(folder, 'none.pem')])
    expect(await withCertificatesOf(file, String(A))).toBeUndefined()
})
