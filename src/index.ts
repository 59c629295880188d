/**
 * Record and replay HTTP/1.1 at the level of bytes.
 *
 * @packageDocumentation
 */
export { CASSETTE_VERSION } from './tape/cassette.ts'
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
  TapeEvent,
} from './tape/cassette.ts'
export { loadCassette, openCassette, type LoadOptions, saveCassette, type SaveOptions } from './store/cassette-file.ts'
export { cassettePath } from './store/cassette-name.ts'
export { decodeCassette, encodeCassette } from './format/codec.ts'
export type { HookHeader, HookInteraction, HookRequest, HookResponse } from './hooks/taped-exchanges.ts'
export type { InteractionHook } from './hooks/hook.ts'
export { checkCassettes, type CheckOptions, type CheckReport, countFindings } from './inspection/check-cassettes.ts'
export type {
  BytesChange,
  BytesExcerpt,
  HeaderChange,
  JsonChange,
  LineHunk,
  LinesChange,
} from './inspection/content-changes.ts'
export {
  type CassetteDiff,
  type Change,
  type ConnectionDiff,
  diffCassettes,
  type DiffOptions,
  type InteractionDiff,
  type ValueChange,
} from './inspection/diff-cassettes.ts'
export { findCassettes, type FoundFiles } from './inspection/find-cassettes.ts'
export { type Finding, type FindingCode, FINDINGS, type Severity } from './inspection/findings.ts'
export {
  formatCassette,
  type FormatOptions,
  type FormatReport,
  type PlacedRemark,
} from './inspection/format-cassette.ts'
export { formatPlayed, parsePlayedList, type PlayedCassette } from './inspection/played-list.ts'
export { type FileRedaction, redactFile, type RedactFileOptions } from './inspection/redact-file.ts'
export { interactionsOf } from './interactions/conversations.ts'
export type { Interaction } from './interactions/interaction.ts'
export type { WireRequest } from './interactions/request-reader.ts'
export type { OpaquePolicy } from './redaction/content.ts'
export {
  type OpaqueBytes,
  redactCassette,
  type Redaction,
  type RedactionOptions,
  type RedactionReport,
} from './redaction/redact-cassette.ts'
export { append as appendCassette } from './tape/splice.ts'
export { recoverCassette, type RecoverOptions, type Recovery } from './store/recover.ts'
export type { OnExpiry } from './use/plan.ts'
export type { TextOptions } from './content/charset.ts'
export { defaultConnector } from './client/default-connector.ts'
export { DecodedBody, type DecodeOptions, type EventsOptions } from './client/decoded-body.ts'
export { DecodeError, type TextPosition } from './content/decode-error.ts'
export { type ConnectorFetch, type ConnectorFetchOptions, fetchOver } from './client/fetch.ts'
export { Fields, type FieldsInit } from './client/fields.ts'
export {
  HttpConnection,
  type HttpConnectionOptions,
  type HttpConnectionSettings,
  type RequestOptions,
} from './client/http-connection.ts'
export { HttpResponse, type InterimInfo } from './client/http-response.ts'
export type { BodyInit } from './client/request-body.ts'
export type { ServerSentEvent } from './content/server-sent-events.ts'
export { proxyConnector, type ProxyOptions } from './client/proxy.ts'
export { connectSocket, socketConnector, type SocketOptions } from './client/socket-transport.ts'
export type { Timeouts, TimeoutsOption } from './client/timeouts.ts'
export { nodeConnect, toSocket, type TransportSocket, undiciConnect } from './client/to-socket.ts'
export { type Clock, type ScheduledAction, VirtualClock } from './clock.ts'
export {
  CassetteError,
  ConnectionError,
  ERROR_CODES,
  type ErrorCode,
  type FilePosition,
  LocalProtocolError,
  type Phase,
  RemoteProtocolError,
  WiretapeError,
} from './errors.ts'
export type {
  ByteRange,
  ChunkHead,
  Data,
  EndOfMessage,
  FieldLine,
  InterimResponse,
  RequestEvent,
  RequestHead,
  ResponseEvent,
  ResponseHead,
} from './http1/events.ts'
export type { Leniencies, Leniency } from './http1/leniency.ts'
export type { ParserLimits } from './http1/limits.ts'
export type { RecordMode, RecordModeAlias } from './use/record-mode.ts'
export { Recorder, type RecorderOptions } from './recorder/recorder.ts'
export { Recording, type RecordingOptions } from './recorder/recording.ts'
export type { SentBytes } from './recorder/sent-log.ts'
export type { CorruptFault, DelayFault, EndingFault, Fault, RangeFault, SplitFault } from './replay/faults.ts'
export type { BarrierOption } from './replay/matching/barrier.ts'
export type { BodyKind } from './replay/matching/content.ts'
export type { Order } from './replay/matching/interaction-pool.ts'
export type {
  BodyRule,
  CustomMatcher,
  HeadersRule,
  MatchCase,
  MatchList,
  MatchName,
  MatchOn,
  MatchRule,
  QueryRule,
  Reason,
} from './replay/matching/match-on.ts'
export { CassetteMiss } from './replay/miss/cassette-miss.ts'
export { missReports, UnnoticedMisses } from './replay/miss/misses.ts'
export type { MissReport, NearMiss } from './replay/miss/report.ts'
export { Replayer, type ReplayerOptions } from './replay/replayer.ts'
export type { Segmentation } from './replay/segmentation.ts'
export type { Timing } from './replay/timing.ts'
export type { ListenOptions } from './listen/local-server.ts'
export { type ServeOptions, type ServedCassette, serveCassette } from './serve/serve-cassette.ts'
export { type ServeConnectorOptions, type ServedConnector, serveConnector } from './serve/serve-connector.ts'
export { ServeRefusal } from './listen/refusal.ts'
export type { TortureCase, TortureKind } from './torture/plan.ts'
export type { Scenario, TortureWorld } from './torture/run.ts'
export {
  torture,
  type TortureFinding,
  type TortureOptions,
  type TortureProgress,
  type TortureReport,
  type TortureVerdict,
} from './torture/torture.ts'
export { formatOrigin, parseOrigin } from './transport.ts'
export type { ConnectionInfo, ConnectOptions, Connector, Origin, TlsInfo, Transport } from './transport.ts'
export {
  type CassetteSummary,
  type OpenCassette,
  useCassette,
  type UseCassetteOptions,
  withCassette,
} from './use/use-cassette.ts'
export { type Drift, type Grade, GRADES } from './verify/drift.ts'
export { toJunit } from './verify/junit.ts'
export { type VerifiedInteraction, verifyCassette, type VerifyOptions } from './verify/verify-cassette.ts'
export { VERSION } from './version.ts'
