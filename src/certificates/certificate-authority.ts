import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { LocalProtocolError } from '../errors.ts'
import { systemNow } from '../timers.ts'
import {
  authorityExtensions,
  commonName,
  type Issuer,
  keyIdOf,
  NO_SUBJECT,
  serverExtensions,
  signedCertificate,
  subjectOf,
} from './signed-certificate.ts'
import { subjectName } from './subject-names.ts'

/** A private key and its certificate, PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * Makes certificates for servers on this machine. A client that trusts {@link CertificateAuthority.cert} trusts all of them.
 *
 * ```ts
 * const authority = CertificateAuthority.create()
 * tls.createServer({ SNICallback: (name, done) => done(null, authority.context(name)) })
 * ```
 *
 * All of them have one key, which each process makes for itself and which is never written anywhere.
 */
export class CertificateAuthority {
  /** The certificate that clients have to trust, PEM. */
  readonly cert: string
  readonly #issuer: Issuer
  /** No certificate may outlive its issuer, nor begin before it. */
  readonly #valid: { readonly from: number; readonly to: number }
  readonly #serverKeyText: string
  readonly #publicKey: KeyObject
  readonly #keyId: Buffer
  readonly #now: () => number
  readonly #certificates = new Latest<Certificate>()
  readonly #contexts = new Latest<SecureContext>()

  private constructor(cert: string, issuer: Issuer, now: () => number) {
    const { validFrom, validTo } = new X509Certificate(cert)
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.cert = cert
    this.#issuer = issuer
    this.#valid = { from: Date.parse(validFrom), to: Date.parse(validTo) }
    this.#serverKeyText = textOf(privateKey)
    this.#publicKey = publicKey
    this.#keyId = keyIdOf(publicKey)
    this.#now = now
  }

  /** Makes a new authority, valid for two years. Its key is nowhere but in this object. */
  static create(name = 'wiretape', now: () => number = systemNow): CertificateAuthority {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const keyId = keyIdOf(publicKey)
    // A store that holds several of ours can tell them apart by their names.
    const subject = commonName(`${name} ${keyId.toString('hex', 0, 4)}`) ?? NO_SUBJECT
    const issuer = { privateKey, subject, keyId }
    const claims = {
      subject,
      publicKey,
      // The clock of a container may be slow.
      from: now() - 2 * DAY,
      to: now() + 2 * YEAR,
      extensions: authorityExtensions(keyId),
    }
    return new CertificateAuthority(signedCertificate(claims, issuer), issuer, now)
  }

  /**
   * Uses an authority that was kept.
   *
   * @throws LocalProtocolError `INVALID_OPTION` if it cannot sign, or is not valid now.
   */
  static load({ key, cert }: Certificate, now: () => number = systemNow): CertificateAuthority {
    const { certificate, privateKey } = read(key, cert)
    if (!certificate.ca) throw unusable('the certificate may not sign others')
    if (!certificate.checkPrivateKey(privateKey)) throw unusable('the key is not that of the certificate')
    if (privateKey.asymmetricKeyType !== 'ec' && privateKey.asymmetricKeyType !== 'rsa')
      throw unusable('the key is neither one of RSA nor of an elliptic curve')
    const { validFrom, validTo } = certificate
    if (now() < Date.parse(validFrom) || now() > Date.parse(validTo))
      throw unusable(`it is valid from ${validFrom} to ${validTo}`)
    const { subject, keyId = keyIdOf(certificate.publicKey) } = subjectOf(certificate.raw)
    return new CertificateAuthority(certificate.toString(), { privateKey, subject, keyId }, now)
  }

  /** The private key of this authority, PEM. With it one can pretend to be any server. */
  get key(): string {
    return textOf(this.#issuer.privateKey)
  }

  /** Milliseconds since 1970; no certificate of it is valid afterwards. */
  get validTo(): number {
    return this.#valid.to
  }

  /**
   * Base64 of the SHA-256 of the public key that all certificates share, for `--ignore-certificate-errors-spki-list` of Chromium.
   */
  get spkiHash(): string {
    return createHash('sha256')
      .update(this.#publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64')
  }

  /**
   * The certificate of a server with these names or addresses, and its key.
   *
   * @throws LocalProtocolError `INVALID_OPTION` for what is neither a name nor an address.
   */
  leaf(...names: readonly string[]): Certificate {
    const list = [...new Set(names.map(subjectName))]
    return this.#certificates.get(this.#periodic(list.join(' ')), () => this.#sign(list))
  }

  /**
   * The same as a context for {@link createSecureContext}'s users, such as an `SNICallback`.
   *
   * @throws LocalProtocolError `INVALID_OPTION` for what is neither a name nor an address.
   */
  context(name: string): SecureContext {
    return this.#contexts.get(this.#periodic(subjectName(name)), () => createSecureContext(this.leaf(name)))
  }

  /** A kept certificate must not end while it is in use, however long this process lives. */
  #periodic(key: string): string {
    return `${Math.floor(this.#now() / (YEAR / 2))} ${key}`
  }

  #sign(names: readonly string[]): Certificate {
    const [first = ''] = names
    const subject = commonName(first)
    const claims = {
      subject: subject ?? NO_SUBJECT,
      publicKey: this.#publicKey,
      from: Math.max(this.#now() - DAY, this.#valid.from),
      // Apple refuses more than 397 days, and others will.
      to: Math.min(this.#now() + YEAR, this.#valid.to),
      extensions: serverExtensions(names, {
        keyId: this.#keyId,
        issuer: this.#issuer,
        hasSubject: subject !== undefined,
      }),
    }
    return { key: this.#serverKeyText, cert: signedCertificate(claims, this.#issuer) }
  }
}

/** The values that were last asked for. A client can ask for any number of names. */
class Latest<Value> {
  readonly #values = new Map<string, Value>()

  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= MOST_KEPT) break
      this.#values.delete(oldest)
    }
    return value
  }
}

function read(key: string, cert: string): { readonly certificate: X509Certificate; readonly privateKey: KeyObject } {
  try {
    return { certificate: new X509Certificate(cert), privateKey: createPrivateKey(key) }
  } catch (error) {
    // What OpenSSL says names no part of the key.
    throw unusable(error instanceof Error ? error.message : String(error))
  }
}

const unusable = (reason: string): LocalProtocolError =>
  new LocalProtocolError('INVALID_OPTION', `the certificate authority cannot be used: ${reason}`)

const textOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const DAY = 86_400_000
const YEAR = 365 * DAY
const MOST_KEPT = 1000
