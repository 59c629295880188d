/** What a `Content-Type` says. */
export interface MediaType {
  /** Type and subtype in lower case, such as `application/json`; empty if the type is missing. */
  readonly essence: string
  /** By name in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Reads a `Content-Type`, several of them joined by commas (WHATWG Fetch, "extract a MIME type"): the last one that is a type
 * counts, and takes the charset of one before it with the same essence.
 */
export function mediaTypeOf(value: string): MediaType {
  if (value === '') return NONE
  let type = known.get(value)
  if (type === undefined) {
    if (known.size > MOST_KNOWN) known.clear()
    type = extract(value)
    known.set(value, type)
  }
  return type
}

/** Messages have few different ones, but for boundaries. */
const known = new Map<string, MediaType>()
const MOST_KNOWN = 200

function extract(value: string): MediaType {
  let found = NONE
  for (const one of elementsOf(value)) {
    const type = parseOne(one)
    if (type.essence === '' || type.essence === '*/*') continue
    const charset = found.parameters.get('charset')
    const isSame = found.essence === type.essence && charset !== undefined && !type.parameters.has('charset')
    found = isSame ? { ...type, parameters: new Map([...type.parameters, ['charset', charset]]) } : type
  }
  return found
}

const NONE: MediaType = { essence: '', parameters: new Map() }

/** Commas in quotes part nothing. */
const elementsOf = (value: string): readonly string[] => value.match(/(?:"(?:[^"\\]|\\.)*"?|[^,"])+/g) ?? []

function parseOne(text: string): MediaType {
  const [, essence = ''] = /^\s*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)\s*(?:;|$)/.exec(text) ?? []
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, plain = ''] of text.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain.trimEnd()
    if (!parameters.has(key) && (quoted !== undefined || value !== '')) parameters.set(key, value)
  }
  return { essence: essence.toLowerCase(), parameters }
}

const PARAMETER = /;\s*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)(?:"|$)|([^;"]*))/g

/** Whether the content has parts (RFC 2046 section 5.1). */
export const isMultipart = ({ essence }: MediaType): boolean => essence.startsWith('multipart/')

/** Whether the content is JSON by its type (RFC 8259, RFC 6839 section 3.1). */
export const isJsonType = ({ essence }: MediaType): boolean => /^[^/]+\/(?:json|.+\+json)$/.test(essence)
