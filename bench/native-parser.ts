import { createRequire } from 'node:module'

/** The parser of node:http, which Node does not export: llhttp, with callbacks that get JavaScript values. */
export interface NativeParser {
  initialize(type: number, resource: object, maxHeaderSize?: number, lenientFlags?: number): void
  /** Bytes parsed, or what is wrong with them. */
  execute(bytes: Uint8Array): number | NativeParserError
  /** What is wrong with the end of the bytes. */
  finish(): NativeParserError | undefined
  [callback: number]: (...facts: never[]) => number | void
}

export interface NativeParserError extends Error {
  readonly code: string
  readonly bytesParsed: number
}

/** The class, with its message types and the numbers of its callbacks. */
interface NativeParserClass {
  new (): NativeParser
  readonly REQUEST: number
  readonly RESPONSE: number
  readonly kOnMessageBegin: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

interface NativeBinding {
  readonly HTTPParser: NativeParserClass
  /** Names, by the numbers that the parser uses; only QUERY, the last, has another. */
  readonly methods: readonly string[]
}

/** Handles an answer as node:http does. */
export interface NativeParserHandlers {
  /** `rawHeaders`: names and values in turn. */
  readonly onHead: (status: number, rawHeaders: readonly string[]) => void
  readonly onBody: (bytes: Uint8Array) => void
  readonly onEnd: () => void
}

/** A parser for responses. */
export function createNativeParser({ onHead, onBody, onEnd }: NativeParserHandlers): NativeParser {
  const { HTTPParser: Parser } = nativeBinding()
  const parser = new Parser()
  parser.initialize(Parser.RESPONSE, {})
  parser[Parser.kOnHeadersComplete] = (
    _major: number,
    _minor: number,
    rawHeaders: string[],
    _method: undefined,
    _url: undefined,
    status: number,
  ) => {
    onHead(status, rawHeaders)
    return 0 // read the body, if there is one
  }
  parser[Parser.kOnBody] = onBody
  parser[Parser.kOnMessageComplete] = onEnd
  return parser
}

/** The internal binding of this parser. @throws Error if it is not found in this Node. */
export function nativeBinding(): NativeBinding {
  // There is no other way to this parser in every Node since 20, and the warning is about programs that need one.
  const { noDeprecation } = process
  process.noDeprecation = true
  try {
    const common: Readonly<Record<string, unknown>> = createRequire(import.meta.url)('_http_common')
    const { HTTPParser, methods } = common
    if (!isNativeParserClass(HTTPParser) || !Array.isArray(methods)) {
      throw new Error('the HTTPParser of this Node is not the one we know')
    }
    return { HTTPParser, methods: methods.map(String) }
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation
    else process.noDeprecation = noDeprecation
  }
}

const isNativeParserClass = (value: unknown): value is NativeParserClass =>
  typeof value === 'function' && 'RESPONSE' in value && 'kOnHeadersComplete' in value && 'kOnMessageComplete' in value
