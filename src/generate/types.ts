import { jsonDocument } from '../content/json-content.ts'
import { hasPlaceholder } from '../content/placeholders.ts'
import type * as Quicktype from 'quicktype-core'
import type { Cassette } from '../tape/cassette.ts'
import { LocalProtocolError } from '../errors.ts'
import { isJsonType, mediaTypeOf } from '../content/media-type.ts'
import { toBodyFiles } from './bodies.ts'

/**
 * TypeScript types of the JSON contents of a cassette: one for each method and path, made from all that were recorded.
 *
 * Parts of a path that look like identifiers count as one.
 *
 * @throws LocalProtocolError `LIBRARY_MISSING` where the optional package `quicktype-core` is not installed.
 */
export async function toTypes(cassette: Cassette): Promise<string> {
  const { InputData, jsonInputForTargetLanguage, quicktype } = await library()
  const input = jsonInputForTargetLanguage('typescript')
  const samples = samplesByName(cassette)
  if (samples.size === 0) return 'export {}\n'
  for (const [name, texts] of samples) await input.addSource({ name, samples: [...texts] })
  const inputData = new InputData()
  inputData.addInput(input)
  const { lines } = await quicktype({
    inputData,
    lang: 'typescript',
    // Words of the data become names and strings of the code; nothing of it is run, and no code is made beside the types.
    rendererOptions: { 'just-types': 'true', 'prefer-unions': 'true' },
    inferDateTimes: false,
    inferUuids: false,
    inferIntegerStrings: false,
    inferBooleanStrings: false,
  })
  return lines.join('\n')
}

async function library(): Promise<typeof Quicktype> {
  try {
    return await import('quicktype-core')
  } catch (cause) {
    throw new LocalProtocolError(
      'LIBRARY_MISSING',
      'types are made by quicktype-core: npm install --save-dev quicktype-core',
      { cause },
    )
  }
}

function samplesByName(cassette: Cassette): ReadonlyMap<string, ReadonlySet<string>> {
  const samples = new Map<string, Set<string>>()
  for (const { method, url, status, type, coding, bytes } of toBodyFiles(cassette)) {
    if (coding !== '' || !isJsonType(mediaTypeOf(type))) continue
    const text = new TextDecoder().decode(bytes)
    if (!isJsonObject(text)) continue
    const name = typeName(method, new URL(url).pathname, status)
    const known = samples.get(name) ?? new Set()
    samples.set(name, known.add(text))
  }
  return samples
}

/** A number or a string alone has no type worth a name. */
const isJsonObject = (text: string): boolean => jsonDocument(text) !== undefined

/** `GET /users/42` is `GetUsersByIdResponse`; answers that are errors have a name of their own. */
function typeName(method: string, path: string, status: number): string {
  const words = [method.toLowerCase(), ...path.split('/').map((part) => (looksLikeId(part) ? 'by-id' : part))]
  const name = words
    .flatMap((word) => word.split(/[^A-Za-z0-9]+/))
    .map(capitalized)
    .join('')
  return `${name}${status === 0 ? 'Request' : status >= 400 ? 'Error' : 'Response'}`
}

const looksLikeId = (part: string): boolean => /^\d+$|^[0-9a-f-]{16,}$/i.test(part) || hasPlaceholder(part)

const capitalized = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)
