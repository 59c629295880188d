/**
 * Every way this package fails on purpose: the code to match on, and its meaning.
 *
 * Few classes say who is to blame, many codes say what happened. Codes never change their meaning.
 */
// oxfmt-ignore
export const ERROR_CODES = {
  // --- The peer broke RFC 9112 (RemoteProtocolError, with the byte offset).
  BAD_START_LINE: 'the first line of the message is not an HTTP status line or request line',
  BAD_VERSION: 'the HTTP version is not written as HTTP/1.0 or HTTP/1.1',
  UNSUPPORTED_VERSION: 'the HTTP version is not 1.0 or 1.1',
  BAD_STATUS: 'the status code is not three digits from 100 to 999',
  BAD_METHOD: 'the method of a request line is not a token',
  BAD_TARGET: 'the target of a request line is empty or holds a forbidden byte',
  BAD_REASON: 'the reason phrase holds a control byte',
  BARE_CR: 'a CR is not followed by LF',
  BARE_LF: 'a line ends in LF without CR',
  OBS_FOLD: 'a field line starts with whitespace (obsolete line folding)',
  WS_BEFORE_COLON: 'there is whitespace between a field name and its colon',
  BAD_FIELD_NAME: 'a field name is empty, holds a byte that is not a token character, or has no colon after it',
  BAD_FIELD_VALUE: 'a field value holds a NUL or another control byte',
  HEADERS_TOO_LARGE: 'the start line and header section exceed the limit',
  TOO_MANY_HEADERS: 'the header section has more fields than the limit',
  TRAILERS_TOO_LARGE: 'the trailer section exceeds the limit',
  BAD_CL: 'Content-Length is not one decimal number',
  DUPLICATE_CL: 'there are several Content-Length fields',
  CL_OVERFLOW: 'Content-Length is larger than 2^53-1',
  CL_AND_TE: 'the message has both Content-Length and Transfer-Encoding',
  BAD_TRANSFER_CODING: 'Transfer-Encoding is empty, or applies chunked twice or not last',
  UNKNOWN_TRANSFER_CODING: 'Transfer-Encoding names a coding other than chunked',
  BAD_CHUNK_SIZE: 'a chunk-size is not a hexadecimal number directly followed by CRLF or an extension',
  CHUNK_SIZE_OVERFLOW: 'a chunk-size is larger than 2^53-1',
  CHUNK_LINE_TOO_LONG: 'a chunk-size has more digits than the limit',
  BAD_CHUNK_EXT: 'a chunk extension is not `;name` or `;name=value`',
  CHUNK_EXT_TOO_LARGE: 'the chunk extensions of one message exceed the limit',
  BAD_CHUNK_END: 'the data of a chunk is not followed by CRLF',
  TOO_MANY_INFORMATIONAL: 'the server sent more interim (1xx) responses, or more bytes in them, than the limits allow',
  UNSOLICITED_DATA: 'the server sent bytes while no request was waiting for an answer',
  UNEXPECTED_UPGRADE: 'the server switched to a protocol that the request did not ask for',
  EMPTY_RESPONSE: 'the connection ended before the first byte of the answer',
  PREMATURE_EOF: 'the connection ended inside a message',

  // --- The caller asked for something the protocol forbids (LocalProtocolError; nothing was written).
  INVALID_METHOD: 'the method is not a token (RFC 9110 section 9.1)',
  INVALID_PATH: 'the request target is empty or holds a byte outside 0x21-0x7e',
  INVALID_HEADER_NAME: 'a header name is not a token (RFC 9110 section 5.1)',
  INVALID_HEADER_VALUE: 'a header value holds CR, LF, NUL, another control character or one above 0xff',
  CONFLICTING_CL: 'the given Content-Length contradicts the request',
  BODY_LENGTH_MISMATCH: 'the body does not have the length that Content-Length announced',
  BODY_UNREAD: 'the body of an earlier response has not been read',
  IMPORT_INVALID: 'the file is not in the format of the tool that it is imported from',
  LIBRARY_MISSING: 'an optional package is not installed',
  PROGRAM_MISSING: 'a program that this needs is not installed',
  PROGRAM_FAILED: 'a program that this needs did not do its work',
  INVALID_OPTION: 'an option has an invalid value',
  HOOK_FAILED: 'a hook failed or did not return what it has to; the bodies of this interaction are withheld, everything else goes on',
  HOOK_TIMEOUT: 'a hook took too long; the bodies of this interaction are withheld, everything else goes on',
  PLAYBACK_HOOK_FAILED: 'a hook failed while a request was answered from the cassette, or did not return what it has to; the client has no answer',
  SECRET_TOO_SHORT: 'a value to redact is shorter than eight characters, so it would also match text that is not secret',
  TARGET_FORBIDDEN: 'the proxy may not connect there',
  AUTHORITY_UNSAFE: 'the key of the authority would not be safe',
  CASSETTE_EJECTED: 'the cassette was ejected: its connections are closed, and it opens no new ones',
  UNKNOWN_OPTION: 'there is no such option',
  FETCH_REPLACED: 'the global fetch, or its dispatcher, was replaced before wiretape was loaded; import wiretape/fetch first',
  WRONG_STATE: 'this call is not allowed in the current state of the connection',

  // --- The content is not what the header fields say (DecodeError; the connection is sound).
  DECODE_ERROR: 'the body cannot be decoded in its declared format',
  DECODED_TOO_LARGE: 'the decoded body exceeds the limit',
  UNKNOWN_CODING: 'Content-Encoding names a coding that cannot be decoded',
  TOO_MANY_CODINGS: 'Content-Encoding names more codings than the limit',
  UNKNOWN_CHARSET: 'Content-Type names a charset that cannot be decoded',
  EVENT_TOO_LARGE: 'a server-sent event exceeds the limit',
  AMBIGUOUS_LOCATION: 'the redirect has several Location fields, and they name different places',

  // --- The network failed (ConnectionError, with its phase).
  CONNECT_FAILED: 'the connection could not be made',
  CONNECTION_LOST: 'the connection failed',
  CONNECTION_CLOSED: 'the connection is closed',
  DNS_FAILED: 'the host name could not be looked up',
  PROXY_REFUSED: 'the proxy did not open a tunnel',
  TLS_FAILED: 'the TLS handshake failed',
  TLS_TRUNCATED: 'the connection ended without close_notify, the end of TLS; the received data may be cut off',
  CONNECT_TIMEOUT: 'no TCP connection within the time allowed',
  TLS_TIMEOUT: 'no finished TLS handshake within the time allowed',
  HEADERS_TIMEOUT: 'no complete response head within the time allowed',
  BODY_TIMEOUT: 'no further body bytes within the time allowed',
  WRITE_TIMEOUT: 'the peer took no bytes within the time allowed',
  ABORTED: 'the request was aborted by its signal',

  // --- The cassette cannot be used (CassetteError, with file, line and column if they are known).
  CASSETTE_NOT_FOUND: 'there is no such cassette',
  CASSETTE_EXPIRED: 'the cassette is older than `maxAge` allows',
  CASSETTE_EMPTY: 'the cassette file is empty',
  TORN_TAIL: 'the end of the cassette is missing; `wiretape recover` keeps the complete records',
  CASSETTE_SYNTAX: 'the cassette is not well-formed YAML',
  CASSETTE_CONFLICT: 'the cassette holds merge conflict markers',
  CASSETTE_INVALID: 'the cassette does not have the form that docs/cassette-format.md describes',
  CASSETTE_VERSION: 'the cassette has a format version that this release does not read',
  CASSETTE_TOO_LARGE: 'the cassette exceeds a size limit',
  DEPTH_EXCEEDED: 'the cassette is nested too deeply',
  ALIAS_FORBIDDEN: 'the cassette holds a YAML anchor, alias or merge key',
  UNKNOWN_TAG: 'the cassette holds a YAML tag',
  BLOB_MISSING: 'a blob file of the cassette is missing; it belongs in `blobs/` next to the cassette',
  BLOB_DAMAGED: 'a blob file of the cassette does not have the SHA-256 that its name states',
  BAD_BASE64: 'a base64 piece is not canonical base64',
  CASSETTE_UNFAITHFUL: 'the encoded cassette does not decode to the same bytes; nothing was saved',
  PATH_ESCAPE: 'the cassette name leads outside its folder',
  NOT_A_REGULAR_FILE: 'the cassette path is not a regular file',
  CASSETTE_LOCKED: 'the cassette is being recorded',
  CASSETTE_CHANGED: 'something else changed the cassette during the recording',
  CASSETTE_EXISTS: 'the cassette already exists and would be replaced',
  RECORDING_LOST: 'part of the recording could not be written',
  CASSETTE_IO: 'the cassette file could not be read or written',

  // --- The replay and the run disagree (CassetteMiss, with a report).
  NO_MATCH: 'no recorded interaction matches the request',
  WEBSOCKET_DIFFERS:
    'the recorded server agreed on an extension or protocol of its WebSocket that this client does not offer',
  PLACEHOLDER_SENT: 'a request to a live server holds a placeholder of the cassette instead of a value; it was not sent',
  RECORDING_ENDS: 'the client waits for more than was recorded; the recorded client disconnected at this point',
  CERTIFICATE_NOT_RECORDED: 'a cassette does not hold the whole certificate of a server; check it in checkServerIdentity, whose result is recorded',
  NOT_CAPTURED: 'a replay opens no real connections, and the cassette does not record this server',
  SCOPE_ENDED: 'the request comes from a test that has already ended, so it was not sent',
  SCOPE_UNKNOWN: 'several tests are running and the request could be from any of them, so it was not sent',
  APP_NOT_JOINED: 'the app under test runs without wiretape, so nobody sees what its server asks for',
  SOCKET_ESCAPED: 'the connection was opened before wiretape was loaded, so the request was not sent; load wiretape earlier, or close the pool',
  HOOKED_BEFORE: 'a library that answers instead of servers took the connections of this process first; load wiretape before it',
  MISSED: 'the client asked for something that is not on the cassette; failOnMiss: false allows that',
  RUNNER_UNSUPPORTED: 'this test runner, or the way in which it was started, offers no place for cassettes',
  UNPLAYED: 'recorded interactions were not played',
  SHRINK_PASSES: 'the cassette to shrink does not fail',
  SHRINK_FLAKY: 'the cassette to shrink does not fail the same way twice',
  TORTURE_BASELINE: 'the tortured function does not return the same result each time when no fault is injected',

  // --- A served cassette refuses a client (ServeRefusal, with the status of its response).
  MISDIRECTED: 'the request names a host that was not recorded and is not this machine',
  FOREIGN_ORIGIN: 'the request comes from a web page of another origin',
  BAD_HOST: 'the request does not have exactly one Host field',
  REQUEST_TIMEOUT: 'the client did not send its whole request within the time allowed',
  REQUEST_TOO_LARGE: 'the request is larger than the limit and than every recorded request',
  TOO_MANY_CLIENTS: 'too many clients, or bytes of their requests',
  BAD_PROXY_REQUEST: 'the request is not one that a proxy can forward',
  HTTP2_ONLY: 'the client speaks only HTTP/2',
} as const

