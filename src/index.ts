/**
 * Record and replay HTTP/1.1 at the level of bytes.
 *
 * The main entry: what most tests need. Cassettes as values and files are in `wiretape/cassette`, findings and differences in
 * `wiretape/inspect`, servers in `wiretape/serve`; `wiretape/verify`, `wiretape/torture`, `wiretape/playwright`, `wiretape/msw`,
 * `wiretape/import` and `wiretape/generate` do what their names say.
 *
 * @packageDocumentation
 */
export type { HookHeader, HookInteraction, HookRequest, HookResponse } from './hooks/taped-exchanges.ts'
export type { AnswerHook, HookAnswer } from './hooks/answer-hook.ts'
export type { InteractionHook, RecordHook } from './hooks/hook.ts'
export type { RequestHook } from './hooks/request-hook.ts'
export type { Interaction } from './interactions/interaction.ts'
export type { WireRequest } from './interactions/request-reader.ts'
export type { OpaquePolicy, RedactionOptions } from './redaction/redaction-options.ts'
export type { OnExpiry } from './use/plan.ts'
export type { CaptureOptions } from './use/capture-options.ts'
export type { TextOptions } from './content/charset.ts'
export { defaultConnector } from './client/default-connector.ts'
export { DecodedBody, type DecodeOptions, type EventsOptions } from './client/decoded-body.ts'
export { DecodeError, type TextPosition } from './content/decode-error.ts'
export { Fields, type FieldsInit } from './client/fields.ts'
export { HttpConnection } from './client/http-connection.ts'
export type { HttpConnectionOptions, HttpConnectionSettings, RequestOptions } from './client/connection-settings.ts'
export { HttpResponse, type InterimInfo } from './client/http-response.ts'
export type { BodyInit } from './client/request-body.ts'
export type { ServerSentEvent } from './content/server-sent-events.ts'
export { proxyConnector, type ProxyOptions } from './client/proxy.ts'
export { connectSocket, socketConnector } from './client/socket-connector.ts'
export type { SocketOptions } from './client/socket-transport.ts'
export type { Timeouts, TimeoutsOption } from './client/timeouts.ts'
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
export type { ProtocolName, ProtocolOptions } from './protocols/names.ts'
export type { Leniencies, Leniency } from './http1/leniency.ts'
export type { ParserLimits } from './http1/limits.ts'
export type { RecordMode, RecordModeAlias } from './use/record-mode.ts'
export type { SentBytes } from './recorder/sent-log.ts'
export type { CorruptFault, DelayFault, EndingFault, Fault, RangeFault, SplitFault } from './faults/fault.ts'
export type { BodyKind } from './content/content-form.ts'
export type { BarrierOption, Order } from './matching/order.ts'
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
} from './matching/match-on.ts'
export { CassetteMiss } from './misses/cassette-miss.ts'
export { missReports, UnnoticedMisses } from './misses/misses.ts'
export type { MissReport, NearMiss, SentPlaceholder } from './misses/report.ts'
export type { Face } from './misses/words.ts'
export type { PlayHookOptions } from './playback/play-hooks.ts'
export { Replayer, type ReplayerOptions } from './replay/replayer.ts'
export type { Segmentation } from './replay/segmentation.ts'
export type { Timing } from './replay/timing.ts'
export { formatOrigin, parseOrigin } from './transport.ts'
export type { ConnectionInfo, ConnectOptions, Connector, Origin, TlsInfo, Transport } from './transport.ts'
export { cassetteNameOf, cassetteOf } from './use/test-name.ts'
export type { CassetteSummary, OpenCassette } from './use/open-cassette.ts'
export { useCassette, withCassette } from './use/use-cassette.ts'
export type { UseCassetteOptions } from './use/use-options.ts'
export { VERSION } from './version.ts'
