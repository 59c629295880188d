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
  const name = file.get('interactions')
  return toCassette(name.items().map(exchangeOf), { name: 'vcrpy', neverHad: [...NEVER, 'times'] }, [])
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
    requestBody: bodyOf(request.get('body')),
    status: status.get('code').number(0),
    reason: latin1(status.get('message').text('')),
    responseFields: fieldsOfMapping(response.get('headers')),
    responseBody: bodyOf(response.get('body')),
    startedAt: interaction.get('recorded_at').time(),
  }
}

/** Text or bytes, or a mapping with `string` or `base64_string`. */
function bodyOf(body: Data): Uint8Array {
  if (body.isMissing) return new Uint8Array(0)
  if (body.value instanceof Uint8Array) return body.value
  if (typeof body.value === 'string') return Buffer.from(body.value)
  const base64 = body.get('base64_string')
  return base64.isMissing ? bodyOf(body.get('string')) : Buffer.from(base64.text(), 'base64')
}