/** Stable identifier of a failure. Match on this, never on a message. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Base of every error this package throws on purpose. */
export class WiretapeError extends Error {
  override readonly name: string = 'WiretapeError'
  readonly code: ErrorCode
  /** The part of the message that follows the meaning of the code. */
  readonly detail: string

  constructor(code: ErrorCode, detail: string, options?: ErrorOptions) {
    super(detail === '' ? ERROR_CODES[code] : `${ERROR_CODES[code]}: ${detail}`, options)
    this.code = code
    this.detail = detail
  }
}

/** The peer broke RFC 9110 or RFC 9112; the connection cannot be used again. */
export class RemoteProtocolError extends WiretapeError {
  override readonly name = 'RemoteProtocolError'
  /** Bytes received on this connection before the first wrong byte. */
  readonly offset: number

  constructor(code: ErrorCode, offset: number, detail: string, options?: ErrorOptions) {
    super(code, `${detail === '' ? '' : `${detail}, `}at byte ${offset} of what the peer sent`, options)
    this.offset = offset
  }
}

/** The caller broke the protocol or the API; nothing of the call was written to the wire. */
export class LocalProtocolError extends WiretapeError {
  override readonly name = 'LocalProtocolError'
}

/** The phase in which a connection failed; `open`: established, and nothing more is known. */
export type Phase = 'dns' | 'tcp' | 'tls' | 'write' | 'headers' | 'body' | 'open'

