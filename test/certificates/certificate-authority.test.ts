import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:tls'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { expect, test } from '../helpers/test.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'

const run = promisify(execFile)
const DAY = 86_400_000
const tooLate = (): number => Date.now() + 800 * DAY

test('a certificate carries its names and addresses, and hides the address zone and the last dot', () => {
  const { cert } = CertificateAuthority.create().leaf('API.Example.com.', '127.0.0.1', '[::1]', 'fe80::1%eth0', '*.a.b')
  const { subjectAltName, subject, ca } = new X509Certificate(cert)
  expect(subjectAltName).toBe(
    'DNS:api.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:0:1, DNS:*.a.b',
  )
  expect(subject).toBe('CN=api.example.com')
  expect(ca).toBe(false)
})

test('certificates of one authority share a key, and differ in their serial number', () => {
  const authority = CertificateAuthority.create()
  const a = new X509Certificate(authority.leaf('a.test').cert)
  const b = new X509Certificate(authority.leaf('b.test').cert)
  expect(a.publicKey.equals(b.publicKey)).toBe(true)
  expect(a.serialNumber).not.toBe(b.serialNumber)
  expect(authority.leaf('A.test')).toBe(authority.leaf('a.test'))
  expect(authority.spkiHash).toMatch(/^[A-Za-z0-9+/]{43}=$/)
})

test('no certificate is valid for more than 397 days, or longer than its authority', () => {
  let now = Date.parse('2026-03-01T00:00:00Z')
  const authority = CertificateAuthority.create('test', () => now)
  const first = new X509Certificate(authority.leaf('a.test').cert)
  expect(Date.parse(first.validTo) - Date.parse(first.validFrom)).toBeLessThanOrEqual(397 * DAY)
  now += 600 * DAY
  expect(Date.parse(new X509Certificate(authority.leaf('b.test').cert).validTo)).toBe(authority.validTo)
})

test('a certificate that was kept is made anew before it ends', () => {
  let now = Date.parse('2026-03-01T00:00:00Z')
  const authority = CertificateAuthority.create('test', () => now)
  const first = authority.leaf('a.test')
  expect(authority.leaf('a.test')).toBe(first)
  now += 366 * DAY
  expect(Date.parse(new X509Certificate(authority.leaf('a.test').cert).validTo)).toBeGreaterThan(now)
})

const longName = `${'a'.repeat(60)}.${'b'.repeat(60)}.test`

for (const name of ['api.example.com', '10.0.0.1', '2001:db8::1', longName])
  test(`openssl accepts the certificate for ${name} by its strictest rules`, async ({}, info) => {
    const authority = CertificateAuthority.create()
    const [ca, leaf] = [info.outputPath('ca.pem'), info.outputPath('leaf.pem')]
    await writeFile(ca, authority.cert)
    await writeFile(leaf, authority.leaf(name).cert)
    const purpose = [
      '-purpose',
      'sslserver',
      name.includes(':') || /^\d/.test(name) ? '-verify_ip' : '-verify_hostname',
      name,
    ]
    const { stdout } = await run('openssl', ['verify', '-x509_strict', '-CAfile', ca, ...purpose, leaf])
    expect(stdout.trim()).toBe(`${leaf}: OK`)
  })

test('a TLS client that trusts the authority trusts the server that a name was made for, and no other', async () => {
  const authority = CertificateAuthority.create()
  const server = createServer({ SNICallback: (name, done) => done(null, authority.context(name)) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const to = { port: address.port, host: '127.0.0.1', ca: authority.cert }
  const socket = connect({ ...to, servername: 'api.example.com' })
  await once(socket, 'secureConnect')
  expect(socket.authorized).toBe(true)
  socket.destroy()
  const stranger = connect({ ...to, ca: CertificateAuthority.create().cert, servername: 'api.example.com' })
  await expect(once(stranger, 'secureConnect')).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  server.close()
})

test.describe('an authority that was kept', () => {
  test('signs for the same clients', () => {
    const first = CertificateAuthority.create()
    const again = CertificateAuthority.load({ key: first.key, cert: first.cert })
    const leaf = new X509Certificate(again.leaf('a.test').cert)
    const issuer = new X509Certificate(first.cert)
    expect(leaf.checkIssued(issuer)).toBe(true)
    expect(leaf.verify(issuer.publicKey)).toBe(true)
    expect(again.spkiHash).not.toBe(first.spkiHash)
  })

  test('may be one of RSA that another tool made', async ({}, info) => {
    const made = await generate([{ name: 'commonName', value: 'their CA' }], {
      keySize: 2048,
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, critical: true },
      ],
    })
    const authority = CertificateAuthority.load({ key: made.private, cert: made.cert })
    const [ca, leaf] = [info.outputPath('ca.pem'), info.outputPath('leaf.pem')]
    await writeFile(ca, authority.cert)
    await writeFile(leaf, authority.leaf('a.test').cert)
    expect((await run('openssl', ['verify', '-CAfile', ca, leaf])).stdout.trim()).toBe(`${leaf}: OK`)
  })

  const authority = CertificateAuthority.create()
  const other = CertificateAuthority.create()
  for (const [what, kept, now] of [
    ['is no PEM', { key: authority.key, cert: 'no' }],
    ['has the key of another', { key: other.key, cert: authority.cert }],
    ['is the certificate of a server', authority.leaf('a.test')],
    ['has ended', { key: authority.key, cert: authority.cert }, tooLate],
  ] as const)
    test(`is refused if it ${what}, without a word of the key`, () => {
      const load = (): unknown => CertificateAuthority.load(kept, now)
      expect(load).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      expect(load).not.toThrow(kept.key.split('\n')[1])
    })
})

for (const name of ['', 'a b', 'a\r\nb', 'ä.test', 'a..b', 'a.test:443', `${'a'.repeat(64)}.test`, '1.2.3.4/8'])
  test(`no certificate is made for ${JSON.stringify(name)}`, () => {
    expect(() => CertificateAuthority.create().leaf(name)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
