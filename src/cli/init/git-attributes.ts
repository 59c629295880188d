/**
 * How git treats cassettes: text with the same line ends everywhere, shown in reviews, and blobs that nobody changes.
 */
const LINES = [
  '**/*-cassettes/**/*.yaml text eol=lf diff merge=wiretape linguist-generated=false',
  '**/cassettes/**/*.yaml text eol=lf diff merge=wiretape linguist-generated=false',
  '**/*-cassettes/**/blobs/* -text',
  '**/cassettes/**/blobs/* -text',
]

/** Attributes name a merge driver; each clone says itself what it is, and git merges as text where it does not. */
export const MERGE_DRIVER = "git config merge.wiretape.driver 'npx wiretape merge --driver %O %A %B %P'"

const HEAD = '# Cassettes of wiretape are read in reviews, and their bytes are what was on the wire.'

/** The text of `.gitattributes` with those lines that it lacks. */
export function withAttributes(text: string): string {
  const known = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const lacking = LINES.filter((line) => !known.has(line))
  if (lacking.length === 0) return text
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${before}${[...(known.has(HEAD) ? [] : [HEAD]), ...lacking].join('\n')}\n`
}
