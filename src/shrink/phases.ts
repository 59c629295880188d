import { bodies, characters, compressions, JSON_DEPTHS, jsonParts, jsonStrings, lines, rawBytes } from './body-parts.ts'
import { chunkBorders, chunkings, extras, fields, valueCharacters, values } from './head-parts.ts'
import type { Phase } from './parts.ts'
import { borders, connections, endings, interactions } from './whole-parts.ts'

/** From the largest parts to the smallest. All of these leave cassettes whose framing is as it was. */
export const PHASES: readonly Phase[] = [
  { name: 'connections', isTelling: false, partsOf: connections },
  { name: 'interactions', isTelling: false, partsOf: interactions },
  { name: 'endings', isTelling: true, partsOf: endings },
  { name: 'bodies', isTelling: false, partsOf: bodies },
  { name: 'headers', isTelling: true, partsOf: fields },
  { name: 'reasons, chunk extensions and trailers', isTelling: true, partsOf: extras },
  { name: 'compression', isTelling: true, partsOf: compressions },
  ...Array.from({ length: JSON_DEPTHS }, (_, depth) => ({
    name: `JSON, depth ${depth + 1}`,
    isTelling: true,
    partsOf: jsonParts(depth),
  })),
  { name: 'texts in JSON', isTelling: false, partsOf: jsonStrings },
  { name: 'lines', isTelling: true, partsOf: lines },
  { name: 'borders of segments', isTelling: true, partsOf: borders },
  { name: 'borders of chunks', isTelling: true, partsOf: chunkBorders },
  { name: 'chunked coding', isTelling: true, partsOf: chunkings },
  { name: 'values of headers', isTelling: false, partsOf: values },
  { name: 'characters of bodies', isTelling: false, partsOf: characters },
  { name: 'characters of headers', isTelling: false, partsOf: valueCharacters },
]

/** The last one, on request: messages that no server means to send. */
export const RAW_PHASE: Phase = { name: 'bytes', isTelling: false, partsOf: rawBytes }
