import type { Transform } from 'node:stream'
import type * as Zlib from 'node:zlib'
import { listElements } from '../http1/framing.ts'
import { isToken } from '../http1/grammar.ts'
import { DecodeError } from './decode-error.ts'

/** A content coding and its decoder. */
export interface Coding {
  readonly name: string
  /** Whether several encoded bodies may follow each other and form one body, as the members of a gzip file do. */
  readonly mayRepeat: boolean
  /** @param first the first byte of the encoded body. */
  decoder(first: number): Decoder
}

export type Decoder = Transform & { readonly bytesWritten: number }

/** A parsed `Content-Encoding` field (RFC 9110 section 8.4). */
export interface ContentCodings {
  /** In the order in which they were applied. */
  readonly codings: readonly Coding[]
  /** Elements that are not codings: `none`, and those that are not tokens, such as `br;q=1`. Read as identity. */
  readonly ignored: readonly string[]
}

/**
 * Reads a `Content-Encoding` value; `identity` is ignored.
 *
 * @throws DecodeError `UNKNOWN_CODING`, `TOO_MANY_CODINGS`.
 */
export function contentCodings(value: string | undefined, maxCodings: number): ContentCodings {
  const elements = listElements(value ?? '').filter((element) => element !== 'identity')
  const ignored = elements.filter((element) => element === 'none' || !isToken(element))
  const names = elements.filter((element) => !ignored.includes(element))
  if (names.length > maxCodings) throw new DecodeError('TOO_MANY_CODINGS', `${names.length}, at most ${maxCodings}`)
  return { codings: names.map(codingNamed), ignored }
}

/** Loaded with the first body that has a coding. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib')

const gzip: Coding = { name: 'gzip', mayRepeat: true, decoder: () => zlib().createGunzip() }

const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', gzip],
  // RFC 9110 section 8.4.1.3.
  ['x-gzip', gzip],
  [
    'deflate',
    {
      name: 'deflate',
      mayRepeat: false,
      // RFC 9110 section 8.4.1.2 means the zlib format, which starts with its method, 8; some send a bare deflate stream.
      decoder: (first) => ((first & 0x0f) === 8 ? zlib().createInflate() : zlib().createInflateRaw()),
    },
  ],
  ['br', { name: 'br', mayRepeat: false, decoder: () => zlib().createBrotliDecompress() }],
  ['zstd', { name: 'zstd', mayRepeat: true, decoder: createZstdDecoder }],
])

function codingNamed(name: string): Coding {
  const coding = CODINGS.get(name)
  if (coding === undefined) throw new DecodeError('UNKNOWN_CODING', JSON.stringify(name))
  if (name === 'zstd' && !canUndoZstd()) {
    throw new DecodeError('UNKNOWN_CODING', `zstd needs Node 24 or later, this is ${process.versions.node}`)
  }
  return coding
}

/** The part of `node:zlib` that exists from Node 22.15 on. */
interface WithZstd {
  createZstdDecompress(options: { readonly params: Readonly<Record<number, number>> }): Decoder
  zstdDecompressSync(bytes: Uint8Array): Uint8Array
}

const hasZstd = (module: object): module is WithZstd => 'createZstdDecompress' in module

/** Node 22 has zstd, but accepts a truncated body as complete, so its result cannot be trusted. */
function canUndoZstd(): boolean {
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
