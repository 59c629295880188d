import type { ConnectionInfo } from '../transport.ts'
import type { Frame } from './frames.ts'
import type { SentError } from './sent-error.ts'
import type { SentConnect } from './sent-options.ts'
import type { SentPolicy } from './sent-policy.ts'

// What frames hold as JSON. Only the other side of a link, which knows the secret of the run, has written it.

export function passIn({ bytes }: Frame): string {
  const { pass }: SentConnect = JSON.parse(bytes.toString())
  return pass
}

export function connectIn({ bytes }: Frame): SentConnect {
  const sent: SentConnect = JSON.parse(bytes.toString())
  return sent
}

export function policyIn({ bytes }: Frame): SentPolicy {
  const sent: SentPolicy = JSON.parse(bytes.toString())
  return sent
}

export function infoIn({ bytes }: Frame): ConnectionInfo {
  const sent: ConnectionInfo = JSON.parse(bytes.toString())
  return sent
}

export function errorIn({ bytes }: Frame): SentError {
  const sent: SentError = JSON.parse(bytes.toString())
  return sent
}
