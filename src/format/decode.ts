import type { DecodedCassette } from '../tape/cassette.ts'
import { type BlobSource, INLINE, type Inline } from './blob-access.ts'
import { readCassette } from './reader.ts'
import { tornTail } from './torn-tail.ts'
import { readYaml, YamlSource } from './yaml-reader.ts'

/**
 * The cassette in a text that nobody has to trust; `file` is only named in errors.
 *
 * The text stands for itself: `loadCassette` reads one that has blobs beside it.
 *
 * @throws CassetteError with line and column where the text is not a whole, valid cassette of a known version; `TORN_TAIL` where it
 * has no last line, `BLOB_MISSING` where it names a blob.
 */
export function decodeCassette(text: string, file?: string): DecodedCassette {
  return decodeWithBlobs(text, file, INLINE)
}

/** The same, of a text that may name `blobs`. @throws CassetteError as `decodeCassette`, and as `blobs` does. */
export function decodeWithBlobs(text: string, file: string | undefined, blobs: BlobSource | Inline): DecodedCassette {
  const source = new YamlSource(text, file)
  try {
    return readCassette(source, readYaml(source), blobs)
  } catch (error) {
    throw tornTail(source, error) ?? error
  }
}
