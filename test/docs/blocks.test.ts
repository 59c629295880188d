import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from '@playwright/test'
import { newProgram } from '../../src/cli/program.ts'
import { filesIn } from '../helpers/files-in.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PAGES = ['README.md', ...(await filesIn(join(ROOT, 'docs'), '.md')).map((name) => `docs/${name}`)]

interface Block {
  readonly page: string
  readonly language: string
  readonly code: string
}

const BLOCKS: readonly Block[] = PAGES.flatMap((page) =>
  Array.from(
    readFileSync(join(ROOT, page), 'utf8').matchAll(/^( *)```(\w*)[^\n]*\n(.*?)^\1```$/gms),
    ([, , language = '', code = '']) => ({ page, language, code }),
  ),
)

/** Each line of a shell that runs wiretape, as words; what a shell puts in has another word in its place. */
function commandsIn({ code }: Block): readonly (readonly string[])[] {
  const lines = code.replaceAll('\\\n', ' ').split('\n')
  return lines.flatMap((line) => {
    const [, rest] = /^(?:\s*\$|.*&&|\s*-? ?run:|) *(?:[A-Z_]+=\S+ )*(?:npx )?wiretape((?: .*)?)$/.exec(line) ?? []
    // `<kind>` is the form of a command, not one.
    return rest === undefined || /<\w+>/.test(rest) ? [] : [wordsOf(rest)]
  })
}

/** Up to a comment, a pipe, a redirection or the end of the command. */
function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  for (const [token, quoted, double, plain] of text.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)|\s{2,}|\s/g)) {
    const word = quoted ?? double ?? plain
    // The help of a command says after some spaces what an example does.
    if (word === undefined && token.length > 1 && words.length > 0) break
    if (word === undefined) continue
    if (quoted === undefined && double === undefined && /^(?:#|\||>|<|;|&|2>|\|\|)/.test(word)) break
    words.push(word)
  }
  return words
}

/** Why the command line would not be understood. */
async function complaintOf(words: readonly string[]): Promise<string | undefined> {
  const output = { line: () => {} }
  const program = await newProgram(words, Object({ out: output, err: output, env: {} }))
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} }).exitOverride()
  for (const command of program.commands) command.action(() => {})
  try {
    await program.parseAsync([...words], { from: 'user' })
    return undefined
  } catch (error) {
    const { code, message } = Object(error)
    return code === 'commander.helpDisplayed' || code === 'commander.help'
      ? undefined
      : `${words.join(' ')}: ${message}`
  }
}

test('every command line of wiretape in the docs is understood', async () => {
  const all = BLOCKS.flatMap((block) => commandsIn(block).map((words) => ({ page: block.page, words })))
  expect(all.length).toBeGreaterThan(100)
  const wrong: string[] = []
  for (const { page, words } of all) {
    const complaint = await complaintOf(words)
    if (complaint !== undefined) wrong.push(`${page}: ${complaint}`)
  }
  expect(wrong).toEqual([])
  expect(await complaintOf(['show', '--none'])).toContain('unknown option')
})

test('every name that a block of the docs imports from wiretape is exported there', () => {
  const imports = BLOCKS.flatMap(({ page, code }) =>
    Array.from(
      code.matchAll(/import (?:type )?\{([^}]*)\} from ['"]wiretape(?:\/([\w/-]+))?['"]/g),
      ([, names = '', entry = 'wiretape']) => ({
        page,
        entry,
        names: names.split(',').map((name) =>
          name
            .trim()
            .replace(/^type /, '')
            .replace(/ as .*/, ''),
        ),
      }),
    ),
  )
  expect(imports.length).toBeGreaterThan(20)
  const wrong = imports.flatMap(({ page, entry, names }) => {
    const file = join(ROOT, 'api', `${entry.replaceAll('/', '-')}.api.md`)
    if (!existsSync(file)) return [`${page}: wiretape/${entry}`]
    const report = readFileSync(file, 'utf8')
    return names
      .filter((name) => name !== '' && !new RegExp(`\\b${name}\\b`).test(report))
      .map((name) => `${page}: ${name} of wiretape/${entry}`)
  })
  expect(wrong).toEqual([])
})
