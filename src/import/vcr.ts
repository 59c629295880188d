import { parse } from 'yaml'
import { decompressedFile } from '../content/gzip-member.ts'
import { Data, fieldsOfMapping, latin1 } from './data.ts'
import { type Imported, type ImportedExchange, toCassette } from './imported.ts'

// oxfmt-ignore
const NEVER = ['chunk framing', 'trailers', 'interim responses', 'segmentation', 'times within an answer', 'answers that failed or were cut off']

/**
 * Cassettes of VCR (Ruby) and vcrpy (Python), in YAML or JSON, also compressed with gzip, as LangChain's tests have them.
 *
 * @throws CassetteError `IMPORT_INVALID`.
 */
export function importVcr(cassette: string | Uint8Array): Imported {
  const file = new Data(parseYaml(textOf(cassette)), '')
  file.ignore('version', 'recorded_with')
  const ruby = file.get('http_interactions')
  if (!ruby.isMissing) return made(file, ruby.items().map(rubyExchange), 'VCR', [])
  const requests = file.get('requests')
  // LangChain keeps requests and responses in lists of their own.
  const exchanges = requests.isMissing
    ? file
        .get('interactions')
        .items()
        .map((interaction) => exchangeOf(interaction.get('request'), interaction.get('response')))
    : pairsOf(requests, file.get('responses'))
  return made(file, exchanges, 'vcrpy', ['times'])
}

const made = (file: Data, exchanges: readonly ImportedExchange[], name: string, more: readonly string[]): Imported =>
  toCassette(exchanges, { name, neverHad: [...NEVER, ...more] }, file.notes())

function pairsOf(requests: Data, responses: Data): readonly ImportedExchange[] {
  const answers = responses.items()
  return requests.items().map((request, place) => {
    const answer = answers[place]
    if (answer === undefined)
      throw responses.complaint(`as long as the list of requests, which has ${answers.length} answers`)
    return exchangeOf(request, answer)
  })
}

/** The most bytes that a compressed cassette may have. */
const LONGEST = 256 * 1024 * 1024

function textOf(cassette: string | Uint8Array): string {
  const bytes = Buffer.from(cassette)
  try {
    return Buffer.from(decompressedFile(bytes, LONGEST)).toString()
  } catch (error) {
    throw new Data(undefined, '').complaint(`gzip: ${String(error)}`)
  }
}

function parseYaml(text: string): unknown {
  try {
    // Python writes bytes as `!!binary`; Ruby writes an object that it meets again as an alias.
    return parse(text, { customTags: ['binary'], maxAliasCount: 100, logLevel: 'error' })
  } catch (error) {
    throw new Data(undefined, '').complaint(`YAML: ${String(error)}`)
  }
}

function rubyExchange(interaction: Data): ImportedExchange {
  const exchange = exchangeOf(interaction.get('request'), interaction.get('response'))
  return { ...exchange, startedAt: interaction.get('recorded_at').expected().time() }
}

function exchangeOf(request: Data, response: Data): ImportedExchange {
  const status = response.get('status').expected()
  // What the adapter of Ruby adds: how often it was redirected, and what answered.
  response.ignore('http_version', 'adapter_metadata')
  return {
    method: request.get('method').text().toUpperCase(),
    url: request.get('uri').text(),
    requestFields: fieldsOfMapping(request.get('headers').expected()),
    requestBody: bodyIn(request),
    status: status.get('code').expected().number(0),
    reason: latin1(status.get('message').expected().text('')),
    responseFields: fieldsOfMapping(response.get('headers').expected()),
    responseBody: bodyIn(response),
  }
}

/** Some serializers keep JSON as a value, which may be `null`. */
function bodyIn(message: Data): Uint8Array {
  const parsed = message.get('parsed_body')
  if (parsed.value === undefined) return bodyOf(message.get('body').expected())
  message.ignore('body')
  return Buffer.from(JSON.stringify(parsed.whole()))
}

/** Text or bytes, or a mapping with `string` or `base64_string`. */
function bodyOf(body: Data): Uint8Array {
  if (body.isMissing) return new Uint8Array(0)
  if (body.value instanceof Uint8Array) return body.value
  if (typeof body.value === 'string') return Buffer.from(body.value)
  // How Ruby calls the encoding of the text; YAML is UTF-8, whatever it was.
  body.ignore('encoding')
  const base64 = body.get('base64_string')
  if (!base64.isMissing) return Buffer.from(base64.text(), 'base64')
  const text = body.get('string').expected()
  // Anything else would become an empty body.
  const names = body.entries().map(([name]) => name)
  if (names.length > 0 && !names.includes('string')) throw text.complaint('there, and the body has no other known form')
  return bodyOf(text)
}
