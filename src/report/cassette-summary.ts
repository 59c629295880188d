import type { BytesEvent, Cassette, TapeEvent } from '../tape/cassette.ts'
import { count } from '../content/printable.ts'

/** Connections, segments and bytes in one line. */
export function summarize({ tape }: Cassette): string {
  const ofType = (type: TapeEvent['type']): number => tape.filter((event) => event.type === type).length
  const segments = tape.filter((event) => event.type === 'sent' || event.type === 'received')
  const total = (type: BytesEvent['type']): number =>
    segments.reduce((sum, segment) => (segment.type === type ? sum + segment.bytes.length : sum), 0)
  return [
    count(ofType('open'), 'connection'),
    ...(ofType('failed') === 0 ? [] : [`${ofType('failed')} not made`]),
    count(segments.length, 'segment'),
    `${count(total('sent'), 'byte')} sent`,
    `${count(total('received'), 'byte')} received`,
  ].join(', ')
}
