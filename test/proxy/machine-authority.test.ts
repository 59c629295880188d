import { execFile } from 'node:child_process'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { machineAuthority } from '../../src/proxy/machine-authority.ts'
import { CertificateAuthority } from '../../src/certificates/certificate-authority.ts'

const run = promisify(execFile)
const modeOf = async (file: string): Promise<string> => ((await lstat(file)).mode & 0o7777).toString(8)

const homes: string[] = []
test.afterAll(async () => {
  for (const folder of homes) await rm(folder, { recursive: true, force: true })
})

/** A folder outside of this repository, whose parents nobody else can change. */
async function home(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-authority-'))
  homes.push(folder)
  return folder
}

test.skip(process.platform === 'win32', 'Windows has no modes')

test('the authority of a machine is made once, and is the same afterwards', async () => {
  const dir = path.join(await home(), 'deep', 'wiretape')
  const first = await machineAuthority(dir)
  const file = await lstat(first.certificateFile)
  const again = await machineAuthority(dir)
  expect((await lstat(first.certificateFile)).ino, 'it is not written again').toBe(file.ino)
  expect([first.isNew, again.isNew]).toEqual([true, false])
  expect(again.authority.cert).toBe(first.authority.cert)
  expect(await readFile(first.certificateFile, 'utf8')).toBe(first.authority.cert)
  expect(await readFile(first.certificateFile, 'utf8')).not.toContain('PRIVATE')
  expect((await readdir(dir)).toSorted()).toEqual(['authority.pem', 'ca.pem'])
})

test('several processes at once get the same one', async () => {
  const dir = path.join(await home(), 'wiretape')
  const all = await Promise.all(Array.from({ length: 8 }, () => machineAuthority(dir)))
  expect(new Set(all.map(({ authority }) => authority.cert)).size).toBe(1)
  expect((await readdir(dir)).toSorted()).toEqual(['authority.pem', 'ca.pem'])
})

test('its key is of its user alone, whatever the umask and the folders that are there', async () => {
  // 20 in all, in another process, as the umask is that of a process.
  const layouts = ['', 'wiretape', 'a/b/wiretape', '.local/share/wiretape', 'with blanks/wiretape']
  const places: { readonly umask: number; readonly folders: readonly string[] }[] = []
  for (const umask of [0o000, 0o002, 0o022, 0o077]) {
    const base = await home()
    await mkdir(path.join(base, '2', 'a'), { recursive: true, mode: 0o755 })
    // Where nothing is made, the folder is there already, with the mode that it needs.
    await mkdir(path.join(base, '0'), { mode: 0o700 })
    places.push({ umask, folders: layouts.map((layout, index) => path.join(base, `${index}`, layout)) })
  }
  const script = `
    import { machineAuthority } from ${JSON.stringify(path.resolve('src/proxy/machine-authority.ts'))}
    for (const { umask, folders } of ${JSON.stringify(places)}) {
      process.umask(umask)
      for (const folder of folders) await machineAuthority(folder)
    }`
  const file = path.join(await home(), 'make.mts')
  await writeFile(file, script)
  await run(process.execPath, ['--import', 'tsx', file])
  for (const folder of places.flatMap(({ folders }) => folders)) {
    expect(await modeOf(folder)).toBe('700')
    expect(await modeOf(path.join(folder, 'authority.pem'))).toBe('600')
  }
})

