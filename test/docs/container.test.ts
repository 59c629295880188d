import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from 'wiretape/cassette'
import { parse } from 'yaml'
import { finish, startCli, temporaryFolder } from '../cli/run-cli.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'

const PAGE = path.resolve(import.meta.dirname, '../../docs/container.md')

/** The blocks of a language on the page, in their order. */
async function blocks(language: string): Promise<readonly string[]> {
  const page = await readFile(PAGE, 'utf8')
  return Array.from(page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms')), ([, code = '']) => code)
}

/** The command of a service in a file of compose: the words after `npx wiretape`. */
async function commandOf(block: number, service: string): Promise<readonly string[]> {
  const { command } = parse((await blocks('yaml'))[block] ?? '').services[service]
  expect(command).toMatch(/^npx wiretape /)
  return String(command).split(' ').slice(2)
}

/** What a container with this image runs. */
async function commandOfImage(): Promise<readonly string[]> {
  const [recipe = ''] = await blocks('dockerfile')
  const words = (name: string): string[] => JSON.parse(new RegExp(`^${name} (.*)$`, 'm').exec(recipe)?.[1] ?? '[]')
  expect(words('ENTRYPOINT')).toEqual(['wiretape'])
  return words('CMD')
}

/** Runs a command of the page: its folders are in `root`, and it takes any free port. */
async function running(root: string, command: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
  const words = command.map((word) => word.replace(/^\/(?=ca|cassettes)/, `${root}/`).replace(/^8080$/, '0'))
  const child = startCli(words, { cwd: root, env: { CI: '', WIRETAPE_MODE: '' } })
  const printed = child.stdout ?? []
  let said = ''
  for await (const part of printed) {
    said += String(part)
    if (said.includes('\n')) break
  }
  return { child, url: /http:\/\/\S+/.exec(said)?.[0] ?? said }
}

async function ask(url: string, host: string): Promise<readonly [status: number | undefined, said: string]> {
  const [response]: IncomingMessage[] = await once(get(url, { headers: { Host: host }, agent: false }), 'response')
  return [response?.statusCode, response === undefined ? '' : await text(response)]
}

/** A folder with the cassette that the page names. */
async function rooted(): Promise<Awaited<ReturnType<typeof temporaryFolder>>> {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder.path, 'cassettes'))
  const tape = new TapeWriter()
  tape.open('http://api.test').sent(request('GET', '/users')).received(answer('Ada'))
  await saveCassette(path.join(folder.path, 'cassettes/users.yaml'), tape.cassette)
  return folder
}

for (const [what, command] of [
  ['the service of compose', () => commandOf(0, 'api')],
  ['the image', commandOfImage],
] as const)
  test(`${what} answers to its name in the network, and to no other`, async () => {
    await using root = await rooted()
    const { child, url } = await running(root.path, await command())
    const finished = finish(child)
    const at = url.replace('0.0.0.0', '127.0.0.1')
    expect(await ask(`${at}/users`, 'api:8080')).toEqual([200, 'Ada'])
    expect((await ask(`${at}/users`, 'elsewhere.test'))[0]).not.toBe(200)
    child.kill('SIGTERM')
    expect((await finished).stderr).toContain('1 answer played')
  })

test('the proxy beside a program writes the files that the program is given', async () => {
  await using root = await rooted()
  await mkdir(path.join(root.path, 'ca'), { mode: 0o700 })
  const { child, url } = await running(root.path, await commandOf(1, 'proxy'))
  const finished = finish(child)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const { environment } = parse((await blocks('yaml'))[1] ?? '').services.app
  expect(await readFile(path.join(root.path, environment.SSL_CERT_FILE), 'utf8')).toContain('BEGIN CERTIFICATE')
  const variables = await readFile(path.join(root.path, 'ca/proxy.env'), 'utf8')
  expect(variables).toMatch(/HTTPS_PROXY=\S*127\.0\.0\.1:\d+/)
  expect((await stat(path.join(root.path, 'ca'))).mode & 0o077).toBe(0)
  child.kill('SIGTERM')
  await finished
})
