import { parse } from 'yaml'
import { Data, fieldsOfMapping, latin1 } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'

// oxfmt-ignore
const NEVER = ['chunk framing', 'trailers', 'interim responses', 'segmentation', 'times within an answer', 'answers that failed or were cut off']

/** Cassettes of VCR (Ruby) and vcrpy (Python), in YAML or JSON. @throws CassetteError `IMPORT_INVALID`. */
export function importVcr(text: string): Imported {
  const file = new Data(parseYaml(text), '')
  const ruby = file.get('http_interactions')
  if (!ruby.isMissing) return toCassette(ruby.items().map(exchangeOf), { name: 'VCR', neverHad: NEVER }, [])
  const requests = file.get('requests')
  // LangChain keeps requests and responses in lists of their own.
  const pairs = requests.isMissing ? undefined : pairsOf(requests.items(), file.get('responses').items())
  const name = pairs ?? file.get('interactions')
  return toCassette(name.items().map(exchangeOf), { name: 'vcrpy', neverHad: [...NEVER, 'times'] }, [])
}

function pairsOf(requests: readonly Data[], responses: readonly Data[]): Data {
  const pairs = requests.map(({ value }, place) => ({ request: value, response: responses[place]?.value }))
  return new Data(pairs, 'requests')
}

function parseYaml(text: string): unknown {
  try {
    // Python writes bytes as `!!binary`; Ruby writes an object that it meets again as an alias.
    return parse(text, { customTags: ['binary'], maxAliasCount: 100, logLevel: 'silent' })
  } catch (error) {
    throw new Data(undefined, '').complaint(`YAML: ${String(error)}`)
  }
}

function exchangeOf(interaction: Data): ImportedExchange {
  const [request, response] = [interaction.get('request'), interaction.get('response')]
  const status = response.get('status')
  return {
    method: request.get('method').text().toUpperCase(),
    url: request.get('uri').text(),
    requestFields: fieldsOfMapping(request.get('headers')),
    requestBody: bodyIn(request),
    status: status.get('code').number(0),
    reason: latin1(status.get('message').text('')),
    responseFields: fieldsOfMapping(response.get('headers')),
    responseBody: bodyIn(response),
    startedAt: interaction.get('recorded_at').time(),
  }
}

/** Some serializers keep JSON as a value. */
function bodyIn(message: Data): Uint8Array {
  const parsed = message.get('parsed_body')
  return parsed.isMissing ? bodyOf(message.get('body')) : Buffer.from(JSON.stringify(parsed.value))
}

/** Text or bytes, or a mapping with `string` or `base64_string`. */
function bodyOf(body: Data): Uint8Array {
  if (body.isMissing) return new Uint8Array(0)
  if (body.value instanceof Uint8Array) return body.value
  if (typeof body.value === 'string') return Buffer.from(body.value)
  const base64 = body.get('base64_string')
  if (!base64.isMissing) return Buffer.from(base64.text(), 'base64')
  const text = body.get('string')
  // Anything else would become an empty body.
  const names = body.entries().map(([name]) => name)
  if (names.length > 0 && !names.includes('string')) throw text.complaint('there, and the body has no other known form')
  return bodyOf(text)
}