test.describe('it is neither made nor used', () => {
  test('in a git tree, not even deep in it', async () => {
    const base = await home()
    await mkdir(path.join(base, '.git'))
    const attempt = machineAuthority(path.join(base, 'a', 'b'))
    await expect(attempt).rejects.toMatchObject({
      code: 'AUTHORITY_UNSAFE',
      message: expect.stringContaining('git tree'),
    })
    expect(await readdir(base)).toEqual(['.git'])
    // In a worktree it is a file.
    const worktree = await home()
    await writeFile(path.join(worktree, '.git'), 'gitdir: elsewhere')
    await expect(machineAuthority(worktree)).rejects.toMatchObject({ code: 'AUTHORITY_UNSAFE' })
  })

  test('in a folder that others can read, or write', async () => {
    for (const mode of [0o755, 0o710, 0o702]) {
      const base = await home()
      const dir = path.join(base, 'open')
      await mkdir(dir)
      await chmod(dir, mode)
      await expect(machineAuthority(dir)).rejects.toMatchObject({
        code: 'AUTHORITY_UNSAFE',
        message: expect.stringContaining('chmod 700'),
      })
    }
  })

  test('below a folder in which others can put another one in its place', async () => {
    const base = await home()
    const shared = path.join(base, 'shared')
    await mkdir(shared)
    for (const mode of [0o770, 0o720, 0o702]) {
      await chmod(shared, mode)
      await expect(machineAuthority(path.join(shared, 'mine'))).rejects.toMatchObject({ code: 'AUTHORITY_UNSAFE' })
    }
    await chmod(shared, 0o777)
    await expect(machineAuthority(path.join(shared, 'mine'))).rejects.toMatchObject({ code: 'AUTHORITY_UNSAFE' })
  })

  test('through a link, be it the folder or the key', async () => {
    const base = await home()
    const { authority } = await machineAuthority(path.join(base, 'real'))
    await symlink(path.join(base, 'real'), path.join(base, 'link'))
    await expect(machineAuthority(path.join(base, 'link'))).rejects.toMatchObject({ code: 'AUTHORITY_UNSAFE' })
    const other = path.join(base, 'other')
    await mkdir(other, { mode: 0o700 })
    await symlink(path.join(base, 'real', 'authority.pem'), path.join(other, 'authority.pem'))
    await expect(machineAuthority(other)).rejects.toMatchObject({ code: 'ELOOP' })
    expect(authority.cert).toContain('CERTIFICATE')
  })

  test('once others could read its key', async () => {
    const dir = path.join(await home(), 'wiretape')
    await machineAuthority(dir)
    await chmod(path.join(dir, 'authority.pem'), 0o640)
    await expect(machineAuthority(dir)).rejects.toMatchObject({
      code: 'AUTHORITY_UNSAFE',
      message: expect.stringContaining('others can read'),
    })
  })

  test('if the file holds something else, which stays as it is', async () => {
    const dir = path.join(await home(), 'wiretape')
    await mkdir(dir, { mode: 0o700 })
    await writeFile(path.join(dir, 'authority.pem'), 'my notes', { mode: 0o600 })
    await expect(machineAuthority(dir)).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    expect(await readFile(path.join(dir, 'authority.pem'), 'utf8')).toBe('my notes')
  })
})

test('one that is about to end is replaced', async () => {
  const dir = path.join(await home(), 'wiretape')
  await mkdir(dir, { mode: 0o700 })
  const old = CertificateAuthority.create('old', () => Date.now() - 720 * 86_400_000)
  await writeFile(path.join(dir, 'authority.pem'), old.key + old.cert, { mode: 0o600 })
  const { authority, isNew } = await machineAuthority(dir)
  expect(isNew).toBe(true)
  expect(authority.cert).not.toBe(old.cert)
  expect(await modeOf(path.join(dir, 'authority.pem'))).toBe('600')
})

test('the variable names the folder, and nothing of an authority is in the package', async () => {
  test.skip(!isWhole, ONLY_WHOLE)
  const dir = path.join(await home(), 'named')
  const { certificateFile } = await machineAuthority(undefined, { WIRETAPE_CA_DIR: dir })
  expect(certificateFile).toBe(path.join(dir, 'ca.pem'))
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
  const files: readonly { readonly path: string }[] = JSON.parse(stdout)[0].files
  expect(files.filter(({ path: name }) => /\.(?:pem|key|p12|jks)$/.test(name))).toEqual([])
})
