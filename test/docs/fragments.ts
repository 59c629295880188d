import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type Block, ROOT } from './blocks.ts'

const run = promisify(execFile)

/** What a page takes for granted before its blocks: names, and how they come to be. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    Agent: "import { Agent } from 'undici';",
    setGlobalDispatcher: "import { setGlobalDispatcher } from 'undici';",
    cassette: "declare const cassette: import('wiretape').OpenCassette;",
  },
  'docs/raw-tcp.md': { cassette: "declare const cassette: import('wiretape').OpenCassette;" },
  'docs/msw.md': {
    setupServer: "import { setupServer } from 'msw/node';",
    handlers: "declare const handlers: import('msw').HttpHandler[];",
  },
  'docs/replay.md': {
    readAnswer: "declare const readAnswer: (connection: import('wiretape').HttpConnection) => Promise<void>;",
  },
  'docs/serve.md': { page: "declare const page: import('@playwright/test').Page;" },
}

/** Modules of the reader that blocks import. */
const MODULES: Readonly<Record<string, string>> = {
  'checkout.d.mts': "export function checkout(connector: import('wiretape').Connector): Promise<void>",
  'mocks/users.ts': "export const handlers: import('msw').HttpHandler[] = []",
}

/**
 * What the compiler says of the TypeScript in these blocks, all in one program, by page and line.
 *
 * Each block is a module of its own. A fragment need not import what it uses of wiretape; other names have to be in `GIVEN`.
 */
export async function complaintsOf(blocks: readonly Block[]): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'wiretape-fragments-'))
  try {
    await symlink(join(ROOT, 'node_modules'), join(dir, 'node_modules'), 'junction')
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }')
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: options(), include: ['*.ts'] }))
    for (const [index, block] of blocks.entries()) await writeFile(join(dir, `block-${index}.ts`), moduleOf(block))
    for (const [name, code] of Object.entries(MODULES)) await writeIn(dir, name, code)
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '-p', dir, '--pretty', 'false'], { cwd: dir }).catch(Object)
    return placed(String(stdout), blocks)
  } finally {
    await rm(dir, { recursive: true })
  }
}

async function writeIn(dir: string, name: string, code: string): Promise<void> {
  await mkdir(join(dir, dirname(name)), { recursive: true })
  await writeFile(join(dir, name), code)
}

/** The options of this repository, and the built types for the entries of the package. */
function options(): object {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const entries = Object.entries(exports).map(([name, entry]) => [
    name.replace(/^\./, 'wiretape'),
    [join(ROOT, String(Object(entry).types))],
  ])
  const unused = { noUnusedLocals: false, noUnusedParameters: false, noImplicitReturns: false }
  return {
    ...compilerOptions,
    ...unused,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: Object.fromEntries(entries),
  }
}

/** The first line holds what the block leaves out, so that the other lines are those of the page. */
function moduleOf({ page, code }: Block): string {
  const declared = namesIn(code)
  const missing = [...EXPORTED, ...Object.entries(GIVEN[page] ?? {})].filter(
    ([name]) => !declared.has(name) && new RegExp(`(?<![\\w$'"/-]|(?<!\\.\\.)\\.)${name}(?![\\w$'"])`).test(code),
  )
  return `export {}; ${missing.map(([, declaration]) => declaration).join(' ')}\n${code}`
}

/** The names that a module imports or declares. */
const namesIn = (code: string): ReadonlySet<string> =>
  new Set(
    Array.from(
      code.matchAll(/^import (?:type )?(?:\w+, )?\{([^}]*)\}|(?:const|class|function|type) (\w+|\{[^}]*\})/gm),
    ).flatMap(([, imported, declared]) => (imported ?? declared ?? '').match(/\w+/g) ?? []),
  )

/** How each name of wiretape is imported: of `wiretape` itself, if it is there. */
const EXPORTED: ReadonlyMap<string, string> = new Map(
  readdirSync(join(ROOT, 'api'))
    .toSorted((one, other) => Number(one === 'wiretape.api.md') - Number(other === 'wiretape.api.md'))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, 'api', file), 'utf8')
      const entry = /^# API of `(.*)`$/m.exec(text)?.[1] ?? ''
      const found = text.matchAll(
        /^export (?:declare )?(?:abstract )?(type|interface|class|function|const) (\w+)|^export \{ \w+ as (\w+) \}/gm,
      )
      return Array.from(found, ([, kind = '', name, renamed]): [string, string] => {
        const type = kind === 'type' || kind === 'interface' ? 'type ' : ''
        return [name ?? renamed ?? '', `import { ${type}${name ?? renamed} } from '${entry}';`]
      })
    }),
)

/** Lines of the compiler, at their place on the page. */
const placed = (stdout: string, blocks: readonly Block[]): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      line.replace(/^block-(\d+)\.ts\((\d+),/, (_, index: string, at: string) => {
        const block = blocks[Number(index)]
        return `${block?.page}:${(block?.line ?? 0) + Number(at) - 1}(`
      }),
    )
