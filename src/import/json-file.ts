import { Data } from './data.ts'

/** A file of JSON. @throws CassetteError `IMPORT_INVALID` for anything else. */
export function parseJson(text: string): Data {
  try {
    return new Data(JSON.parse(text.replace(/^\ufeff/, '')), '')
  } catch (error) {
    throw new Data(undefined, '').complaint(`JSON: ${String(error)}`)
  }
}

/** Documents of JSON one after the other, as some tools append them to a file. @throws CassetteError `IMPORT_INVALID`. */
export function parseDocuments(text: string): readonly Data[] {
  return documentsIn(text.replace(/^\ufeff/, '')).map((document) => parseJson(document))
}

/** Cut where the outermost brackets close; what is in strings does not count. */
function documentsIn(text: string): readonly string[] {
  const documents: string[] = []
  let [depth, start] = [0, 0]
  for (const { index, 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    if (depth !== 0 || token.startsWith('"')) continue
    documents.push(text.slice(start, index + 1))
    start = index + 1
  }
  const rest = text.slice(start)
  return rest.trim() === '' && documents.length > 0 ? documents : [...documents, rest]
}
