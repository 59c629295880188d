const WIDTH = 8.4
const HEIGHT = 20
const PADDING = 16
/** The longest line that is shown whole. */
const COLUMNS = 110

/** The colours of select graphic rendition that our commands use, readable on the dark ground. */
const COLOURS: Readonly<Record<string, string>> = {
  31: 'fill="#ff8a80"',
  32: 'fill="#8bd58b"',
  33: 'fill="#e8c46c"',
  36: 'fill="#7fd3e0"',
  90: 'fill="#9a9a9a"',
  1: 'font-weight="bold"',
  2: 'fill="#9a9a9a"',
}

/** A terminal's lines as a picture: text that can be searched and copied, no script, no font of elsewhere. */
export function terminalSvg(lines: readonly string[], title: string): string {
  const rows = lines.flatMap(wrapped)
  const width = Math.round(COLUMNS * WIDTH + 2 * PADDING)
  const height = rows.length * HEIGHT + 2 * PADDING
  const texts = rows.map((row, at) => `<text x="${PADDING}" y="${PADDING + 14 + at * HEIGHT}">${spansOf(row)}</text>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#e6e6e6" xml:space="preserve">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#1e1e1e"/>
${texts.join('\n')}
</svg>
`
}

/** The lines that a picture of a terminal shows, as {@link terminalSvg} has written them. */
export function linesOfSvg(svg: string): readonly string[] {
  return Array.from(svg.matchAll(/<text [^>]*>(.*)<\/text>/g), ([, spans = '']) =>
    spans
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  )
}

/** A line as a terminal of limited width shows it. Our long lines have no colours. */
export function wrapped(line: string): readonly string[] {
  if (line.includes('\u001b') || line.length <= COLUMNS) return [line]
  return [line.slice(0, COLUMNS), ...wrapped(line.slice(COLUMNS))]
}

function spansOf(line: string): string {
  const [plain = '', ...coloured] = line.split('\u001b[')
  return escaped(plain) + coloured.map(spanOf).join('')
}

/** A piece after the start of a sequence: `32mtext`. */
function spanOf(piece: string): string {
  const [, code = '', text = ''] = /^(\d*)m(.*)$/.exec(piece) ?? []
  const style = COLOURS[code]
  if (text === '') return ''
  return style === undefined ? escaped(text) : `<tspan ${style}>${escaped(text)}</tspan>`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