export interface ConnectionErrorOptions extends ErrorOptions {
  readonly systemCode?: string | undefined
  readonly socketError?: Error | 'end' | undefined
}

/** The network failed, ended or was too slow. */
export class ConnectionError extends WiretapeError {
  override readonly name = 'ConnectionError'
  readonly phase: Phase
  /** The code of the operating system, if there is one, such as `ECONNRESET` or `ENOTFOUND`. */
  readonly systemCode: string | undefined
  /**
   * What a Node socket reports in this case: its own error, which is also the `cause`, or `'end'` if it sees an orderly end.
   * `undefined`: nothing; this error comes from this package.
   */
  readonly socketError: Error | 'end' | undefined

  constructor(code: ErrorCode, phase: Phase, detail: string, options?: ConnectionErrorOptions) {
    super(code, detail, options)
    this.phase = phase
    this.systemCode = options?.systemCode
    this.socketError = options?.socketError
  }
}

/**
 * For a reader that waits for bytes when its connection is closed on purpose.
 *
 * Each connection that ends makes one and hardly anyone looks at it, so it has no stack, which would cost more than replaying an answer.
 */
export function closedByThisSide(): ConnectionError {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new ConnectionError('CONNECTION_CLOSED', 'open', 'by this side')
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The place of a fault in a file; line and column count from 1. */
export interface FilePosition {
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** A cassette cannot be read or written. */
export class CassetteError extends WiretapeError {
  override readonly name: string = 'CassetteError'
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(code: ErrorCode, detail: string, at: FilePosition = {}, options?: ErrorOptions) {
    const place = [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
    super(code, place === '' ? detail : `${detail} (${place})`.trimStart(), options)
    this.file = at.file
    this.line = at.line
    this.column = at.column
  }
}
