/** A cookie as it is written; offsets are those of the value without its quotes. */
export interface WrittenCookie {
  /** Empty where the cookie has none. */
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
}

/** The pairs of a Cookie field (RFC 6265 section 4.2). */
export const sentCookies = (value: string): readonly WrittenCookie[] => cookiesIn(value, /(;[ \t]*)/, true)

/** The cookies of a Set-Cookie field: the first pair, and those of others that a proxy joined to it with commas. */
export const setCookies = (value: string): readonly WrittenCookie[] =>
  // The comma of a date has no name and no equals sign after it.
  cookiesIn(value, /(;[ \t]*|,[ \t]*(?=[^\s;,="]+=))/, false)

function cookiesIn(text: string, separator: RegExp, hasMany: boolean): readonly WrittenCookie[] {
  const cookies: WrittenCookie[] = []
  let at = 0
  let isAttribute = false
  for (const part of text.split(separator)) {
    if (part.startsWith(';')) isAttribute = !hasMany
    else if (!hasMany && /^,[ \t]*$/.test(part)) isAttribute = false
    else if (!isAttribute && part.trim() !== '') cookies.push(cookieIn(part, at))
    at += part.length
  }
  return cookies
}

function cookieIn(part: string, at: number): WrittenCookie {
  const equals = part.indexOf('=')
  const name = equals === -1 ? '' : part.slice(0, equals).trim()
  const [, blank = '', quote = '', value = ''] = /^([ \t]*)("?)([^]*?)"?[ \t]*$/.exec(part.slice(equals + 1)) ?? []
  const start = at + equals + 1 + blank.length + quote.length
  return { name, value, start, end: start + value.length }
}
