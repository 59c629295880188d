import { fieldValue } from '../content/decoded-content.ts'
import type { FieldLine } from '../http1/events.ts'
import { type Data, fieldsOfMapping, latin1 } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'
import { parseJson } from './json-file.ts'

// oxfmt-ignore
const NEVER = [
  'the case and order of header names', 'reasons', 'chunk framing', 'trailers', 'interim responses', 'segmentation', 'times',
  'how JSON was written', 'answers that failed or were cut off',
]

/** Definitions of nock, as its recorder and nock back write them. @throws CassetteError `IMPORT_INVALID`. */
export function importNock(text: string): Imported {
  const file = parseJson(text)
  return toCassette(file.items().map(exchangeOf), { name: 'nock', neverHad: NEVER }, file.notes())
}

function exchangeOf(definition: Data): ImportedExchange {
  const rawHeaders = definition.get('rawHeaders')
  if (!rawHeaders.isMissing) definition.ignore('headers')
  const isBinary = definition.get('responseIsBinary').value === true
  const responseFields = rawHeaders.isMissing
    ? fieldsOfMapping(definition.get('headers').expected())
    : rawFields(rawHeaders)
  return {
    method: definition.get('method').expected().text('GET').toUpperCase(),
    url: new URL(definition.get('path').expected().text('/'), definition.get('scope').text()).href,
    requestFields: fieldsOfMapping(definition.get('reqheaders')),
    requestBody: bodyOf(definition.get('body').expected(), false, false),
    status: definition.get('status').expected().number(200),
    reason: '',
    responseFields,
    responseBody: bodyOf(
      definition.get('response').expected(),
      isBinary,
      fieldValue(responseFields, 'content-encoding') !== '',
    ),
  }
}

/** A flat list of names and values, or a mapping. */
function rawFields(data: Data): readonly FieldLine[] {
  if (!Array.isArray(data.value)) return fieldsOfMapping(data)
  const words = data.items().map((word) => word.text(''))
  return words.flatMap((name, place) => (place % 2 === 0 ? [{ name, value: latin1(words[place + 1] ?? '') }] : []))
}

/** Hex where the bytes are not text, a list of hex where they are encoded, a value where they are JSON. */
function bodyOf(data: Data, isBinary: boolean, isEncoded: boolean): Uint8Array {
  const { value } = data
  if (data.isMissing) return new Uint8Array(0)
  if (typeof value === 'string') return Buffer.from(value, isBinary ? 'hex' : 'utf8')
  if (isEncoded && Array.isArray(value) && value.length > 0 && value.every(isHex))
    return Buffer.from(value.join(''), 'hex')
  return Buffer.from(JSON.stringify(data.whole()))
}

const isHex = (part: unknown): boolean => typeof part === 'string' && /^(?:[0-9a-f]{2})+$/.test(part)
