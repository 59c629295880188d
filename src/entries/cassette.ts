/**
 * Cassettes as files and as values: to load, make, change and save them, and to record into them without {@link useCassette}.
 *
 * ```ts
 * import { interactionsOf, loadCassette } from 'wiretape/cassette'
 *
 * const cassette = await loadCassette('cassettes/users.yaml')
 * for (const { request } of interactionsOf(cassette)) console.log(request.method, request.url)
 * ```
 *
 * @packageDocumentation
 */
export { decodeCassette } from '../format/decode.ts'
export { encodeCassette } from '../format/encode.ts'
export { interactionsOf } from '../interactions/conversations.ts'
export type { RecordHooks } from '../hooks/hooked-records.ts'
export { Recorder, type RecorderOptions } from '../recorder/recorder.ts'
export { Recording, type RecordingOptions } from '../recorder/recording.ts'
export { type OpaqueBytes, redactCassette, type Redaction, type RedactionReport } from '../redaction/redact-cassette.ts'
export { loadCassette, type LoadOptions } from '../store/load-cassette.ts'
export { openCassette } from '../store/cassette-file.ts'
export { saveCassette, type SaveOptions } from '../store/save-cassette.ts'
export { cassettePath } from '../store/cassette-name.ts'
export { recoverCassette, type RecoverOptions, type Recovery } from '../store/recover.ts'
export { CASSETTE_VERSION } from '../tape/cassette.ts'
export type {
  BytesEvent,
  Cassette,
  CassetteNote,
  CloseEvent,
  DecodedCassette,
  EndEvent,
  FailedEvent,
  Failure,
  OpenEvent,
  RecordedBy,
  SocketError,
  TapeEvent,
} from '../tape/cassette.ts'
export { append as appendCassette } from '../tape/splice.ts'
