import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificate, CertificateAuthority } from '../../src/certificates/certificate-authority.ts'
import { programPath } from './programs.ts'
import { freePort } from './free-port.ts'

/** A server of a database or the like, on loopback, with a user `app` whose password is {@link PASSWORD}. */
export interface Server extends AsyncDisposable {
  readonly port: number
  /** What clients over TLS have to trust; `undefined` where there is no TLS. */
  readonly certificate: string | undefined
  stop(): Promise<void>
}

export const PASSWORD = 'correct-horse-battery'

/** Signs the certificate of these servers. */
export const AUTHORITY: CertificateAuthority = CertificateAuthority.create('wiretape test')
export const TLS: Certificate = AUTHORITY.leaf('localhost', '127.0.0.1')

/** PostgreSQL with passwords in the form that is named. */
export async function startPostgres(method: 'scram-sha-256' | 'md5' | 'trust' = 'scram-sha-256'): Promise<Server> {
  const folder = serverFolder('postgres')
  const port = await freePort()
  writeFileSync(join(folder, 'password'), PASSWORD)
  runAs(
    'postgres',
    'initdb',
    ['-D', join(folder, 'data'), '-U', 'app', '--no-sync', `--pwfile=${join(folder, 'password')}`, '-A', method],
    folder,
  )
  for (const [name, text] of Object.entries({ 'server.key': TLS.key, 'server.crt': TLS.cert })) {
    writeFileSync(join(folder, 'data', name), text)
    chmodSync(join(folder, 'data', name), 0o600)
    own(join(folder, 'data', name), 'postgres')
  }
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'ssl=on',
    'max_connections=30',
    'shared_buffers=16MB',
  ]
  const args = ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])]
  // It listens before it lets anybody in.
  const ask = programPath('pg_isready') ?? 'pg_isready'
  const isReady = async (): Promise<boolean> => spawnSync(ask, ['-h', '127.0.0.1', '-p', String(port)]).status === 0
  return started(spawnAs('postgres', 'postgres', args, folder), port, folder, 'SIGINT', true, isReady)
}

export async function startMariadb(): Promise<Server> {
  const folder = serverFolder('mysql')
  const port = await freePort()
  const data = join(folder, 'data')
  mkdirSync(data)
  own(data, 'mysql')
  const set = join(folder, 'init.sql')
  const user = `CREATE USER 'app'@'%' IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON *.* TO 'app'@'%'; CREATE DATABASE app;`
  writeFileSync(set, user.replaceAll('; ', ';\n'))
  for (const [name, text] of Object.entries({ 'key.pem': TLS.key, 'cert.pem': TLS.cert })) {
    writeFileSync(join(folder, name), text)
    own(join(folder, name), 'mysql')
  }
  const isRoot = process.getuid?.() === 0
  execFileSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--skip-test-db',
      '--auth-root-authentication-method=normal',
      ...(isRoot ? ['--user=mysql'] : []),
    ],
    { stdio: 'ignore' },
  )
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${join(folder, 's')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--init-file=${set}`,
    '--skip-name-resolve',
    '--innodb-buffer-pool-size=8M',
    '--innodb-flush-log-at-trx-commit=0',
    `--ssl-key=${join(folder, 'key.pem')}`,
    `--ssl-cert=${join(folder, 'cert.pem')}`,
  ]
  return started(spawnAs('mysql', 'mariadbd', args, folder), port, folder, 'SIGTERM')
}

export async function startRedis(password?: string): Promise<Server> {
  const folder = serverFolder('root')
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const secured = password === undefined ? [] : ['--requirepass', password]
  return started(spawn('redis-server', [...args, ...secured], { stdio: 'ignore' }), port, folder, 'SIGKILL', false)
}

export async function startMosquitto(): Promise<Server> {
  const folder = serverFolder('mosquitto')
  const port = await freePort()
  execFileSync('mosquitto_passwd', ['-b', '-c', join(folder, 'passwords'), 'app', PASSWORD], { stdio: 'ignore' })
  chmodSync(join(folder, 'passwords'), 0o644)
  writeFileSync(
    join(folder, 'conf'),
    `listener ${port} 127.0.0.1\nallow_anonymous false\npassword_file ${join(folder, 'passwords')}\n`,
  )
  return started(
    spawn(programPath('mosquitto') ?? 'mosquitto', ['-c', join(folder, 'conf')], { stdio: 'ignore' }),
    port,
    folder,
    'SIGKILL',
    false,
  )
}

/** A folder that the server's own user may use; root's servers refuse to run as root. */
function serverFolder(user: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'wiretape-'))
  chmodSync(folder, 0o755)
  own(folder, user)
  return folder
}

/** The user that a server runs as: root's own account is refused by most. */
function idsOf(user: string): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0 || user === 'root') return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function own(path: string, user: string): void {
  const ids = idsOf(user)
  if (ids !== undefined) chownSync(path, ids.uid, ids.gid)
}

const runAs = (user: string, program: string, args: readonly string[], cwd: string): void =>
  void execFileSync(programPath(program) ?? program, args, { stdio: 'ignore', cwd, ...idsOf(user) })

const spawnAs = (user: string, program: string, args: readonly string[], cwd: string): ChildProcess =>
  spawn(programPath(program) ?? program, args, { stdio: 'ignore', cwd, ...idsOf(user) })

async function started(
  child: ChildProcess,
  port: number,
  folder: string,
  signal: NodeJS.Signals,
  isTls = true,
  isReady: () => Promise<boolean> = () => answers(port),
): Promise<Server> {
  const gone = once(child, 'exit')
  // Bounded: a server that has not begun to listen by then never will.
  for (let tries = 0; child.exitCode === null && tries < 2_000 && !(await isReady()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20))
  if (child.exitCode !== null) throw new Error(`the server ended by itself: ${child.spawnargs.join(' ')}`)
  const stop = async (): Promise<void> => {
    child.kill(signal)
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  return { port, certificate: isTls ? AUTHORITY.cert : undefined, stop, [Symbol.asyncDispose]: stop }
}

/** Whether somebody listens; the attempt says nothing. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
