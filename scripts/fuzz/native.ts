import { nativeBinding, type NativeParserError } from '../../bench/native-parser.ts'
import type { Input } from './input.ts'
import { type Ending, Scribe, type Transcript } from './transcript.ts'

/**
 * Reads inputs with the parser of `node:http`, set up as in `node:http` except for its limits.
 *
 * One parser is reused, because creating one takes longer than reading a message.
 */
export class NativeReader {
  readonly #binding = nativeBinding()
  readonly #parser = new this.#binding.HTTPParser()
  #scribe = new Scribe()
  #to: readonly string[] | undefined
  #answered = 0
  #isInterim = false
  #willSwitch = false
  #hasSwitched = false
  #url = ''
  readonly #fields: string[] = []

  constructor() {
    const { kOnMessageBegin, kOnHeaders, kOnHeadersComplete, kOnBody, kOnMessageComplete } = this.#binding.HTTPParser
    const parser = this.#parser
    parser[kOnMessageBegin] = () => void this.#takeParts()
    parser[kOnHeaders] = (fields: readonly string[], url: string) => this.#note(fields, url)
    parser[kOnHeadersComplete] = (...facts: HeadFacts) => this.#endHead(...facts)
    parser[kOnBody] = (bytes: Uint8Array) => this.#scribe.data(bytes)
    parser[kOnMessageComplete] = () => this.#endMessage()
  }

  read({ to, bytes, eof }: Input): Transcript {
    const { REQUEST, RESPONSE } = this.#binding.HTTPParser
    const parser = this.#parser
    const scribe = new Scribe()
    this.#scribe = scribe
    this.#to = to
    this.#answered = 0
    this.#willSwitch = false
    this.#hasSwitched = false
    parser.initialize(to === undefined ? REQUEST : RESPONSE, {}, NO_LIMIT)
    // It takes an empty buffer for the end of the input.
    const parsed = bytes.length === 0 ? 0 : parser.execute(bytes)
    const fault = typeof parsed === 'number' && eof && !this.#hasSwitched ? parser.finish() : undefined
    scribe.flush()
    return { steps: scribe.steps, ending: this.#endingOf(parsed, fault, bytes.length, eof) }
  }

  #endingOf(
    parsed: number | NativeParserError,
    fault: NativeParserError | undefined,
    length: number,
    eof: boolean,
  ): Ending {
    if (typeof parsed !== 'number') return { type: 'error', code: parsed.code, at: parsed.bytesParsed }
    if (this.#hasSwitched) return { type: 'switched', at: parsed }
    if (parsed < length) return { type: 'error', code: UNTOLD, at: parsed }
    if (fault !== undefined) return { type: 'error', code: fault.code, at: length }
    if (eof && this.#willSwitch) return { type: 'error', code: UNTOLD, at: length }
    return eof || this.#isClosed() ? { type: 'closed', at: length } : { type: 'open' }
  }

  /** It reports that it has stopped only when more bytes come. */
  #isClosed(): boolean {
    this.#scribe = new Scribe()
    const result = this.#parser.execute(PROBE)
    return typeof result !== 'number' && result.code === CLOSED
  }

  #note(fields: readonly string[] | undefined, url: string | undefined): void {
    for (let i = 0; i + 1 < (fields?.length ?? 0); i += 2) this.#fields.push(`${fields?.[i]}: ${fields?.[i + 1]}`)
    this.#url += url ?? ''
  }

  #takeParts(): { readonly fields: string[]; readonly url: string } {
    const url = this.#url
    this.#url = ''
    return { fields: this.#fields.splice(0), url }
  }

  /** Returns how to treat the body: 0 read it, 1 there is none, 2 the following bytes are not HTTP. */
  #endHead(...[major, minor, lastFields, method, lastUrl, status, reason, isUpgrade]: HeadFacts): 0 | 1 | 2 {
    this.#note(lastFields, lastUrl)
    const { fields, url } = this.#takeParts()
    const version = `HTTP/${major}.${minor}`
    const { methods } = this.#binding
    this.#isInterim = this.#to !== undefined && status < 200 && status !== 101
    if (this.#to === undefined) {
      this.#willSwitch = isUpgrade
      this.#scribe.head('request-head', `${methods[method] ?? methods.at(-1)} ${url} ${version}`, fields)
      return 0
    }
    this.#scribe.head(this.#isInterim ? 'interim-response' : 'response-head', `${version} ${status} ${reason}`, fields)
    if (this.#isInterim) return 1
    const answered = this.#to[this.#answered]
    this.#answered += 1
    const isTunnel = answered === 'CONNECT' && status < 300
    this.#willSwitch = isTunnel || status === 101
    return isTunnel ? 2 : answered === 'HEAD' ? 1 : 0
  }

  #endMessage(): void {
    // Trailers are noted like the first fields of a long head.
    const { fields } = this.#takeParts()
    if (this.#isInterim) return
    this.#scribe.endOfMessage(fields)
    this.#hasSwitched = this.#willSwitch
  }
}

/** The arguments of `kOnHeadersComplete`; fields are names and values in turn, unless there were too many for one call. */
type HeadFacts = readonly [
  major: number,
  minor: number,
  fields: readonly string[] | undefined,
  method: number,
  url: string | undefined,
  status: number,
  reason: string,
  isUpgrade: boolean,
]

/** Both parsers have our limits in the comparison. */
const NO_LIMIT = 2 ** 30

const PROBE = Buffer.from('X')

/** Its error code for bytes after the last message of a connection. */
export const CLOSED = 'HPE_CLOSED_CONNECTION'

/** It stops or is truncated without a report: it hides errors in the body of a request for an upgrade. */
export const UNTOLD = '(untold)'
