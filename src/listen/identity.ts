import { type Certificate, CertificateAuthority } from '../certificates/certificate-authority.ts'
import { isSubjectName } from '../certificates/subject-names.ts'

/** What a server over TLS shows, and what its clients have to trust, PEM. */
export interface Identity {
  readonly certificate: Certificate
  readonly trusted: string
}

/** The identity that was given, or a new one for these names, whose keys never leave this process. `false`: no TLS. */
export function identityOf(tls: boolean | Certificate, names: readonly string[]): Identity | undefined {
  if (tls === false) return undefined
  if (tls !== true) return { certificate: tls, trusted: tls.cert }
  const authority = CertificateAuthority.create('wiretape serve')
  return { certificate: authority.leaf(...names.filter(isSubjectName)), trusted: authority.cert }
}
