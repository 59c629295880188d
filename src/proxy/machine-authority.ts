import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { chmod, type FileHandle, link, lstat, mkdir, open, rename, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { type Certificate, CertificateAuthority } from '../certificates/certificate-authority.ts'
import { LocalProtocolError } from '../errors.ts'
import { systemNow } from '../timers.ts'

/** The certificate authority of a user on this machine. */
export interface MachineAuthority {
  readonly authority: CertificateAuthority
  /** The file with its certificate alone, for clients to trust. */
  readonly certificateFile: string
  /** Whether it was made just now, so that no client trusts it yet. */
  readonly isNew: boolean
}

/**
 * The certificate authority of this user on this machine: made at the first call, and the same afterwards, until it is about to end.
 *
 * A person with its key can pretend to be any server to every client that trusts it. So the key has the mode 0600, in a folder with the mode
 * 0700, both of this user, in no git tree; otherwise it is neither made nor used.
 *
 * @param folder default: `WIRETAPE_CA_DIR`, or where the system keeps data of applications.
 * @throws LocalProtocolError `AUTHORITY_UNSAFE`, with what to do; `INVALID_OPTION` for files that are no authority; and the system's error.
 */
export async function machineAuthority(
  folder?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<MachineAuthority> {
  const place = path.resolve(folder ?? defaultFolder(env))
  await makeFolder(place)
  const file = path.join(place, 'authority.pem')
  const certificateFile = path.join(place, 'ca.pem')
  const kept = await readKept(file)
  if (kept !== undefined && !isNearEnd(kept)) {
    const authority = CertificateAuthority.load(kept)
    await writeCertificate(certificateFile, authority.cert)
    return { authority, certificateFile, isNew: false }
  }
  await keep(file, CertificateAuthority.create('wiretape of this machine'), kept !== undefined)
  // Another process may have been first.
  const authority = CertificateAuthority.load((await readKept(file)) ?? gone(file))
  await writeCertificate(certificateFile, authority.cert)
  return { authority, certificateFile, isNew: true }
}

function defaultFolder(env: Readonly<Record<string, string | undefined>>): string {
  const given = env['WIRETAPE_CA_DIR']
  if (given !== undefined && given !== '') return given
  if (process.platform === 'win32') return path.join(env['LOCALAPPDATA'] ?? homedir(), 'wiretape')
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'wiretape')
  const data = env['XDG_DATA_HOME']
  return path.join(
    data !== undefined && path.isAbsolute(data) ? data : path.join(homedir(), '.local', 'share'),
    'wiretape',
  )
}

/** @throws LocalProtocolError `AUTHORITY_UNSAFE`. */
async function makeFolder(folder: string): Promise<void> {
  await refuseGit(folder)
  // What the umask takes from the mode is missing, never too much.
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (made !== undefined) await ownFolder(folder)
  const stats = await lstat(folder)
  if (!stats.isDirectory()) throw unsafe(`${folder} is not a folder of its own`)
  checkOwner(folder, stats)
  if (hasModes && (stats.mode & 0o077) !== 0) throw unsafe(`others can read ${folder}: chmod 700 ${folder}`)
  await checkParents(folder)
}

/** With a umask such as 0777 not even the owner could use it. */
async function ownFolder(folder: string): Promise<void> {
  if (!hasModes) return
  await chmod(folder, 0o700)
}

/** A user who may rename a folder on the way can put another one in its place. */
async function checkParents(folder: string): Promise<void> {
  if (!hasModes) return
  for (let at = path.dirname(folder); ; at = path.dirname(at)) {
    const { mode } = await lstat(at)
    const isSticky = (mode & 0o1000) !== 0
    if ((mode & 0o022) !== 0 && !isSticky) throw unsafe(`others can replace what is in ${at}`)
    if (at === path.dirname(at)) return
  }
}

/** A key must not get into a repository, however the repository is ignored. */
async function refuseGit(folder: string): Promise<void> {
  for (let at = folder; ; at = path.dirname(at)) {
    if (await exists(path.join(at, '.git')))
      throw unsafe(`${folder} is in the git tree of ${at}; WIRETAPE_CA_DIR, or --ca-dir, names another folder`)
    if (at === path.dirname(at)) return
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false
    throw error
  }
}

/** The key and the certificate are in one file, so that they always belong together. */
async function readKept(file: string): Promise<Certificate | undefined> {
  if (!(await exists(file))) return undefined
  // A link is not followed: it could lead to a key of somebody else's.
  const handle = await open(file, constants.O_RDONLY | noFollow)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw unsafe(`${file} is not a regular file`)
    checkOwner(file, stats)
    if (hasModes && (stats.mode & 0o077) !== 0)
      throw unsafe(`others can read ${file}: remove it, and every trust in it`)
    const text = await handle.readFile('utf8')
    return { key: block(text, 'PRIVATE KEY'), cert: block(text, 'CERTIFICATE') }
  } finally {
    await handle.close()
  }
}

const block = (text: string, label: string): string =>
  new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\n?`).exec(text)?.[0] ?? ''

function isNearEnd(kept: Certificate): boolean {
  try {
    return CertificateAuthority.load(kept).validTo < systemNow() + MONTH
  } catch (error) {
    // A file that is not an authority is left for the user to look at.
    if (error instanceof LocalProtocolError && !error.message.includes('valid from')) throw error
    return true
  }
}

/** Writes it beside, then gives it its name: nobody ever reads half a key, and of two processes one is first. */
async function keep(file: string, authority: CertificateAuthority, replaces: boolean): Promise<void> {
  const beside = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  await writeNew(beside, `${authority.key}${authority.cert}`, 0o600)
  try {
    if (replaces) await rename(beside, file)
    else await link(beside, file).finally(() => unlink(beside))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

async function writeCertificate(file: string, text: string): Promise<void> {
  if ((await currentText(file)) === text) return
  const beside = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`
  await writeNew(beside, text, 0o644)
  await rename(beside, file)
}

async function currentText(file: string): Promise<string | undefined> {
  if (!(await exists(file))) return undefined
  let handle: FileHandle | undefined
  try {
    handle = await open(file, constants.O_RDONLY | noFollow)
    return await handle.readFile('utf8')
  } catch {
    return undefined // It is replaced.
  } finally {
    await handle?.close()
  }
}

/** A file that is there already is never written into: it may be somebody else's, or a link. */
async function writeNew(file: string, text: string, mode: number): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow, mode)
  try {
    if (hasModes) await handle.chmod(mode)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function checkOwner(file: string, { uid }: Stats): void {
  const own = process.getuid?.()
  if (own !== undefined && uid !== own) throw unsafe(`${file} belongs to another user (${uid}, not ${own})`)
}

const unsafe = (detail: string): LocalProtocolError => new LocalProtocolError('AUTHORITY_UNSAFE', detail)

function gone(file: string): never {
  throw unsafe(`${file} has gone while it was read`)
}

/** Windows has access lists instead, and a profile of a user is not readable by others. */
const hasModes = process.platform !== 'win32'
const noFollow = constants.O_NOFOLLOW ?? 0
const MONTH = 30 * 86_400_000
