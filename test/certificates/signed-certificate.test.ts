import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { expect, test } from '../helpers/test.ts'
import { element, type Element, explicit, inside, integer, octetString, sequence } from '../../src/certificates/der.ts'
import {
  authorityExtensions,
  commonName,
  type Issuer,
  keyIdOf,
  NO_SUBJECT,
  serverExtensions,
  signedCertificate,
  subjectOf,
} from '../../src/certificates/signed-certificate.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const subject = commonName('they') ?? NO_SUBJECT
const keyId = Buffer.from('the key identifier')
const issuer: Issuer = { privateKey, subject, keyId }
const from = Date.parse('2026-01-02T03:04:05Z')
const to = Date.parse('2027-01-02T03:04:05Z')

const der = (extensions: readonly Buffer[], by = issuer): Buffer =>
  new X509Certificate(signedCertificate({ subject: NO_SUBJECT, publicKey, from, to, extensions }, by)).raw

/** The parts that are signed. */
const partsOf = (certificate: Buffer): readonly Element[] => inside(inside(certificate)[0]?.raw ?? NO_SUBJECT)

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')

test('a certificate is of version 3, with a positive serial number of 16 bytes that differs each time', () => {
  const [version, serial] = partsOf(der([]))
  expect(hex(version?.raw)).toBe('a003020102')
  expect([serial?.tag, serial?.content.length, serial?.content[0]]).toEqual([0x02, 16, 1])
  expect(hex(partsOf(der([]))[1]?.raw)).not.toBe(hex(serial?.raw))
})

test('a certificate says the same twice how it is signed, by the key of its issuer', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (const [by, algorithm, key] of [
    [issuer, '300a06082a8648ce3d040302', publicKey],
    [{ ...issuer, privateKey: rsa.privateKey }, '300d06092a864886f70d01010b0500', rsa.publicKey],
  ] as const) {
    const certificate = der([], by)
    const [, outer] = inside(certificate)
    expect([hex(outer?.raw), hex(partsOf(certificate)[2]?.raw)]).toEqual([algorithm, algorithm])
    expect(new X509Certificate(certificate).verify(key)).toBe(true)
  }
})

test('a certificate has its names, its times and its key', () => {
  const certificate = new X509Certificate(der([]))
  expect(certificate.issuer).toBe('CN=they')
  expect([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]).toEqual([from, to])
  expect(certificate.publicKey.equals(publicKey)).toBe(true)
  expect(hex(partsOf(certificate.raw)[5]?.raw)).toBe('3000')
})

test('an authority says that it is one, and that its certificates sign nothing', () => {
  const certificate = der(authorityExtensions(keyId))
  expect(new X509Certificate(certificate).ca).toBe(true)
  expect(authorityExtensions(keyId).map(hex)).toEqual([
    '30120603551d130101ff040830060101ff020100',
    '300e0603551d0f0101ff040403020106',
    `301b0603551d0e04140412${hex(keyId)}`,
  ])
})

test('a server says that it is one, and whose', () => {
  const about = { keyId, issuer: { ...issuer, keyId: Buffer.from('issuer') } }
  const extensions = serverExtensions(['a.test'], { ...about, hasSubject: true }).map(hex)
  expect(extensions).toEqual([
    '300c0603551d130101ff04023000',
    '300e0603551d0f0101ff040403020780',
    '30130603551d25040c300a06082b06010505070301',
    `301b0603551d0e04140412${hex(keyId)}`,
    `30110603551d23040a30088006${hex(Buffer.from('issuer'))}`,
    `30110603551d11040a30088206${hex(Buffer.from('a.test'))}`,
  ])
  // Without a subject the names must be critical.
  const names = serverExtensions(['a.test'], { ...about, hasSubject: false })
    .map(hex)
    .at(-1)
  expect(names).toBe(`30140603551d110101ff040a30088206${hex(Buffer.from('a.test'))}`)
})

test('a common name has up to 64 bytes', () => {
  expect(hex(commonName('a'))).toBe('300c310a300806035504030c0161')
  expect(commonName('a'.repeat(64))).toBeDefined()
  expect(commonName('a'.repeat(65))).toBeUndefined()
  expect(commonName('ü'.repeat(32))).toBeDefined()
  expect(commonName('ü'.repeat(33))).toBeUndefined()
})

test('the identifier of a key is the SHA-1 of its bits', () => {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  expect(hex(keyIdOf(publicKey))).toBe(createHash('sha1').update(point).digest('hex'))
})

const SKI = '551d0e'

/** A certificate with such parts, of which only the subject matters. */
const madeOf = (...last: readonly Buffer[]): Buffer => {
  const skipped = integer(Buffer.of(1))
  return sequence(sequence(explicit(0, integer(Buffer.of(2))), skipped, skipped, skipped, skipped, ...last))
}

/** An extension of this identifier. */
const extensionOf = (id: string, ...rest: readonly Buffer[]): Buffer =>
  sequence(element(0x06, Buffer.from(id, 'hex')), ...rest)

test.describe('what a certificate says of itself', () => {
  test('is its subject and the identifier of its key', () => {
    const certificate = signedCertificate(
      { subject, publicKey, from, to, extensions: authorityExtensions(keyId) },
      { ...issuer, subject: commonName('other') ?? NO_SUBJECT },
    )
    const found = subjectOf(new X509Certificate(certificate).raw)
    expect([hex(found.subject), hex(found.keyId)]).toEqual([hex(subject), hex(keyId)])
  })

  const identifier = octetString(octetString(keyId))
  const critical = element(0x01, Buffer.of(0xff))
  for (const [what, extensions, found] of [
    [
      'is found after others',
      [extensionOf('551d0f', octetString(octetString(Buffer.of(9)))), extensionOf(SKI, identifier)],
      keyId,
    ],
    ['is found if it is critical', [extensionOf(SKI, critical, identifier)], keyId],
    ['may be missing', [extensionOf('551d0f', identifier)], undefined],
    ['may be missing where nothing else is', [], undefined],
    ['is not there if it is cut', [extensionOf(SKI, octetString(Buffer.of(4, 9, 1)))], undefined],
  ] as const) {
    test(`of which the identifier ${what}`, () => {
      const made = madeOf(subject, sequence(), explicit(3, sequence(...extensions)))
      expect(subjectOf(made)).toEqual({ subject, keyId: found })
    })
  }

  test('has no identifier without extensions, and nothing without parts', () => {
    expect(subjectOf(madeOf(subject, sequence()))).toEqual({ subject, keyId: undefined })
    expect(subjectOf(madeOf(subject, sequence(), explicit(1, sequence(extensionOf(SKI, identifier)))))).toEqual({
      subject,
      keyId: undefined,
    })
    expect(subjectOf(sequence(sequence()))).toEqual({ subject: NO_SUBJECT, keyId: undefined })
    expect(subjectOf(Buffer.alloc(0))).toEqual({ subject: NO_SUBJECT, keyId: undefined })
  })

  test('is found in one of version 1, too', () => {
    const skipped = integer(Buffer.of(1))
    expect(hex(subjectOf(sequence(sequence(skipped, skipped, skipped, skipped, subject))).subject)).toBe(hex(subject))
  })
})
