/** A program of a run with a proxy: prints the variables of the programs that it starts, in each way in which Node starts them. */
import { exec, execFile, execFileSync, execSync, fork, spawn, spawnSync, type SpawnOptions } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hideProxy } from '../../src/register/child-environment.ts'
import { RUN_VARIABLE } from '../../src/register/run.ts'

const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
const printing = join(dir, 'printing.cjs')
await writeFile(printing, `process.send(Object.entries(process.env).map((pair) => pair.join('=')).join('\\n'))`)
const browser = join(dir, 'chromium')
symlinkSync('/usr/bin/env', browser)

const given = { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', CA_FILE: '/ca.pem' }
const proxy = { port: 9, given, before: { NO_PROXY: 'b.test' } }
// As the run has started it; the program may have set one of them by itself.
for (const name of Object.keys(process.env)) if (name !== 'PATH') Reflect.deleteProperty(process.env, name)
Object.assign(process.env, given, { CA_FILE: '/own.pem', [RUN_VARIABLE]: '{}', KEPT: '1' })
hideProxy(proxy, process.env)

const told = (text: unknown): string =>
  String(text)
    .split('\n')
    .filter((line) => /^(?:HTTP_PROXY|NO_PROXY|CA_FILE|KEPT)=/.test(line))
    .toSorted()
    .join(' ')

const output = (child: ReturnType<typeof spawn>): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (bytes: Buffer) => (text += String(bytes)))
    child.on('message', (message) => (text += JSON.stringify(message).replaceAll('\\n', '\n').replaceAll('"', '')))
    child.on('error', reject).on('close', () => resolve(told(text)))
  })

const env = (more: NodeJS.ProcessEnv): SpawnOptions => ({
  env: { PATH: process.env['PATH'], [RUN_VARIABLE]: '{}', ...more },
})
const asked = (run: (done: (error: Error | null, text: string) => void) => void): Promise<string> =>
  new Promise((resolve, reject) => run((error, text) => (error === null ? resolve(told(text)) : reject(error))))

const seen = {
  itself: told(
    Object.entries(process.env)
      .map((pair) => pair.join('='))
      .join('\n'),
  ),
  spawn: await output(spawn('env')),
  'spawn with arguments': await output(spawn('env', [], {})),
  exec: await asked((done) => exec('env', done)),
  execFile: await asked((done) => execFile('env', done)),
  fork: await output(fork(printing)),
  spawnSync: told(spawnSync('env').stdout),
  'spawnSync with arguments': told(spawnSync('env', []).stdout),
  execFileSync: told(execFileSync('env')),
  execSync: told(execSync('env')),
  'spawn with variables': await output(spawn('env', env({ NO_PROXY: 'b.test', KEPT: '2' }))),
  'spawn with variables of its own': await output(
    spawn('env', [], env({ HTTP_PROXY: 'http://own.test', NO_PROXY: 'own.test' })),
  ),
  'spawnSync with variables': told(spawnSync('env', env({ NO_PROXY: 'b.test', KEPT: undefined })).stdout),
  'execSync with variables': told(execSync('env', { env: { ...env({ CA_FILE: '/its.pem' }).env } })),
  'spawn without the run': await output(spawn('env', { env: { PATH: process.env['PATH'], KEPT: '3' } })),
  'a browser': await output(spawn(browser)),
  'a browser, at once': told(spawnSync(browser).stdout),
  'a command that names one': told(execSync('env # chromium')),
}
await rm(dir, { recursive: true })
console.log(JSON.stringify(seen))
