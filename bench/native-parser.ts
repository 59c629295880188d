/** The parser under node:http, which Node shows to nobody: llhttp, with callbacks that get JavaScript values. */
export interface NativeParser {
  initialize(type: number, resource: object): void
  /** Bytes parsed, or what is wrong with them. */
  execute(bytes: Uint8Array): number | Error
  [callback: number]: (...facts: never[]) => number | void
}

interface NativeParserClass {
  new (): NativeParser
  readonly RESPONSE: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

/** What is done with an answer, as node:http does it. */
export interface NativeParserHandlers {
  /** `rawHeaders`: names and values in turn. */
  readonly onHead: (status: number, rawHeaders: readonly string[]) => void
  readonly onBody: (bytes: Uint8Array) => void
  readonly onEnd: () => void
}

/** A parser for responses. */
export function createNativeParser({ onHead, onBody, onEnd }: NativeParserHandlers): NativeParser {
  const Parser = nativeParserClass()
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
    return 0 // the body, if there is one, is wanted
  }
  parser[Parser.kOnBody] = onBody
  parser[Parser.kOnMessageComplete] = onEnd
  return parser
}

function nativeParserClass(): NativeParserClass {
  // There is no other way to this parser, and the warning is about programs that need one.
  const { noDeprecation } = process
  process.noDeprecation = true
  try {
    const binding: unknown = Reflect.get(process, 'binding')
    if (typeof binding !== 'function') throw new Error('this Node has no process.binding')
    const { HTTPParser }: Record<string, unknown> = Reflect.apply(binding, process, ['http_parser'])
    if (!isNativeParserClass(HTTPParser)) throw new Error('the HTTPParser of this Node is not the one we know')
    return HTTPParser
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation
    else process.noDeprecation = noDeprecation
  }
}

const isNativeParserClass = (value: unknown): value is NativeParserClass =>
  typeof value === 'function' && 'RESPONSE' in value && 'kOnHeadersComplete' in value && 'kOnMessageComplete' in value
