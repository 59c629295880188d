/**
 * How git treats cassettes: text with the same line ends everywhere, shown in reviews, and blobs that nobody changes.
 */
const LINES = [
  '**/*-cassettes/**/*.yaml text eol=lf diff linguist-generated=false',
  '**/cassettes/**/*.yaml text eol=lf diff linguist-generated=false',
  '**/*-cassettes/**/blobs/* -text',
  '**/cassettes/**/blobs/* -text',
]

const HEAD = '# Cassettes of wiretape are read in reviews, and their bytes are what was on the wire.'

/** The text of `.gitattributes` with those lines that it lacks. */
export function withAttributes(text: string): string {
  const known = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const lacking = LINES.filter((line) => !known.has(line))
  if (lacking.length === 0) return text
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${before}${[...(known.has(HEAD) ? [] : [HEAD]), ...lacking].join('\n')}\n`
}
