/** One element of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1). */
export interface Extension {
  /** In lower case. */
  readonly name: string
  /** `''` is the value of a parameter that has none. */
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads the value of `Sec-WebSocket-Extensions`; several lines are joined by commas. */
export function readExtensions(value: string): readonly Extension[] {
  return split(value, ',').flatMap((element) => {
    const [name = '', ...parameters] = split(element, ';')
    if (name === '') return []
    return [{ name: name.toLowerCase(), parameters: new Map(parameters.map(readParameter)) }]
  })
}

function readParameter(text: string): readonly [string, string] {
  const [name = '', value = ''] = split(text, '=')
  return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1')]
}

/** Splits at a separator outside quotes. */
const split = (text: string, separator: string): readonly string[] =>
  (text.match(separator === ',' ? ELEMENTS : separator === ';' ? PARAMETERS : SIDES) ?? []).map((part) => part.trim())

const ELEMENTS = /(?:"(?:[^"\\]|\\.)*"|[^,"])+/g
const PARAMETERS = /(?:"(?:[^"\\]|\\.)*"|[^;"])+/g
const SIDES = /(?:"(?:[^"\\]|\\.)*"|[^="])+/g

/**
 * Why a client that made these offers refuses what a server accepted; `undefined` if it does not (RFC 6455 section 9.1, RFC 7692 section 7.1).
 *
 * Only what breaks an agreement counts: a server may say `server_no_context_takeover` without being asked.
 */
export function refusalOf(accepted: readonly Extension[], offers: readonly Extension[]): string | undefined {
  for (const extension of accepted) {
    const { name } = extension
    const same = offers.filter((offer) => offer.name === name)
    if (same.length === 0) return `the server accepted ${name}, which this client does not offer`
    if (name !== 'permessage-deflate') continue
    const reasons = same.map((offer) => refusalOfDeflate(extension, offer))
    if (!reasons.includes(undefined)) return reasons[0]
  }
  return undefined
}

function refusalOfDeflate({ parameters: accepted }: Extension, { parameters: offered }: Extension): string | undefined {
  if (offered.has('server_no_context_takeover') && !accepted.has('server_no_context_takeover'))
    return 'this client asks for server_no_context_takeover, and the server did not grant it'
  if (bitsOf(accepted, 'server_max_window_bits') > bitsOf(offered, 'server_max_window_bits'))
    return "the server's window is larger than this client allows (server_max_window_bits)"
  if (accepted.has('client_max_window_bits') && !offered.has('client_max_window_bits'))
    return 'the server set client_max_window_bits, which this client does not offer'
  return undefined
}

const bitsOf = (parameters: Extension['parameters'], name: string): number => Number(parameters.get(name) || 15)
