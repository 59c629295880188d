import { readFile } from 'node:fs/promises'
import { COMMAND_CODES } from '../../src/console/failure.ts'
import { ERROR_CODES } from '../../src/errors.ts'
import { FINDINGS } from '../../src/inspection/findings.ts'

/** `docs/errors.md`: the table of `src/errors.ts`, by its own sections. */
export async function errorReference(): Promise<string> {
  const source = await readFile(new URL('../../src/errors.ts', import.meta.url), 'utf8')
  const [, table = ''] = /export const ERROR_CODES = \{\n(.*?)\n\}/s.exec(source) ?? []
  const sections = table
    .split(/^ {2}\/\/ --- /m)
    .slice(1)
    .map(sectionOf)
  const listed = sections.flatMap(({ codes }) => codes)
  const missing = Object.keys(ERROR_CODES).filter((code) => !listed.some(([one]) => one === code))
  if (missing.length > 0) throw new Error(`under no heading in src/errors.ts: ${missing.join(', ')}`)
  const command = { title: 'Of the command only', codes: Object.entries(COMMAND_CODES) }
  const findings = {
    title: 'Findings of `wiretape check`',
    codes: Object.entries(FINDINGS).map(([code, { severity, meaning }]) => [code, `${severity}: ${meaning}`] as const),
  }
  return [INTRODUCTION, ...[...sections, command, findings].map(toMarkdown)].join('\n')
}

const INTRODUCTION = `# Errors

Every error of this package has a \`code\` that never changes its meaning; match on it, not on the message. The message says what was
found, and where: an offset in the bytes of a connection, or file, line and column of a cassette. This page is made from the tables in
\`src/errors.ts\`, \`src/console/failure.ts\` and \`src/inspection/findings.ts\` by \`npm run docs\`.
`

interface Section {
  readonly title: string
  readonly codes: readonly (readonly [code: string, meaning: string])[]
}

function sectionOf(text: string): Section {
  const [title = '', ...rows] = text.split('\n')
  const codes = rows.flatMap((row) => {
    const code = /^ {2}([A-Z0-9_]+):/.exec(row)?.[1]
    return code === undefined ? [] : [[code, meaningOf(code)] as const]
  })
  return { title: title.replace(/\.$/, ''), codes }
}

const meaningOf = (code: string): string => Object.entries(ERROR_CODES).find(([known]) => known === code)?.[1] ?? ''

function toMarkdown({ title, codes }: Section): string {
  const rows = codes.map(([code, meaning]) => `| \`${code}\` | ${meaning.replaceAll('|', '\\|')} |`)
  return [`## ${title}`, '', '| code | what it means |', '| --- | --- |', ...rows, ''].join('\n')
}
