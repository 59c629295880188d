import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { expect, test } from '../helpers/test.ts'
import { build } from 'esbuild'
import { toMswModule } from '../../src/generate/msw.ts'
import { NO_CHROMIUM, openChromium } from '../helpers/chromium.ts'
import { countOf, isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { withoutStorageWarning } from '../helpers/ts-process.ts'
import { type Expected, randomCassettes } from './random-cassettes.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const COUNT = countOf(6, 300)
const CASSETTES = randomCassettes(20_261_126, COUNT)
const EXPECTED: readonly (readonly Expected[])[] = CASSETTES.map(({ expected }) => expected)

/** Both are installed, the newer one under another name. */
const MSW_VERSIONS = { msw: 'msw 2', msw3: 'msw 3' } as const

test.describe.configure({ timeout: 180_000 })

/** A folder with the modules of all cassettes, inside the repository so that they find the packages. */
let modules = ''

test.beforeAll(async () => {
  await mkdir(join(ROOT, '.tmp'), { recursive: true })
  modules = await mkdtemp(join(ROOT, '.tmp', 'modules-'))
  for (const [index, { cassette }] of CASSETTES.entries())
    await writeFile(join(modules, `m${index}.ts`), toMswModule(cassette, '*/ nasty\nname.yaml'))
  await writeFile(join(modules, 'expected.json'), JSON.stringify(EXPECTED))
})

test.afterAll(() => rm(modules, { recursive: true }))

const run = promisify(execFile)

/** What both runtimes do with a module: ask for each recorded request, and give what came as base64. */
const ASK = `
export async function ask(fetchIt, expected) {
  const differences = []
  for (const { method, url, sent, status, body } of expected) {
    const response = await fetchIt(new Request(url, { method, ...(sent === '' ? {} : { body: sent }) }))
    const bytes = new Uint8Array(await response.arrayBuffer())
    const got = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    if (response.status !== status || got !== body) differences.push(method + ' ' + url + ': ' + response.status + ' ' + got)
  }
  return differences
}
`

test.describe(`the msw modules of ${COUNT} random cassettes`, () => {
  test('compile', async () => {
    const config = {
      compilerOptions: {
        module: 'nodenext',
        target: 'es2023',
        lib: ['es2023', 'dom', 'dom.iterable'],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: [],
      },
      include: ['m*.ts'],
    }
    await writeFile(join(modules, 'tsconfig.json'), JSON.stringify(config))
    const { stdout } = await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', modules])
    expect(stdout).toBe('')
  })

  test('import without side effects, and serve the same bytes in Node', async () => {
    await writeFile(join(modules, 'ask.mjs'), ASK)
    await writeFile(
      join(modules, 'main.mjs'),
      `import { readFileSync } from 'node:fs'
import { getResponse } from 'msw'
import { ask } from './ask.mjs'
const expected = JSON.parse(readFileSync(new URL('expected.json', import.meta.url), 'utf8'))
// Whatever is read from files is the loader of modules, which in Node 24 goes on for a moment.
const kinds = () => process.getActiveResourcesInfo().filter((kind) => !/^(?:FSReq|ConnectWrap)/.test(kind))
const traces = () => [Object.getOwnPropertyNames(globalThis).length, ...kinds()].join()
const before = traces()
const modules = []
for (const index of expected.keys()) modules.push(await import('./m' + index + '.ts'))
const after = traces()
const differences = before === after ? [] : ['side effects: ' + before + ' and ' + after]
for (const [index, { handlers, ...others }] of modules.entries()) {
  if (Object.keys(others).length > 0) differences.push('exports ' + Object.keys(others))
  differences.push(...(await ask((request) => getResponse(handlers, request), expected[index])))
}
console.log(JSON.stringify(differences))
`,
    )
    const loader = fileURLToPath(import.meta.resolve('tsx'))
    const { stdout, stderr } = await run(process.execPath, ['--import', loader, join(modules, 'main.mjs')], {
      cwd: ROOT,
    })
    expect(withoutStorageWarning(stderr)).toBe('')
    expect(JSON.parse(stdout)).toEqual([])
  })

  test.describe('in Chromium', () => {
    test.skip(NO_CHROMIUM !== undefined, NO_CHROMIUM)

    for (const [msw, count] of [
      ['msw', COUNT],
      ['msw3', 60],
    ] as const) {
      test(`serve the same bytes through the service worker of ${MSW_VERSIONS[msw]}, ${count} of them`, async () => {
        test.skip(!isWhole, ONLY_WHOLE)
        await using page = await pageWith(msw)
        const differences = await page.page.evaluate<string[]>(`run(${JSON.stringify(EXPECTED.slice(0, count))})`)
        expect(differences).toEqual([])
      })
    }
  })
})

/** A page whose service worker is that of a version of msw, with all modules bundled. */
async function pageWith(msw: keyof typeof MSW_VERSIONS): Promise<AsyncDisposable & { readonly page: Page }> {
  const imports = CASSETTES.map((_, index) => `import { handlers as m${index} } from './m${index}.ts'`).join('\n')
  const all = CASSETTES.map((_, index) => `m${index}`).join(', ')
  await writeFile(join(modules, 'ask.mjs'), ASK)
  await writeFile(
    join(modules, 'page.ts'),
    `${imports}
import { setupWorker } from 'msw/browser'
import { ask } from './ask.mjs'
const worker = setupWorker()
globalThis.run = async (expected) => {
  await worker.start({ quiet: true, onUnhandledRequest: 'error' })
  const differences = []
  const modules = [${all}]
  for (const [index, requests] of expected.entries()) {
    worker.resetHandlers(...modules[index])
    differences.push(...(await ask((request) => fetch(request), requests)))
  }
  return differences
}
`,
  )
  const { outputFiles } = await build({
    entryPoints: [join(modules, 'page.ts')],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    alias: { msw },
    write: false,
    logLevel: 'silent',
  })
  const files: Readonly<Record<string, readonly [type: string, content: string]>> = {
    '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'],
    '/page.js': ['text/javascript', outputFiles[0]?.text ?? ''],
    '/mockServiceWorker.js': [
      'text/javascript',
      await readFile(join(ROOT, 'node_modules', msw, 'lib/mockServiceWorker.js'), 'utf8'),
    ],
  }
  const server = createServer((request, response) => {
    const [type, content] = files[request.url ?? ''] ?? ['text/plain', 'nothing']
    response.writeHead(content === 'nothing' ? 404 : 200, { 'Content-Type': type }).end(content)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const chromium = await openChromium()
  const page = await chromium.browser.newPage()
  // A page that fails as it loads would be waited for in vain.
  const failed = new Promise<never>((_, reject) => page.on('pageerror', reject))
  await page.goto(`http://127.0.0.1:${Object(server.address()).port}/`)
  await Promise.race([page.waitForFunction('typeof run === "function"'), failed])
  return {
    page,
    async [Symbol.asyncDispose]() {
      await chromium[Symbol.asyncDispose]()
      server.close().closeAllConnections()
    },
  }
}
