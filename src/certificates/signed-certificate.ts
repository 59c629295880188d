import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bitString,
  element,
  elementsOf,
  explicit,
  inside,
  integer,
  NULL,
  objectId,
  octetString,
  pem,
  sequence,
  set,
  time,
  TRUE,
  utf8String,
} from './der.ts'
import { generalName } from './subject-names.ts'

/** Who signs. */
export interface Issuer {
  readonly privateKey: KeyObject
  /** Its name, DER. */
  readonly subject: Buffer
  /** Its subjectKeyIdentifier. */
  readonly keyId: Buffer
}

/** What a certificate says. */
export interface Claims {
  /** DER. */
  readonly subject: Buffer
  readonly publicKey: KeyObject
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly extensions: readonly Buffer[]
}

/** A certificate of version 3, PEM (RFC 5280 section 4.1). Node cannot make one, so the few structures needed are written here. */
export function signedCertificate({ subject, publicKey, from, to, extensions }: Claims, issuer: Issuer): string {
  const algorithm = issuer.privateKey.asymmetricKeyType === 'rsa' ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])), // The first bit makes it positive, whatever follows.
    algorithm,
    issuer.subject,
    sequence(time(from), time(to)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  )
  const signature = sign('sha256', toBeSigned, issuer.privateKey)
  return pem('CERTIFICATE', sequence(toBeSigned, algorithm, bitString(signature)))
}

/** Of an authority whose certificates sign nothing further (RFC 5280 section 4.2.1). Strict clients want every one of these. */
export function authorityExtensions(keyId: Buffer): readonly Buffer[] {
  return [
    extension(BASIC_CONSTRAINTS, sequence(TRUE, integer(Buffer.of(0))), 'critical'), // CA, path length 0
    extension(KEY_USAGE, element(0x03, Buffer.of(1, 0x06)), 'critical'), // keyCertSign, cRLSign
    extension(SUBJECT_KEY_ID, octetString(keyId)),
  ]
}

/** Of a server. Without a subject the names must be critical (RFC 5280 section 4.2.1.6). */
export function serverExtensions(
  names: readonly string[],
  { keyId, issuer, hasSubject }: { readonly keyId: Buffer; readonly issuer: Issuer; readonly hasSubject: boolean },
): readonly Buffer[] {
  return [
    extension(BASIC_CONSTRAINTS, sequence(), 'critical'), // not a CA
    extension(KEY_USAGE, element(0x03, Buffer.of(7, 0x80)), 'critical'), // digitalSignature
    extension(EXTENDED_KEY_USAGE, sequence(objectId('2b 06 01 05 05 07 03 01'))), // serverAuth
    extension(SUBJECT_KEY_ID, octetString(keyId)),
    extension(AUTHORITY_KEY_ID, sequence(element(0x80, issuer.keyId))),
    extension(SUBJECT_NAMES, sequence(...names.map(generalName)), hasSubject ? undefined : 'critical'),
  ]
}

/** A name with only this common name, DER. `undefined` if it is longer than X.520 allows. */
export function commonName(name: string): Buffer | undefined {
  return Buffer.byteLength(name) > 64 ? undefined : sequence(set(sequence(objectId('55 04 03'), utf8String(name))))
}

/** The name of nobody. */
export const NO_SUBJECT: Buffer = sequence()

/** SHA-1 of the key's bits, as RFC 5280 section 4.2.1.2 proposes. It only distinguishes keys. */
export function keyIdOf(publicKey: KeyObject): Buffer {
  const [, bits] = inside(publicKey.export({ type: 'spki', format: 'der' }))
  return createHash('sha1')
    .update(bits?.content.subarray(1) ?? '')
    .digest()
}

/** The subject and the subjectKeyIdentifier of a certificate, DER. */
export function subjectOf(certificate: Buffer): { readonly subject: Buffer; readonly keyId: Buffer | undefined } {
  const [toBeSigned] = inside(certificate)
  const fields = toBeSigned === undefined ? [] : inside(toBeSigned.raw)
  // Version 1 leaves out the version.
  const [, , , , subject] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields
  const [list] = inside(fields.find(({ tag }) => tag === 0xa3)?.raw ?? Buffer.alloc(0))
  const extensions = list === undefined ? [] : inside(list.raw).map(({ raw }) => inside(raw))
  const identifier = extensions.find(([id]) => id?.raw.equals(objectId(SUBJECT_KEY_ID)) === true)?.at(-1)
  // The value of the extension is an OCTET STRING inside an OCTET STRING.
  const [keyId] = identifier === undefined ? [] : (elementsOf(identifier.content) ?? [])
  return { subject: subject?.raw ?? NO_SUBJECT, keyId: keyId?.content }
}

function extension(id: string, value: Buffer, isCritical?: 'critical'): Buffer {
  return sequence(objectId(id), ...(isCritical === undefined ? [] : [TRUE]), octetString(value))
}

const BASIC_CONSTRAINTS = '55 1d 13'
const KEY_USAGE = '55 1d 0f'
const EXTENDED_KEY_USAGE = '55 1d 25'
const SUBJECT_KEY_ID = '55 1d 0e'
const AUTHORITY_KEY_ID = '55 1d 23'
const SUBJECT_NAMES = '55 1d 11'
const ECDSA_WITH_SHA256 = sequence(objectId('2a 86 48 ce 3d 04 03 02'))
const RSA_WITH_SHA256 = sequence(objectId('2a 86 48 86 f7 0d 01 01 0b'), NULL)
