/**
 * Intended differences from Node's parser.
 *
 * An entry does not just ignore a difference. It changes the one place in the input to a form that both must read alike; then
 * they are compared again, until they agree on the whole input. So an entry cannot hide other differences, and one that is
 * too wide leaves a difference.
 */
import type { Difference } from './compare.ts'
import type { Input } from './input.ts'
import { CLOSED, UNTOLD } from './native.ts'

export interface LedgerEntry {
  /** `D` and a number: as in docs/ledger.md. `E` and a number: differences that only show in this comparison. */
  readonly id: string
  /** Our behaviour; that of Node's parser. */
  readonly what: string
  readonly why: string
  /** The input without the subject of the entry, or `undefined` if the entry does not explain the difference. */
  readonly mend: (difference: Difference) => Input | undefined
}

/** The entry that explains a difference, and the input to go on with. */
export function explain(
  difference: Difference,
  ledger: readonly LedgerEntry[],
): { readonly entry: LedgerEntry; readonly mended: Input } | undefined {
  for (const entry of ledger) {
    const mended = entry.mend(difference)
    if (mended !== undefined) return { entry, mended }
  }
  return undefined
}

export const LEDGER: readonly LedgerEntry[] = [
  {
    id: 'D1',
    what: '`chunked` and a tab is chunked; Node reads until close, or refuses the request',
    why: 'a tab is optional whitespace, which is no part of the value (RFC 9110 section 5.5)',
    mend: (difference) =>
      mendHead(difference, (line) => replaceIn(line, /^(transfer-encoding:[ \t]*chunked)[ \t]*\t[ \t]*$/i, '$1')),
  },
  {
    id: 'D2',
    what: '`chunked` twice is refused; Node takes it for once',
    why: 'a sender must not apply chunked more than once (RFC 9112 section 6.1)',
    mend: (difference) => {
      const line = refusedLine(difference, 'BAD_TRANSFER_CODING')
      if (!matches(line, /^transfer-encoding:.*\bchunked\b/i)) return undefined
      const isSecond = /^transfer-encoding:.*\bchunked\b/im.test(
        textBetween(difference, agreedEnd(difference), line?.start),
      )
      return edit(
        difference,
        replaceIn(line, /\bchunked\b.*\bchunked\b.*/i, 'chunked') ?? (isSecond ? rename(line) : undefined),
      )
    },
  },
  {
    id: 'D3',
    what: 'a Transfer-Encoding without chunked, or with more, is refused; Node reads such a response until close',
    why: 'no other coding was asked for, and a body that may end anywhere splits responses (RFC 9112 section 6.1)',
    mend: (difference) => {
      const line = refusedLine(difference, 'UNKNOWN_TRANSFER_CODING', 'BAD_TRANSFER_CODING')
      const isFramed = matches(line, /^transfer-encoding:[ \t,]*chunked(?:[ \t,]*|[ \t]*,[ \t,]*chunked)*$/i)
      return isFramed ? undefined : edit(difference, rename(line, /^transfer-encoding:/i))
    },
  },
  {
    id: 'D4',
    what: 'versions other than 1.0 and 1.1 are refused; Node reads 0.9 and 2.0 too, and a request line without any',
    why: 'neither has such a start line (RFC 9112 section 2.3)',
    mend: (difference) =>
      edit(difference, replaceIn(refusedLine(difference, 'UNSUPPORTED_VERSION'), /HTTP\/(?:0\.9|2\.0)/, 'HTTP/1.1')) ??
      edit(difference, replaceIn(refusedLine(difference, 'BAD_TARGET'), /^[!-~]+ +[!-~]*$/, '$& HTTP/1.1')),
  },
  {
    id: 'D5',
    what: 'a status below 100 is refused; Node takes it for interim',
    why: 'it has no class and so no meaning (RFC 9110 section 15)',
    mend: (difference) =>
      edit(difference, replaceIn(refusedLine(difference, 'BAD_STATUS'), /^(HTTP\/\d\.\d )0(?=\d\d\b|\d?$)/, '$12')),
  },
  {
    id: 'D6',
    what: 'more than two empty lines before a start line are refused; Node skips them all',
    why: 'one is to be forgiven (RFC 9112 section 2.2); a flood of them is not',
    mend: (difference) =>
      difference.ours.type === 'error' &&
      textBetween(difference, agreedEnd(difference), difference.ours.at) === '\r\n\r\n'
        ? withoutEmptyLines(difference, 'BAD_START_LINE')
        : undefined,
  },
  {
    id: 'D8',
    what: 'a chunk-size of more than 16 digits is refused; Node takes any number of leading zeros',
    why: 'a line without an end is a flood (RFC 9112 section 7.1)',
    mend: (difference) =>
      edit(
        difference,
        replaceIn(refusedLine(difference, 'CHUNK_LINE_TOO_LONG'), /^(?=[0-9a-f]{17})0+(?=[0-9a-f])/i, ''),
      ),
  },
  {
    id: 'D9',
    what: 'a length above 2^53-1 is refused; Node counts up to 2^64-1',
    why: 'such a number cannot be held exactly; nobody sends as much',
    mend: (difference) => {
      const field = refusedLine(difference, 'CL_OVERFLOW')
      const chunk = refusedLine(difference, 'CHUNK_SIZE_OVERFLOW')
      const [digits] = /\d+/.exec(field?.text ?? '') ?? []
      const [hexDigits] = /^[0-9a-f]+/i.exec(chunk?.text ?? '') ?? []
      if (BigInt(digits ?? `0x${hexDigits ?? 0}`) <= BigInt(Number.MAX_SAFE_INTEGER)) return undefined
      return edit(difference, replaceIn(field, /\d+/, '0') ?? replaceIn(chunk, /^[0-9a-f]+/i, '0'))
    },
  },
  {
    id: 'D10',
    what: 'more than 100 interim responses are refused; Node reads any number',
    why: 'a server that only ever says 1xx holds the client for ever (RFC 9110 section 15.2)',
    mend: ({ agreed, ours, input }) =>
      isRefusal(ours, 'TOO_MANY_INFORMATIONAL') && agreed.at(-100)?.startsWith('interim-response ') === true
        ? without(input, ours.at, input.bytes.indexOf('\r\n\r\n', ours.at) + 4)
        : undefined,
  },
  {
    id: 'D11',
    what: 'trailers are never taken for header fields; Node judges framing and connection fields among them',
    why: 'a recipient must not merge them unless a field allows it (RFC 9110 section 6.5.1); recorded they are as they were',
    mend: (difference) =>
      isBetweenHeads(difference)
        ? mendTrailers(difference, (line) => rename(line, CONNECTION_FIELD) ?? rename(line, FRAMING_FIELD))
        : edit(difference, rename(theirFramingLine(difference))),
  },
  {
    id: 'D18',
    what: 'bytes from a server that no request waits for are an error; Node reads them as an answer',
    why: 'the parser under node:http knows of no requests; an answer that nobody asked for is response splitting',
    mend: (difference) => {
      const { ours, input } = difference
      const isOver = isRefusal(ours, 'UNSOLICITED_DATA') && input.to?.length === answered(difference)
      return isOver ? { ...input, to: [...(input.to ?? []), 'GET'] } : undefined
    },
  },
  {
    id: 'D19',
    what: 'chunk extensions that break the grammar are refused; Node takes some',
    why: 'what another part takes for the end of the line may differ (RFC 9112 section 7.1.1)',
    mend: (difference) => {
      const line = refusedLine(difference, 'BAD_CHUNK_EXT')
      return isChunkLine(difference, line) ? undefined : edit(difference, withoutExtensions(line))
    },
  },
  {
    id: 'D20',
    what: 'one space stands between the parts of a request line; Node takes several',
    why: 'where parts are split otherwise, another target is seen (RFC 9112 section 3)',
    mend: (difference) =>
      edit(
        difference,
        replaceIn(refusedLine(difference, 'BAD_TARGET', 'BAD_VERSION'), /^([!-~]+) +([!-~]+) +/, '$1 $2 '),
      ),
  },
  {
    id: 'E1',
    what: 'any token is a method; Node knows a list, and PRI as the start of HTTP/2',
    why: 'methods can be added (RFC 9110 section 16.1); what a client sent is recorded as it was',
    mend: (difference) =>
      isRefusal(difference.theirs, 'HPE_INVALID_METHOD') || matches(startLine(difference), /^PRI /)
        ? edit(difference, replaceIn(startLine(difference), /^[!#$%&'*+.^_`|~\w-]+/, 'GET'))
        : undefined,
  },
  {
    id: 'E2',
    what: 'a target is any visible ASCII; Node minds the form of a URL',
    why: 'what it means is for the server to say; no byte of it can end it (RFC 9112 section 3.2)',
    mend: (difference) =>
      isRefusal(difference.theirs, 'HPE_INVALID_URL')
        ? edit(difference, replaceIn(startLine(difference), /^([!-~]+ +)[!-~]+/, '$1/'))
        : undefined,
  },
  {
    id: 'E3',
    what: 'control bytes in a reason are refused; Node takes them, and a bare CR for its end',
    why: 'a reason is HTAB, SP, VCHAR and obs-text (RFC 9112 section 4), and what follows a bare CR is another line to others',
    mend: (difference) =>
      edit(
        difference,
        replaceIn(
          refusedLine(difference, 'BAD_REASON', 'BARE_CR'),
          /^(HTTP\/\d\.\d \d{3}[^\n]*?)[^\t\n -~\x80-\xff]/,
          '$1a',
        ),
      ),
  },
  {
    id: 'E4',
    what: 'CR and LF before a start line come as CRLF; Node skips them in any order',
    why: 'an empty line is a CRLF (RFC 9112 section 2.2)',
    mend: (difference) => withoutEmptyLines(difference, 'BARE_LF', 'BARE_CR', 'PREMATURE_EOF'),
  },
  {
    id: 'E5',
    what: 'blanks may stand before a chunk extension and around its `=`; Node refuses them',
    why: 'they are in the grammar, as bad whitespace that a recipient must parse (RFC 9112 section 7.1.1)',
    mend: (difference) => {
      const line = theirLine(difference, 'HPE_STRICT', 'HPE_INVALID_CHUNK_SIZE')
      return isChunkLine(difference, line) ? edit(difference, withoutExtensions(line)) : undefined
    },
  },
  {
    id: 'E6',
    what: 'the fields that frame a body are judged when the head is complete; Node refuses them one by one',
    why: 'what they mean depends on all of them; the head is refused all the same',
    mend: (difference) =>
      isBetweenHeads(difference) && difference.ours.type !== 'step'
        ? edit(difference, rename(theirFramingLine(difference)))
        : undefined,
  },
  {
    id: 'E7',
    what: 'the fields that frame a body are not judged where there is none by rule; Node refuses bad ones',
    why: 'what answers HEAD, 1xx, 204 and 304 ends with the head, whatever the fields say (RFC 9112 section 6.3 rule 1)',
    mend: (difference) => (hasNoBody(difference) ? edit(difference, rename(theirFramingLine(difference))) : undefined),
  },
  {
    id: 'E8',
    what: 'an interim response does not end the connection; with Node one in HTTP/1.0 or with `close` does',
    why: 'the final response is still to come (RFC 9110 section 15.2)',
    mend: (difference) =>
      difference.agreed.at(-1)?.startsWith('interim-response ') === true && isClosing(difference.theirs)
        ? mendHead(difference, (line) => replaceIn(line, /^HTTP\/1\.0/, 'HTTP/1.1') ?? rename(line, CONNECTION_FIELD))
        : undefined,
  },
  {
    id: 'E9',
    what: 'a CONNECT request may have a body; with Node the tunnel begins after its head',
    why: 'its framing is that of any request (RFC 9112 section 6.3), and only the answer shows whether there is a tunnel',
    mend: (difference) =>
      headInForce(difference).startsWith('request-head CONNECT ')
        ? mendHead(difference, (line) => rename(line, FRAMING_FIELD))
        : undefined,
  },
  {
    id: 'E10',
    what: 'what follows a request for an upgrade is the next request; Node takes it for the other protocol',
    why: 'the server may ignore Upgrade and go on with HTTP (RFC 9110 section 7.8)',
    mend: (difference) =>
      isSwitched(difference.theirs) && difference.input.to === undefined
        ? mendHead(difference, (line) => rename(line, /^upgrade:/i))
        : undefined,
  },
  {
    id: 'E11',
    what: '`close` beats `keep-alive`; with Node it does not in HTTP/1.0',
    why: 'the rules are to be tried in this order (RFC 9112 section 9.3)',
    mend: (difference) =>
      difference.ours.type === 'closed' && / HTTP\/1\.0\b[^]*\nconnection: .*\bclose\b/i.test(headInForce(difference))
        ? mendHead(difference, (line) => replaceIn(line, /^(connection:.*)\bkeep-alive\b/i, '$1yeep-alive'))
        : undefined,
  },
  {
    id: 'E12',
    what: 'Proxy-Connection means nothing; Node takes it for Connection',
    why: 'it is in the standard as a mistake only (RFC 9112 appendix C.2.2)',
    mend: (difference) =>
      isClosing(difference.theirs) || isClosing(difference.ours)
        ? mendHead(difference, (line) => rename(line, /^proxy-connection:/i))
        : undefined,
  },
  {
    id: 'E13',
    what: 'a connection that ends while an answer is awaited is an error; to Node it is an end',
    why: 'the parser under node:http knows of no requests; node:http itself reports that the socket hung up',
    mend: ({ ours, theirs, input }) =>
      isRefusal(ours, 'EMPTY_RESPONSE', 'PREMATURE_EOF') && theirs.type === 'closed' && input.to !== undefined
        ? { ...input, eof: false }
        : undefined,
  },
  {
    id: 'E14',
    what: 'empty elements in Transfer-Encoding are no codings; Node reads the response until close, or refuses the request',
    why: 'a recipient must ignore empty elements of a list (RFC 9110 section 5.6.1.2)',
    mend: (difference) => {
      const onlyChunked = /^(transfer-encoding:)(?=.*,)[ \t,]*chunked[ \t,]*$/i
      return (
        edit(difference, replaceIn(theirFramingLine(difference), onlyChunked, '$1chunked')) ??
        mendHead(difference, (line) => replaceIn(line, onlyChunked, '$1chunked'))
      )
    },
  },
  {
    id: 'E15',
    what: 'the protocol is HTTP; Node reads RTSP and ICE too',
    why: 'they are other protocols, with other rules for bodies',
    mend: (difference) => {
      const line = refusedLine(difference, 'BAD_START_LINE', 'BAD_VERSION')
      const change =
        replaceIn(line, /^((?:[!-~]+ [!-~]+ )?)(?:RTSP|ICE)\//, '$1HTTP/') ??
        replaceIn(line, /^((?:[!-~]+ [!-~]+ )?)(?:R|RT|RTS|RTSP|I|IC|ICE)$/, '$1H')
      return edit(difference, change)
    },
  },
  {
    id: 'E16',
    what: 'a tab may follow a Content-Length or a connection option; Node 20 refuses the one, and does not know the other',
    why: 'it is optional whitespace, which is no part of the value (RFC 9110 section 5.5)',
    mend: (difference) =>
      edit(difference, replaceIn(theirFramingLine(difference), /^(content-length:[ \t]*\d+)[ \t]*\t[ \t]*$/i, '$1')) ??
      mendHead(difference, (line) => replaceIn(line, /^(connection:.*?)[ \t]*\t[ \t]*(?=,|$)/i, '$1')),
  },
  {
    id: 'E17',
    what: 'a chunked message in HTTP/1.0 is the last on its connection; with Node not if it says keep-alive',
    why: 'its framing is faulty: it is to be read, and the connection to be closed (RFC 9112 section 6.1)',
    mend: (difference) =>
      difference.ours.type === 'closed' &&
      /^[^\n]* HTTP\/1\.0\b[^]*\ntransfer-encoding: /i.test(headInForce(difference))
        ? mendHead(difference, (line) => replaceIn(line, /^(connection:.*)\bkeep-alive\b/i, '$1yeep-alive'))
        : undefined,
  },
]

type Outcome = Difference['ours']

/** The bytes of a line, without its CRLF. */
interface Line {
  readonly start: number
  readonly end: number
  /** Where the line after it starts. */
  readonly next: number
  readonly text: string
}

/** A line with another text. */
interface Edit {
  readonly line: Line
  readonly text: string
}

function edit({ input }: Difference, change: Edit | undefined): Input | undefined {
  if (change === undefined || change.text === change.line.text) return undefined
  const { line, text } = change
  const { bytes } = input
  const parts = [bytes.subarray(0, line.start), Buffer.from(text, 'latin1'), bytes.subarray(line.end)]
  return { ...input, bytes: Buffer.concat(parts) }
}

function replaceIn(line: Line | undefined, pattern: RegExp, by: string): Edit | undefined {
  return line === undefined || line.text.search(pattern) === -1
    ? undefined
    : { line, text: line.text.replace(pattern, by) }
}

/** Turns a field that `pattern` matches into one without meaning. */
const rename = (line: Line | undefined, pattern = /(?:)/): Edit | undefined =>
  matches(line, pattern) ? replaceIn(line, /^[^\s:](?=[^:]*:)/, 'y') : undefined

const matches = (line: Line | undefined, pattern: RegExp): boolean => line !== undefined && pattern.test(line.text)

const FRAMING_FIELD = /^(?:content-length|transfer-encoding):/i

const CONNECTION_FIELD = /^(?:proxy-)?connection:/i

/** Changes the first line that `change` changes in the last head that both have read. */
function mendHead(difference: Difference, change: (line: Line) => Edit | undefined): Input | undefined {
  const { agreed, ends } = difference
  const index = agreed.findLastIndex(isHead)
  return mendLines(difference, ends[index - 1] ?? 0, ends[index] ?? 0, change)
}

/** The same in the trailers of the last message that both have read. */
function mendTrailers(difference: Difference, change: (line: Line) => Edit | undefined): Input | undefined {
  const { agreed, ends } = difference
  if (agreed.at(-1)?.startsWith('end-of-message') !== true) return undefined
  return mendLines(difference, ends.at(-2) ?? 0, ends.at(-1) ?? 0, change)
}

function mendLines(
  difference: Difference,
  from: number,
  to: number,
  change: (line: Line) => Edit | undefined,
): Input | undefined {
  for (let line = lineAt(difference, from, from); line.start < to; line = lineAt(difference, line.next, from)) {
    const mended = edit(difference, change(line))
    if (mended !== undefined) return mended
  }
  return undefined
}

/** The input without the empty lines, or parts of them, before a start line, if we refuse it because of them. */
function withoutEmptyLines(difference: Difference, ...codes: readonly string[]): Input | undefined {
  const { ours, input } = difference
  const { bytes } = input
  const from = agreedEnd(difference)
  const { start } = startLine(difference)
  const isForThem = isRefusal(ours, ...codes) && (ours.at < start || ours.at === bytes.length)
  if (!isForThem || !isBetweenHeads(difference) || start === from) return undefined
  return without(input, from, start)
}

function without(input: Input, start: number, end: number): Input {
  return { ...input, bytes: Buffer.concat([input.bytes.subarray(0, start), input.bytes.subarray(end)]) }
}

/** A chunk-size line of RFC 9112 section 7.1, with extensions. */
const CHUNK_LINE =
  /^[0-9a-f]+(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~\w-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*$/i

/** Whether the line is one, or can become one if the input ends in it. */
function isChunkLine({ input }: Difference, line: Line | undefined): line is Line {
  const missing = line?.end === input.bytes.length ? ['', 'a', '"', '""', ';a'] : ['']
  return line !== undefined && missing.some((end) => CHUNK_LINE.test(line.text + end))
}

const withoutExtensions = (line: Line | undefined): Edit | undefined => replaceIn(line, /^([0-9a-f]+)[ \t;].*/i, '$1')

type Refusal = Extract<Outcome, { type: 'error' }>

const isRefusal = (outcome: Outcome, ...codes: readonly string[]): outcome is Refusal =>
  outcome.type === 'error' && codes.includes(outcome.code)

const isSwitched = (outcome: Outcome): boolean => outcome.type === 'switched' || isRefusal(outcome, UNTOLD)

const isClosing = (outcome: Outcome): boolean => outcome.type === 'closed' || isRefusal(outcome, CLOSED)

/** The line for which we refuse the input by one of `codes`. */
const refusedLine = (difference: Difference, ...codes: readonly string[]): Line | undefined =>
  isRefusal(difference.ours, ...codes) ? lineAt(difference, difference.ours.at) : undefined

/** The line for which they refuse it. */
const theirLine = (difference: Difference, ...codes: readonly string[]): Line | undefined =>
  isRefusal(difference.theirs, ...codes) ? lineAt(difference, difference.theirs.at) : undefined

/** The field for which they refuse it; they may notice it only at the byte after its line. */
function theirFramingLine(difference: Difference): Line | undefined {
  const { theirs } = difference
  if (
    !isRefusal(theirs, 'HPE_INVALID_CONTENT_LENGTH', 'HPE_UNEXPECTED_CONTENT_LENGTH', 'HPE_INVALID_TRANSFER_ENCODING')
  ) {
    return undefined
  }
  return [theirs.at, theirs.at - 1].map((at) => lineAt(difference, at)).find((line) => matches(line, FRAMING_FIELD))
}

/** The first line after everything that both have read, except empty ones. */
function startLine(difference: Difference): Line {
  const { bytes } = difference.input
  let at = agreedEnd(difference)
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at += 1
  return lineAt(difference, at, at)
}

const textBetween = ({ input }: Difference, start: number, end = start): string => input.bytes.latin1Slice(start, end)

const agreedEnd = ({ ends }: Difference): number => ends.at(-1) ?? 0

/** The line around a place; it does not begin before `from`. */
function lineAt(difference: Difference, at: number, from = agreedEnd(difference)): Line {
  const { bytes } = difference.input
  const start = Math.max(from, at === 0 ? 0 : bytes.lastIndexOf('\n', at - 1) + 1)
  const lf = bytes.indexOf('\n', start)
  let end = lf === -1 ? bytes.length : lf
  const next = lf === -1 ? Infinity : lf + 1
  if (end > start && bytes[end - 1] === 0x0d) end -= 1
  return { start, end, next, text: bytes.latin1Slice(start, end) }
}

/** Whether a head comes next. */
const isBetweenHeads = ({ agreed }: Difference): boolean => !/^(?:re\S+-head|data) /.test(agreed.at(-1) ?? '')

/** The last head that both have read. */
const headInForce = ({ agreed }: Difference): string => agreed.findLast(isHead) ?? ''

const isHead = (step: string): boolean => /^(?:interim-response|response-head|request-head) /.test(step)

/** How many requests both have read an answer to. */
const answered = ({ agreed }: Difference): number => agreed.filter((step) => step.startsWith('response-head ')).length

/** Whether what we read is the head of a message without a body. */
function hasNoBody(difference: Difference): boolean {
  const { ours } = difference
  const status = ours.type === 'step' ? /^\S+ HTTP\/1\.\d (\d+)/.exec(ours.text)?.[1] : undefined
  if (status === undefined) return false
  const method = difference.input.to?.[answered(difference)]
  return /^(?:1\d\d|204|304)$/.test(status) || method === 'HEAD' || (method === 'CONNECT' && status.startsWith('2'))
}
