/** The kinds of changes that Keep a Changelog knows, in its order. */
const KINDS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']

/** What is wrong with a changelog before `version` is released, or before any release if there is none. */
export function changelogProblems(changelog: string, version: string | undefined): readonly string[] {
  const [first, ...rest] = changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      return { title, text: lines.join('\n') }
    })
  if (first === undefined) return ['the changelog has no section']
  const problems = kindProblems(first.text)
  if (!/^- /m.test(first.text)) problems.push(`"${first.title}" lists no change`)
  if (version === undefined) {
    if (first.title !== 'Unreleased') problems.push(`the first section is "${first.title}", not "Unreleased"`)
  } else if (!new RegExp(`^${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d$`).test(first.title))
    problems.push(`the first section is "${first.title}", not "${version} - YYYY-MM-DD"`)
  const released = version === undefined ? rest : [first, ...rest]
  const stray = released.find(({ title }) => !/^\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d$/.test(title))
  if (stray !== undefined && stray !== first) problems.push(`"${stray.title}" is not a version and a day`)
  return problems
}

function kindProblems(text: string): string[] {
  const kinds = Array.from(text.matchAll(/^### (.*)$/gm), ([, kind = '']) => kind)
  const unknown = kinds
    .filter((kind) => !KINDS.includes(kind))
    .map((kind) => `"${kind}" is not one of ${KINDS.join(', ')}`)
  const ordered = kinds.toSorted((one, other) => KINDS.indexOf(one) - KINDS.indexOf(other))
  return kinds.join() === ordered.join()
    ? unknown
    : [...unknown, `the order of ${kinds.join(', ')} is ${ordered.join(', ')}`]
}
