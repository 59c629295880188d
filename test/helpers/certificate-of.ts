import { generate } from 'selfsigned'
import type { Certificate } from '../../demo/certificate.ts'

/** A certificate for `name`, valid between two points in time: days from now. `subject`: its whole name, if it is not only the common one. */
export async function certificateOf(
  name: string,
  from: number,
  to: number,
  subject: Readonly<Record<string, string>> = { CN: name },
): Promise<Certificate> {
  const attributes = Object.entries(subject).map(([shortName, value]) => ({ shortName, value }))
  const made = await generate(attributes, {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: inDays(from),
    notAfterDate: inDays(to),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  })
  return { key: made.private, cert: made.cert }
}

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)
