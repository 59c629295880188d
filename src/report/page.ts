import { createHash } from 'node:crypto'
import { escapeText } from '../content/printable.ts'

/** Markup that is safe to put into a page. Only {@link html} makes it, so other text cannot become markup. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Markup | undefined | readonly (Markup | undefined)[]

/** A template whose values are escaped as text, unless they are markup already; `undefined` is left out. */
export function html(literals: TemplateStringsArray, ...values: readonly Part[]): Markup {
  const parts = values.map((value, index) => `${toMarkup(value)}${literals[index + 1] ?? ''}`)
  return new Markup(`${literals[0] ?? ''}${parts.join('')}`)
}

function toMarkup(value: Part): string {
  if (value === undefined) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'object') return value.map(toMarkup).join('')
  return escapeMarkup(String(value))
}

/** Inside `<pre>`; line ends of the template itself are only for readers of the code. */
export const LINE_END = new Markup('\n')

/** Several lines of text: unprintable characters are shown as `\xNN`, tabs and line feeds stay. */
export const lines = (text: string): Markup =>
  new Markup(
    text
      .split('\n')
      .map((line) => line.split('\t').map(escapeText).map(escapeCharacters).join('\t'))
      .join('\n'),
  )

const escapeMarkup = (text: string): string => escapeCharacters(escapeText(text))

const escapeCharacters = (text: string): string =>
  text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)

/**
 * A whole document that cannot run or load anything, with any content: its policy allows one style sheet, by hash.
 */
export function page(title: string, styles: string, body: Markup): string {
  const hash = createHash('sha256').update(styles).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${styles}</style>
</head>
<body>
${body.text}
</body>
</html>
`
}
