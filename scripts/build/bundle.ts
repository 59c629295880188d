/**
 * Makes dist/ of build/, where tsc put one module per source file: few files, because an import costs by the file.
 *
 * Types stay one file per source. Code that several entry points share stands once, in dist/chunks: an error thrown by
 * one entry is an instance of the class that another exports. All that `import 'wiretape'` loads is one of these chunks.
 */
import { readFileSync } from 'node:fs'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const ROOT = resolve(import.meta.dirname, '../..')
const MODULES = join(ROOT, 'build')
const DIST = join(ROOT, 'dist')
const MAIN = join(MODULES, 'index.js')
const CONTENT = join(MODULES, 'content/')
const GROUND: ReadonlySet<string> = new Set(
  ['errors.js', 'options.js', 'content/json-content.js', 'content/normal-form.js', 'content/placeholders.js'].map(
    (name) => join(MODULES, name),
  ),
)

/** The files that package.json promises to users and to Node, by their names in dist/ without the ending. */
async function entryPoints(): Promise<Readonly<Record<string, string>>> {
  const { exports, imports, bin } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  // npm wants the path of a command without `./`.
  const promised = JSON.stringify([exports, imports, bin]).matchAll(/"(?:\.\/)?dist\/([^"]+)\.js"/g)
  return Object.fromEntries(Array.from(promised, ([, name = '']) => [name, join(MODULES, `${name}.js`)]))
}

/** All modules that a module imports, directly or not, but for those behind `import()`. */
function importedBy(module: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (found.has(module)) return found
  found.add(module)
  const statements = readFileSync(module, 'utf8').matchAll(
    /^(?:import|export)\s+(?:[\w*${},\s]*\sfrom\s+)?['"](\.[^'"]+)['"]/gm,
  )
  for (const [, target = ''] of statements) importedBy(resolve(module, '..', target), found)
  return found
}

const core = importedBy(MAIN)
// What a recording and a replay load later, in few files: what both need, what bodies mean, and what only a replay does.
const redaction = importedBy(join(MODULES, 'redaction/redact-cassette.js'))
const player = importedBy(join(MODULES, 'replay/player.js'))
await rm(DIST, { recursive: true, force: true })
await cp(MODULES, DIST, { recursive: true, filter: (path) => !/\.js(?:\.map)?$/.test(path) })
const bundle = await rolldown({
  input: { ...(await entryPoints()) },
  platform: 'node',
  external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  // Places in the package lead to the sources, through the maps that tsc made.
  plugins: [
    {
      name: 'maps of tsc',
      load: (id) => ({ code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') }),
    },
  ],
})
await bundle.write({
  dir: DIST,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  codeSplitting: {
    groups: [
      // Browsers load these two, and nothing that needs Node.
      { name: 'ground', test: (id) => GROUND.has(id), priority: 1 },
      { name: 'core', test: (id) => core.has(id) && !GROUND.has(id) && id !== MAIN },
      { name: 'redaction', test: (id) => redaction.has(id) && !core.has(id) },
      {
        name: 'content',
        test: (id) => player.has(id) && id.startsWith(CONTENT) && !redaction.has(id) && !core.has(id),
      },
      {
        name: 'player',
        test: (id) => player.has(id) && !id.startsWith(CONTENT) && !redaction.has(id) && !core.has(id),
      },
    ],
  },
})
await bundle.close()
await buildCommonJs()
await dropMapComment('runner/vitest.js')

/** Entries that their users load with `require`, and that bring all they need but Node, their runner, and what they load later. */
async function buildCommonJs(): Promise<void> {
  const { exports } = Object(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  for (const [, name = ''] of JSON.stringify(exports).matchAll(/"\.\/dist\/([^"]+)\.cjs"/g)) {
    const made = await rolldown({
      input: join(MODULES, `${name}.js`),
      platform: 'node',
      external: (id) => !/^[./]/.test(id),
    })
    await made.write({ file: join(DIST, `${name}.cjs`), format: 'cjs' })
    await made.close()
    const types = await readFile(join(DIST, `${name}.d.ts`), 'utf8')
    // A type of a module, asked for by CommonJS.
    const asked = types.replaceAll(/ from '(\.[^']+)'/g, ` from '$1' with { 'resolution-mode': 'import' }`)
    await writeFile(join(DIST, `${name}.d.cts`), asked)
    await rm(join(DIST, `${name}.d.ts`))
  }
}

/** Vite reads the map of what it transforms, as set-up files, and complains of one that is not in the package. */
async function dropMapComment(name: string): Promise<void> {
  const text = await readFile(join(DIST, name), 'utf8')
  await writeFile(join(DIST, name), text.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'))
}
