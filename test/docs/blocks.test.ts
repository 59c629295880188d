import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { newProgram } from '../../src/cli/program.ts'
import { type Block, blocksOf, PAGES, ROOT } from './blocks.ts'
import { complaintsOf } from './fragments.ts'
import { holderOf, wayOf } from './places.ts'

const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf)

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

/** What the tests say that they follow: pages by name, and the guides by their folder. */
const FOLLOWED: readonly string[] = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .flatMap((name) => {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8')
    return Array.from(source.matchAll(/followPage\([`']([\w/.-]+)/g), ([, page = '']) => page)
  })

/** Why nothing tries a block. */
function untried(block: Block): string | undefined {
  const place = `${block.page}:${block.line}`
  switch (wayOf(block)) {
    case 'marked': {
      const gone = (block.note.match(/[\w./-]+\.test\.ts/g) ?? []).find((file) => !existsSync(join(ROOT, file)))
      if (gone !== undefined) return `${place}: there is no ${gone}`
      return /^not run: (?:\S+ ){2,}/.test(block.note) ? undefined : `${place}: no reason`
    }
    case 'example':
      return existsSync(join(ROOT, block.note.slice('example: '.length))) ? undefined : `${place}: no such file`
    case 'held': {
      const holder = holderOf(block) ?? ''
      return readFileSync(join(ROOT, holder), 'utf8').includes(block.page.split('/').at(-1) ?? '')
        ? undefined
        : `${place}: ${holder} does not read the page`
    }
    case 'followed':
      return FOLLOWED.some(
        (followed) => block.page === followed || (followed.endsWith('/') && block.page.startsWith(followed)),
      )
        ? undefined
        : `${place}: no test follows the page`
    case 'type-checked':
      return undefined
  }
}

test('every block of every page is run, compared, read by the compiler, or says why not', () => {
  expect(BLOCKS.length).toBeGreaterThan(150)
  expect(BLOCKS.flatMap((block) => untried(block) ?? [])).toEqual([])
})

test('the TypeScript of the pages compiles, and a mistake in it would be seen', async () => {
  const fragments = BLOCKS.filter(
    (block) => block.language === 'ts' && !['marked', 'example', 'held'].includes(wayOf(block)),
  )
  expect(fragments.length).toBeGreaterThan(20)
  const [first] = fragments
  const wrong = { page: 'docs/wrong.md', section: '', line: 8, note: '', language: 'ts' }
  const typo = { ...wrong, code: "await using cassette = await useCassette('a', { matchon: ['url'] })\n" }
  const unknown = { ...wrong, code: '\nawait useCasette(first)\n' }
  expect(first?.page).toBe('README.md')
  expect(await complaintsOf([...fragments, typo, unknown])).toEqual([
    expect.stringMatching(/^docs\/wrong\.md:9\(.*matchon/),
    expect.stringMatching(/^docs\/wrong\.md:10\(.*useCasette/),
    expect.stringMatching(/^docs\/wrong\.md:10\(.*first/),
  ])
})
