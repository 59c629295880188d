import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'
import { DecodeError } from './decode-error.ts'

/** A content coding (RFC 9110 section 8.4.1, RFC 8878), piece by piece and at once. */
export interface Coding {
  readonly name: string
  /** Whether several encoded bodies may follow each other and form one body, as the members of a gzip file do. */
  readonly mayRepeat: boolean
  /** @param first the first byte of the encoded body. */
  decoder(first: number): Decoder
  /** How a whole body may have been encoded; what was cut stays cut. None where this Node cannot. */
  codecs(body: CodedBody): readonly Codec[]
}

export type Decoder = Transform & { readonly bytesWritten: number }

/** How to decode a coding and encode it again. */
export interface Codec {
  readonly decode: Code
  readonly encode: Code
}

export type Code = (bytes: Uint8Array) => Uint8Array

/** What is known of a body before it is decoded. */
export interface CodedBody {
  readonly isWhole: boolean
  /** How many bytes it may decode to. */
  readonly maxOutputLength: number
}

/** Loaded with the first body that has a coding. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib')

const gzip: Coding = {
  name: 'gzip',
  mayRepeat: true,
  decoder: () => zlib().createGunzip(),
  codecs: (body) => [
    {
      decode: (bytes) => zlib().gunzipSync(bytes, zlibOptions(body)),
      encode: (bytes) => zlib().gzipSync(bytes, endingOf(body)),
    },
  ],
}

const deflate: Coding = {
  name: 'deflate',
  mayRepeat: false,
  // RFC 9110 section 8.4.1.2 means the zlib format, which starts with its method, 8; some send a bare deflate stream.
  decoder: (first) => ((first & 0x0f) === 8 ? zlib().createInflate() : zlib().createInflateRaw()),
  codecs: (body) => [
    {
      decode: (bytes) => zlib().inflateSync(bytes, zlibOptions(body)),
      encode: (bytes) => zlib().deflateSync(bytes, endingOf(body)),
    },
    {
      decode: (bytes) => zlib().inflateRawSync(bytes, zlibOptions(body)),
      encode: (bytes) => zlib().deflateRawSync(bytes, endingOf(body)),
    },
  ],
}

const brotli: Coding = {
  name: 'br',
  mayRepeat: false,
  decoder: () => zlib().createBrotliDecompress(),
  codecs: ({ isWhole, maxOutputLength }) => {
    const { constants, brotliDecompressSync, brotliCompressSync } = zlib()
    const ending = isWhole ? {} : { finishFlush: constants.BROTLI_OPERATION_FLUSH }
    const params = { [constants.BROTLI_PARAM_QUALITY]: 5 }
    return [
      {
        decode: (bytes) => brotliDecompressSync(bytes, { maxOutputLength, ...ending }),
        encode: (bytes) => brotliCompressSync(bytes, { params, ...ending }),
      },
    ]
  },
}

const zstd: Coding = {
  name: 'zstd',
  mayRepeat: true,
  decoder: createZstdDecoder,
  codecs: ({ isWhole, maxOutputLength }) => {
    const module = zlib()
    if (!isWhole || !hasZstd(module)) return []
    return [
      {
        decode: (bytes) => module.zstdDecompressSync(bytes, { maxOutputLength }),
        encode: (bytes) => module.zstdCompressSync(bytes),
      },
    ]
  },
}

const endingOf = ({ isWhole }: CodedBody): object => (isWhole ? {} : { finishFlush: zlib().constants.Z_SYNC_FLUSH })

const zlibOptions = (body: CodedBody): object => ({ maxOutputLength: body.maxOutputLength, ...endingOf(body) })

/** Every coding that is known, by the names that RFC 9110 section 8.4.1 and RFC 8878 give them. */
export const CODINGS: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  ['br', brotli],
  ['zstd', zstd],
])

/** The part of `node:zlib` that exists from Node 22.15 on. */
interface WithZstd {
  createZstdDecompress(options: { readonly params: Readonly<Record<number, number>> }): Decoder
  zstdDecompressSync(bytes: Uint8Array, options?: object): Uint8Array
  zstdCompressSync(bytes: Uint8Array): Uint8Array
}

const hasZstd = (module: object): module is WithZstd => 'createZstdDecompress' in module

/** Node 22 has zstd, but accepts a truncated body as complete, so its result cannot be trusted. */
export function canUndoZstd(): boolean {
  const module = zlib()
  if (!hasZstd(module)) return false
  try {
    module.zstdDecompressSync(CUT_FRAME)
    return false
  } catch {
    return true
  }
}

/** A zstd frame of the byte `x`, raw, without its last byte (RFC 8878 section 3.1.1). */
const CUT_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x01, 0x09, 0x00, 0x00)

function createZstdDecoder(): Decoder {
  const module = zlib()
  if (!hasZstd(module)) throw new DecodeError('UNKNOWN_CODING', 'zstd')
  return module.createZstdDecompress({ params: { [ZSTD_WINDOW_LOG_MAX]: 23 } })
}

/** `ZSTD_d_windowLogMax`. RFC 9659: a window of the zstd coding has at most 8 MB. */
const ZSTD_WINDOW_LOG_MAX = 100

/**
 * Whether an element of `Content-Encoding` is known to leave bytes as they are: `identity`, and words that servers put there by mistake, such as a charset.
 *
 * `aws-chunked` is the framing of an upload, which S3 may send back with an object that has none.
 */
export const isNoCoding = (element: string): boolean => NO_CODINGS.has(element)

const NO_CODINGS: ReadonlySet<string> = new Set([
  'identity',
  'none',
  'aws-chunked',
  'binary',
  '7bit',
  '8bit',
  'utf-8',
  'utf8',
  'us-ascii',
  'iso-8859-1',
])
