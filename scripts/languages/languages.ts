import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { environmentFor } from '../../src/proxy/environment.ts'
import { recordingProxy } from '../../src/proxy/recording-proxy.ts'

type Environment = Readonly<Record<string, string>>

/** A program in some language that asks a server four things, and prints all that it gets. */
export interface Program {
  readonly name: string
  /** What has to be installed: its name in Debian, and a command that ends with 0 if it is there. */
  readonly needs: readonly [debianPackage: string, program: string, ...args: string[]]
  /** Its command line; `folder` is for what it compiles. */
  readonly words: (url: string, folder: string) => readonly string[]
}

const script = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

/** The interpreter that Debian's packages belong to, where there is one; or any. */
const PYTHON = spawnSync('/usr/bin/python3', ['--version']).error === undefined ? '/usr/bin/python3' : 'python3'

const python = (name: string, module: string, debianPackage: string): Program => ({
  name: `Python ${name}`,
  needs: [debianPackage, PYTHON, '-c', `import ${module}`],
  words: (url) => [PYTHON, script(`${name}_client.py`), url],
})

/** Programs with no option that speaks of a proxy or of certificates. */
export const PROGRAMS: readonly Program[] = [
  {
    name: 'curl -i',
    needs: ['curl', 'curl', '--version'],
    words: (url) => {
      const get = (target: string): readonly string[] => [
        '-q',
        '-s',
        '-i',
        '--raw',
        '--suppress-connect-headers',
        url + target,
      ]
      const post = [...get('/echo'), '-d', 'name=Ada', '-H', 'Expect: 100-continue']
      return ['curl', ...get('/odd'), '--next', ...get('/trailers'), '--next', ...post, '--next', ...get('/missing')]
    },
  },
  python('urllib', 'urllib.request', 'python3'),
  python('requests', 'requests', 'python3-requests'),
  python('httpx', 'httpx', 'python3-httpx'),
  {
    name: 'Ruby Net::HTTP',
    needs: ['ruby', 'ruby', '--version'],
    words: (url) => ['ruby', script('client.rb'), url],
  },
  {
    name: 'Go net/http',
    needs: ['golang-go', 'go', 'version'],
    words: (url, folder) => {
      const binary = join(folder, 'client')
      execFileSync('go', ['build', '-o', binary, script('client.go')], { stdio: 'pipe' })
      return [binary, url]
    },
  },
  {
    name: 'Java HttpClient',
    needs: ['default-jdk-headless', 'javac', '-version'],
    words: (url, folder) => {
      execFileSync('javac', ['-d', folder, script('Client.java')], { stdio: 'pipe' })
      return ['java', '-cp', folder, 'Client', url]
    },
  },
]

/** The Debian package that a program lacks here; `undefined` if it can run. */
export function lacks({ needs: [debianPackage, program, ...args] }: Program): string | undefined {
  return spawnSync(program, args).status === 0 ? undefined : debianPackage
}

/** How a program comes to a cassette: through `recordingProxy` and its variables, or as the command of `wiretape run`. */
export type Way = 'proxy' | 'run'

/**
 * Lets a program talk to a server over TLS, alone, recorded, and then played with the server stopped.
 *
 * Returns `'SAME'` if it prints the same bytes and ends with the same code all three times; else what differed.
 */
export async function tryProgram(program: Program, way: Way): Promise<string> {
  await using place = await temporaryPlace()
  const server = await startServer()
  const words = (host: string): readonly string[] => program.words(`https://${host}:${server.port}`, place.folder)
  const alone = await execute(words('localhost'), { ...PLAIN, ...(await directEnvironment(place)) })
  const recorded = await WAYS[way](words('api.localhost'), place)
  await server.stop()
  const played = await WAYS[way](words('api.localhost'), place)
  if (alone.code !== 0 || !alone.stdout.includes('Ada')) return `alone: ${alone.code} ${alone.stdout}${alone.stderr}`
  if (recorded.stdout !== alone.stdout) return `recorded: ${recorded.stdout}${recorded.stderr}\nalone: ${alone.stdout}`
  if (played.stdout !== alone.stdout) return `played: ${played.stdout}${played.stderr}\nalone: ${alone.stdout}`
  return recorded.code === 0 && played.code === 0
    ? 'SAME'
    : `exit codes ${recorded.code} and ${played.code}\n${recorded.stderr}${played.stderr}`
}

/** What `wiretape run` reports to a client that speaks only HTTP/2, and the exit code of that client. */
export async function tryHttp2Only(): Promise<{ readonly code: number; readonly stderr: string }> {
  await using place = await temporaryPlace()
  const words = ['curl', '-q', '-s', '--http2-prior-knowledge', '--proxytunnel', 'http://api.localhost:9/']
  return await throughRun(words, place)
}

interface Place {
  readonly folder: string
  /** The certificate of the servers' authority. */
  readonly caFile: string
}

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const SERVERS = CertificateAuthority.create('servers of the languages')

async function temporaryPlace(): Promise<Place & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'wiretape-languages-'))
  const caFile = join(folder, 'servers.pem')
  await writeFile(caFile, SERVERS.cert)
  return { folder, caFile, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Odd reasons, chunks with trailers, a body that waits for `100 Continue`. */
async function startServer(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const server = createServer(SERVERS.leaf('localhost', 'api.localhost'), answer)
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    response.writeContinue()
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = Object(server.address())
  return {
    port,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  // Another one each time.
  response.sendDate = false
  switch (request.url) {
    case '/odd':
      return void response.writeHead(200, 'Quite fine (really)', { 'x-ODD': 'a', 'X-Twice': ['1', '2'] }).end('Ada')
    case '/trailers':
      response.writeHead(200, { Trailer: 'X-Sum' }).write('first ')
      response.addTrailers({ 'X-Sum': '12' })
      return void response.end('second')
    case '/echo':
      request.pipe(response.writeHead(201))
      return undefined
    default:
      return void response.writeHead(404, 'Nobody Here').end('nobody')
  }
}

const WAYS: Readonly<Record<Way, (words: readonly string[], place: Place) => Promise<Finished>>> = {
  proxy: throughProxy,
  run: throughRun,
}

async function throughProxy(words: readonly string[], { folder, caFile }: Place): Promise<Finished> {
  await using proxy = await recordingProxy('proxy', {
    dir: folder,
    env: {},
    allow: ['api.localhost'],
    connect: { tls: { ca: SERVERS.cert } },
  })
  const ours = join(folder, 'proxy.pem')
  await writeFile(ours, proxy.certificate)
  return await execute(words, {
    ...PLAIN,
    ...(await environmentFor(proxy.url, ours, { env: { SSL_CERT_FILE: caFile }, noProxy: [] })),
  })
}

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

async function throughRun(words: readonly string[], { folder, caFile }: Place): Promise<Finished> {
  const run = [process.execPath, CLI, 'run', '--host', 'api.localhost', '-o', join(folder, 'run.yaml'), '--', ...words]
  return execute(run, { ...PLAIN, SSL_CERT_FILE: caFile })
}

/** Without a proxy, and with trust in the servers. */
const directEnvironment = ({ caFile }: Place): Promise<Environment> =>
  environmentFor('http://127.0.0.1:9', caFile, { env: {} })

/** Nothing of the machine's own settings. */
const PLAIN: Environment = { CI: '', WIRETAPE_MODE: '', JAVA_TOOL_OPTIONS: '' }

function execute([program = '', ...args]: readonly string[], env: Environment): Promise<Finished> {
  const options = { env: { ...process.env, ...env }, encoding: 'latin1', maxBuffer: 1 << 24 } as const
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}
