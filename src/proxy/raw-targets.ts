import { LocalProtocolError } from '../errors.ts'
import { isRaw, parseOrigin } from '../transport.ts'
import type { OpenCassette } from '../use/open-cassette.ts'
import { formatTarget, type Target } from './target.ts'

/** The protocol of a target at which no HTTP is spoken. */
export type RawAt = (target: Target) => 'tcp' | 'tls' | undefined

/** @throws LocalProtocolError `INVALID_OPTION` for anything that is not an origin of such a protocol. */
export function rawTargets(origins: readonly string[]): RawAt {
  const known = new Map<string, 'tcp' | 'tls'>()
  for (const text of origins) {
    const origin = parseOrigin(text)
    if (origin === undefined || (origin.protocol !== 'tcp' && origin.protocol !== 'tls'))
      throw new LocalProtocolError(
        'INVALID_OPTION',
        `raw: ${JSON.stringify(text)}; write it as tcp://host:port or tls://host:port`,
      )
    known.set(formatTarget(origin), origin.protocol)
  }
  return (target) => known.get(formatTarget(target))
}

/** What was recorded as bytes is played as bytes, even if the server spoke first. */
export function rawAmong(cassette: OpenCassette): RawAt {
  if (!plays(cassette)) return () => undefined
  const origins = (cassette.cassette?.tape ?? []).map((event) => ('to' in event ? event.to : ''))
  return rawTargets([...new Set(origins.filter(isRaw))])
}

/** Whether requests may be answered from the file. */
export const plays = ({ mode, isRecording }: OpenCassette): boolean =>
  mode !== 'passthrough' && (!isRecording || mode === 'new_episodes')
