import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../../helpers/test.ts'
import { runCli, temporaryFolder } from '../run-cli.ts'

const PACKAGE = JSON.stringify({ devDependencies: { vitest: '4', jest: '30' }, scripts: { test: 'node --test' } })

async function contents(dir: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(dir)
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
  return Object.fromEntries(names.map((name, at) => [name, texts[at] ?? '']))
}

test.describe('wiretape init', () => {
  test('sets up what it finds, says so, and has nothing to do the second time', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'package.json'), PACKAGE)
    await writeFile(join(folder.path, 'vitest.config.ts'), 'export default {\n  test: {\n    globals: true,\n  },\n}\n')
    const before = await contents(folder.path)

    const asked = await runCli(['init', '--dry-run'], { cwd: folder.path })
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    expect(asked.stdout).toMatch(
      /^would be written +vitest\.config\.ts: test: \{ setupFiles: \['wiretape\/vitest'\] \}$/m,
    )
    expect(await contents(folder.path)).toEqual(before)

    const run = await runCli(['init'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toMatch(/^written +vitest\.config\.ts/m)
    expect(run.stdout).toMatch(/^made +jest\.config\.json/m)
    expect(run.stdout).toMatch(/^by hand +node-test: .*wiretape\/node-test/m)
    expect(run.stdout).toMatch(/^made +\.gitattributes/m)
    expect(run.stdout).toMatch(/^by hand +each clone: git config merge\.wiretape\.driver/m)
    const after = await contents(folder.path)
    expect(after['vitest.config.ts']).toContain("setupFiles: ['wiretape/vitest'],\n")
    expect(after['.gitattributes']).toContain('merge=wiretape linguist-generated=false')

    const again = await runCli(['init'], { cwd: folder.path })
    expect(again.stdout).toMatch(/^unchanged +vitest\.config\.ts/m)
    expect(again.stdout).not.toMatch(/^(?:written|made)/m)
    expect(await contents(folder.path)).toEqual(after)
  })

  test('exits with 1 where there is no runner', async () => {
    await using folder = await temporaryFolder()
    const run = await runCli(['init'], { cwd: folder.path })
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(run.stderr).toContain('--runner')
    expect(await readdir(folder.path)).toEqual([])
  })
})
