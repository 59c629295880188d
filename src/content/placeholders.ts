/** What stands in a cassette for a secret: `{{token.1}}`, a label and a number; asterisks follow if a length had to be kept. */
export const PLACEHOLDER = /\{\{([a-z0-9-]+)\.(\d+)\}\}/g

/** The same as the source of an expression, and with its name as a group. */
export const BRACED = String.raw`\{\{[a-z0-9-]+\.\d+\}\}`
/** The same where braces may be escaped, as in a URL. */
export const PLACEHOLDER_IN_URLS = /(?:(?:%7[Bb]){2}|\{\{)[a-z0-9-]+\.\d+(?:(?:%7[Dd]){2}|\}\})/g

export const hasPlaceholder = (text: string): boolean => text.search(PLACEHOLDER_IN_URLS) !== -1

/** Whether braces stand in a text as they begin a placeholder: without them there is none. */
export const hasBraces = (text: string): boolean => text.includes('{{')

/** A placeholder as it is written in a text. */
export const inBraces = (name: string): string => `{{${name}}}`

/** Whether a value is in braces, as placeholders of any tool are. */
export const isInBraces = (value: string): boolean => /^\{\{[a-z0-9.-]+\}\}[*_]*$/i.test(value)

/** The name of the first placeholder with braces in a text. */
export const nameInBraces = (text: string): string | undefined => /\{\{(.*?)\}\}/.exec(text)?.[1]

/** The label and the number of a name such as `token.1`. */
export function partsOfName(name: string): { readonly label: string; readonly number: string } {
  const [, label = '', number = ''] = /^(.+)\.(\d+)$/.exec(name) ?? []
  return { label, number }
}

/** Shortest text that is searched for as a secret, in characters: a shorter one would be found everywhere. */
export const SHORTEST_NEEDLE = 8

/** Fewest characters of base64 that spell a placeholder, padding left out: `{{k.1}}`. */
export const SHORTEST_SPELLED = 10

/** A whole content that is not there. */
const WITHHELD = /^\{\{withheld[a-z-]*\.\d+\}\}$/

/** Whether a content was withheld, so that nothing is known of it. */
export const isWithheld = (content: string): boolean => content.length < 64 && WITHHELD.test(content)

/** A placeholder alone, with what fills it up. */
const ALONE = /^\{\{([a-z0-9-]+\.\d+)\}\}[*_]*$/

/** A placeholder in the frame of a key (RFC 7468); line ends may be escaped. */
const FRAMED =
  /^-----BEGIN [A-Z0-9 ]+-----(?:\s|\\+[rn]|%0[AD])*\{\{([a-z0-9-]+\.\d+)\}\}(?:\s|\\+[rn]|%0[AD])*-----END [A-Z0-9 ]+-----(?:\s|\\+[rn]|%0[AD])*$/i

/** What stands for a JSON web token: its third part is the placeholder in base64. */
const TOKEN = String.raw`eyJ[\w-]+\.eyJ[\w-]+\.e3[st][\w-]+`
/** What stands for a UUID (RFC 9562): its second group is a digest of the label, its last one the number. */
const UUID = String.raw`dddddddd-[0-9a-f]{4}-4ddd-8ddd-\d{12}`

/** What may be a placeholder in base64, of either alphabet. */
const CODED = /^e3[st][\w+/-]{8,}={0,2}$/

/** Placeholders without braces that show what they are. */
export const FORMED = new RegExp(String.raw`(?<![\w-])(?:${TOKEN}|${UUID})(?![\w-])`, 'g')
const ONE_FORMED = new RegExp(`^(?:${TOKEN}|${UUID})$`)

/** What stands for secrets and does not show it, by how it is written. */
export type Disguised = ReadonlyMap<string, string>

/** Placeholders without braces in a text: those that show what they are, and those that are known. */
export function* formedIn(
  text: string,
  disguised?: Disguised,
): Generator<{ name: string; start: number; end: number }> {
  for (const { index, 0: written } of text.matchAll(FORMED)) {
    const name = disguised?.get(written) ?? placeholderIs(written)
    if (name !== undefined) yield { name, start: index, end: index + written.length }
  }
  for (const [written, name] of disguised ?? [])
    for (let at = text.indexOf(written); at !== -1; at = text.indexOf(written, at + written.length)) {
      const end = at + written.length
      // Digits that are part of something longer are something else.
      if (!/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(end))) yield { name, start: at, end }
    }
}

/** What stands for secrets in some events and does not show it. */
export const disguisedOf = (
  events: Iterable<{ readonly redacted?: Readonly<Record<string, string>> | undefined }>,
): Disguised =>
  new Map(
    Array.from(events).flatMap(({ redacted = {} }) =>
      Object.entries(redacted).map(([name, written]) => [written, name] as const),
    ),
  )

/** The placeholder that a value is, in whatever form: `token.1`, or of a UUID itself; `undefined` if it is none. */
export function placeholderIs(value: string): string | undefined {
  const [, name] = ALONE.exec(value) ?? FRAMED.exec(value) ?? []
  if (name !== undefined) return name
  if (CODED.test(value)) return ALONE.exec(Buffer.from(value, 'base64').toString('latin1'))?.[1]
  if (!ONE_FORMED.test(value)) return undefined
  const [, , signature] = value.split('.')
  return signature === undefined ? value : ALONE.exec(Buffer.from(signature, 'base64url').toString('latin1'))?.[1]
}

/** The names of the placeholders in braces, as they stand. */
export const placeholdersIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(PLACEHOLDER), ([, name, number]) => `${name}.${number}`)
