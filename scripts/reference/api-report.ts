import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

const DIST = resolve(import.meta.dirname, '../../dist')

/** An export of `package.json`, and its types. */
export async function entries(): Promise<readonly (readonly [name: string, types: string])[]> {
  const text = await readFile(resolve(DIST, '../package.json'), 'utf8')
  return Object.entries(Object(JSON.parse(text)).exports).flatMap(([path, target]) => {
    const { types } = Object(target)
    return typeof types === 'string' ? [[path, resolve(DIST, '..', types)] as const] : []
  })
}

/** File of the report of an entry. */
export const reportName = (entry: string): string =>
  `${entry === '.' ? 'wiretape' : entry.slice(2).replaceAll('/', '-')}.api.md`

/**
 * The public names of an entry with their declarations, sorted, without comments: a change here is a change for users.
 *
 * @param types a built `.d.ts` file.
 */
export async function apiReport(entry: string, types: string): Promise<string> {
  const declarations = await exportsOf(types)
  const sorted = [...declarations].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const name = entry === '.' ? 'wiretape' : `wiretape${entry.slice(1)}`
  const body = sorted.map(([, text]) => text).join('\n\n')
  return `# API of \`${name}\`\n\nMade from the built types by \`npm run docs\`: a change here is a change for users, and goes into the CHANGELOG.\n\n\`\`\`ts\n${body}\n\`\`\`\n`
}

async function exportsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const statements = splitStatements(await readFile(file, 'utf8'))
  const found = new Map<string, string>()
  for (const statement of statements) {
    const reExport = /^export (?:type )?(\{.*\}|\*) from '([^']+)'/s.exec(statement)
    if (reExport !== null) {
      const [, names = '', from = ''] = reExport
      if (!from.startsWith('.')) {
        found.set(names, statement)
        continue
      }
      const inner = await exportsOf(join(dirname(file), from.replace(/\.[jt]s$/, '.d.ts')))
      for (const [local, outer] of names === '*'
        ? [...inner.keys()].map((key) => [key, key] as const)
        : namesIn(names)) {
        const text = inner.get(local)
        if (text === undefined) throw new Error(`${relative(DIST, file)}: ${local} is not in ${from}`)
        found.set(outer, local === outer ? text : `${text}\nexport { ${local} as ${outer} }`)
      }
      continue
    }
    const name =
      /^export (?:default )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function)\s+([\w$]+)/.exec(
        statement,
      )?.[1]
    if (name === undefined) continue
    const overloads = found.get(name)
    found.set(name, overloads === undefined ? statement : `${overloads}\n${statement}`)
  }
  return found
}

const namesIn = (list: string): readonly (readonly [local: string, outer: string])[] =>
  list
    .slice(1, -1)
    .split(',')
    .map((part) => part.trim().replace(/^type /, ''))
    .filter((part) => part !== '')
    .map((part) => {
      const [local = '', outer = local] = part.split(' as ')
      return [local, outer]
    })

/** The statements at the top of a declaration file, without comments. A built file begins each in the first column. */
function splitStatements(text: string): readonly string[] {
  const code = text
    .replaceAll(/\/\*.*?\*\//gs, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\n\s*\n+/g, '\n')
  return code.split(/\n(?=(?:export|declare|import|type|interface|class)\b)/).map((statement) => statement.trim())
}
