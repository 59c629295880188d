import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from './helpers/test.ts'

/** Prints each module that is resolved on standard error. */
const HOOK = `
import { writeSync } from 'node:fs'
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  writeSync(2, found.url + '\\n')
  return found
}`

const SCRIPT = `
import { createRequire, register } from 'node:module'
register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOK)}`)})
await import('wiretape')
for (const path of Object.keys(createRequire(process.cwd() + '/x.js').cache)) console.error(path)
`

test.describe('a plain import of wiretape', () => {
  test('loads none of its dependencies', () => {
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' })
    const loaded = stderr.split('\n')
    expect(loaded.filter((url) => url.endsWith('/dist/index.js'))).toHaveLength(1)
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([])
  })
  test('loads no code that only recording, serving, verifying, torture or inspection needs', async () => {
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], { encoding: 'utf8' })
    const loaded = stderr.split('\n').filter((url) => url.includes('/dist/') && url.endsWith('.js'))
    const files = [...new Set(loaded)]
    // A file that only exports what is in others has no map.
    const maps = files.map((url) => `${fileURLToPath(url)}.map`).filter((path) => existsSync(path))
    const sources = await Promise.all(maps.map(async (path) => readFile(path, 'utf8')))
    const rooms = new Set(sources.flatMap((map) => [...map.matchAll(/src\/([\w-]+)\//g)].map(([, room]) => room)))
    expect([...rooms].filter((room) => ONLY_LATER.has(room ?? ''))).toEqual([])
    expect(rooms).toContain('replay')
    const loadedWith = (source: string): boolean => sources.some((map) => map.includes(`src/${source}`))
    expect(loadedWith('replay/replayer.ts')).toBe(true)
    expect(BY_CONNECTIONS.filter(loadedWith)).toEqual([])
    const sizes = await Promise.all(files.map(async (url) => (await stat(fileURLToPath(url))).size))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(330_000)
  })

  test('loads none of the modules of Node that take milliseconds', () => {
    const script = "await import('wiretape'); console.log(process.moduleLoadList.join('\\n'))"
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    const loaded = new Set(stdout.split('\n'))
    expect(loaded).toContain('NativeModule fs')
    expect(['net', 'tls', 'zlib', 'crypto', 'http'].filter((name) => loaded.has(`NativeModule ${name}`))).toEqual([])
  })
})

const ONLY_LATER: ReadonlySet<string> = new Set([
  'hooks',
  'inspection',
  'listen',
  'report',
  'serve',
  'torture',
  'verify',
])

/** Loaded by the first connection that needs it. */
const BY_CONNECTIONS = ['client/socket-transport.ts', 'replay/player.ts', 'matching/interaction-pool.ts']
