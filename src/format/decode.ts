import type { DecodedCassette } from '../tape/cassette.ts'
import { type BlobSource, INLINE, type Inline } from './blob-access.ts'
import { readCassette } from './reader.ts'
import { tornTail } from './torn-tail.ts'
import { readYaml, YamlSource } from './yaml-reader.ts'

/**
 * The cassette in an untrusted text; `file` is used only in errors.
 *
 * The text must be self-contained: `loadCassette` reads a cassette with blobs.
 *
 * @throws CassetteError with line and column if the text is not a complete, valid cassette of a known version; `TORN_TAIL` if it
 * has no last line, `BLOB_MISSING` if it names a blob.
 */
export function decodeCassette(text: string, file?: string): DecodedCassette {
  return decodeWithBlobs(text, file, INLINE)
}

/** The same for a text that may name `blobs`. @throws CassetteError like `decodeCassette` and `blobs`. */
export function decodeWithBlobs(text: string, file: string | undefined, blobs: BlobSource | Inline): DecodedCassette {
  const source = new YamlSource(text, file)
  try {
    return readCassette(source, readYaml(source), blobs)
  } catch (error) {
    throw tornTail(source, error) ?? error
  }
}
