import { readFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from '../helpers/test.ts'
import { saveCassette } from '../../src/store/save-cassette.ts'
import { shop } from '../view/talks.ts'
import { finish, runCli, startCli, temporaryFolder } from './run-cli.ts'

test.describe.configure({ mode: 'parallel' })

test('wiretape view -o writes one page of a cassette, of two that are compared, and of a folder', async () => {
  await using folder = await temporaryFolder()
  const cwd = folder.path
  await saveCassette(join(cwd, 'z.yaml'), shop())
  await saveCassette(join(cwd, 'a.yaml'), shop({ state: 'shipped' }))
  const modelOf = async (file: string): Promise<Record<string, unknown>> => {
    const page = await readFile(join(cwd, file), 'utf8')
    return Object(JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/.exec(page)?.[1] ?? '{}'))
  }
  expect(await runCli(['view', 'z.yaml', '-o', 'one.html'], { cwd })).toMatchObject({
    code: 0,
    stderr: 'wrote 1 cassette to one.html\n',
  })
  expect(await modelOf('one.html')).toMatchObject({ tapes: [{ name: 'z.yaml', href: './z.yaml' }] })
  expect(await runCli(['view', 'z.yaml', 'a.yaml', '-o', 'two.html'], { cwd })).toMatchObject({ code: 0 })
  // The first one is the one before, whatever its name.
  expect(await modelOf('two.html')).toMatchObject({
    tapes: [{ name: 'z.yaml' }, { name: 'a.yaml' }],
    pairs: expect.any(Array),
  })
  expect(await runCli(['view', '.', '-o', 'all.html'], { cwd })).toMatchObject({ code: 0 })
  expect(await modelOf('all.html')).toMatchObject({ tapes: [{ name: 'a.yaml' }, { name: 'z.yaml' }] })
  for (const output of [['-o', 'x.html'], []])
    expect(await runCli(['view', 'none.yaml', ...output], { cwd })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('CASSETTE_NOT_FOUND'),
    })
  expect(await runCli(['view', 'z.yaml', '.', '-o', 'x.html'], { cwd })).toMatchObject({ code: 2 })
})

test('wiretape view serves a page until a signal ends it', async () => {
  await using folder = await temporaryFolder()
  await saveCassette(join(folder.path, 'a.yaml'), shop())
  const running = startCli(['view', 'a.yaml'], { cwd: folder.path })
  const [line]: unknown[] = await once(running.stdout ?? running, 'data')
  const response = await fetch(String(line).trim())
  expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8')
  expect(await response.text()).toContain('id="data"')
  running.kill('SIGINT')
  expect(await finish(running)).toMatchObject({ code: 0 })
})
