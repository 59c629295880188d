import { existsSync, statSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { encodeCassette } from '../../src/format/encode.ts'
import { interactionsOf } from '../../src/interactions/conversations.ts'
import { loadCassette } from '../../src/store/load-cassette.ts'
import { answer, request, TapeWriter } from '../helpers/tape.ts'
import { CLI, finish, runCli, startCli, temporaryFolder } from './run-cli.ts'

test.describe.configure({ mode: 'parallel' })

/** A client of few milliseconds: it fails if a header says so, and says what it does on the way. */
const CLIENT = `
import { appendFileSync, readFileSync } from 'node:fs'
const text = readFileSync(process.argv[2] ?? 'bug.yaml', 'utf8')
appendFileSync('runs.txt', 'run ' + process.env.WIRETAPE_MODE + '\\n')
if (text.includes('HANG') && !text.includes('/5 HTTP')) setInterval(() => {}, 1000)
else if (text.includes('X-Bad: yes')) throw new TypeError('at ' + Date.now() + ': X-Bad')
else if (!text.includes('GET /')) throw new Error('nothing to ask for')
`

async function folderWithBug(body = 'x') {
  const folder = await temporaryFolder()
  const tape = new TapeWriter()
  const connection = tape.open('http://api.test')
  for (let number = 0; number < 12; number += 1)
    connection
      .sent(request('GET', `/${number}`))
      .received(answer(body).replace('\r\n', number === 5 ? '\r\nX-Bad: yes\r\n' : '\r\nX-Fine: yes\r\n'))
  const file = join(folder.path, 'bug.yaml')
  await writeFile(file, encodeCassette(tape.cassette))
  await writeFile(join(folder.path, 'client.mjs'), CLIENT)
  return { folder, cwd: folder.path, file, original: await readFile(file, 'utf8') }
}

test.describe('wiretape shrink', () => {
  test('finds the interaction at the path of the cassette, puts that back, and its report replays', async () => {
    const { folder, cwd, file, original } = await folderWithBug()
    await using _ = folder
    const { code, stdout } = await runCli(['shrink', 'bug.yaml', '--', process.execPath, 'client.mjs'], { cwd })
    expect(stdout).toMatch(/^12 interactions, [\d,]+ bytes -> 1 interaction, \d+ bytes in \d+ runs$/m)
    expect(stdout).toContain('it fails the same way: exit code 1, TypeError: at #: X-Bad')
    expect(stdout).toContain('  needed: header X-Bad of the answer')
    expect(code).toBe(0)
    expect(await readFile(file, 'utf8')).toBe(original)
    for (const left of ['.before-shrink', '.lock']) expect(existsSync(`${file}${left}`)).toBe(false)
    expect(await readFile(join(cwd, 'runs.txt'), 'utf8')).toMatch(/^(?:run none\n)+$/)

    const small = await loadCassette(join(cwd, 'bug.shrunk.yaml'))
    const [interaction] = interactionsOf(small)
    expect(interaction?.request.url).toBe('http://api.test/5')
    const report = await readFile(join(cwd, 'bug.shrunk.md'), 'utf8')
    expect(report).toContain('exit code 1, TypeError: at \\#: X-Bad')
    // The commands of the report, on a free port.
    const [serve = '', curl = ''] = Array.from(report.matchAll(/```sh\n([^]*?)\n```/g), ([, command = '']) => command)
    expect(serve).toBe('npx wiretape serve bug.shrunk.yaml --port 8080')
    const served = startCli(serve.replace('8080', '0').split(' ').slice(2), { cwd })
    const [first]: unknown[] = await once(served.stdout ?? served, 'data')
    const { stdout: answered } = await promisify(execFile)('sh', [
      '-c',
      curl.replace('http://127.0.0.1:8080', String(first).trim()),
    ])
    const [, received] = small.tape.flatMap((event) =>
      'bytes' in event ? [Buffer.from(event.bytes).toString('latin1')] : [],
    )
    expect(answered).toBe(received)
    served.kill('SIGTERM')
    await finish(served)
  })

  test('with {} gives the command a copy, and never touches the cassette', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const { folder, cwd, file } = await folderWithBug()
    await using _ = folder
    const { ino, mtimeMs } = statSync(file)
    const { code } = await runCli(
      ['shrink', 'bug.yaml', '-o', 'small.yaml', '--', process.execPath, 'client.mjs', '{}'],
      { cwd },
    )
    expect(code).toBe(0)
    expect(statSync(file)).toMatchObject({ ino, mtimeMs })
    expect(interactionsOf(await loadCassette(join(cwd, 'small.yaml')))).toHaveLength(1)
  })

  test('refuses a command that passes, and names what differs in one that fails differently', async () => {
    const { folder, cwd } = await folderWithBug()
    await using _ = folder
    const passing = await runCli(['shrink', 'bug.yaml', '--', process.execPath, '-e', ''], { cwd })
    expect(passing).toMatchObject({ code: 1, stderr: expect.stringContaining('SHRINK_PASSES') })
    const script = 'process.exitCode = 1 + (process.hrtime()[1] % 200)'
    const flaky = await runCli(['shrink', 'bug.yaml', '--', process.execPath, '-e', script], { cwd })
    expect(flaky).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/SHRINK_FLAKY.*exit code \d+, then exit code/),
    })
    const missing = await runCli(['shrink', 'bug.yaml', '--', './no-such-program'], { cwd })
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('COMMAND_NOT_STARTED') })
    expect(await runCli(['shrink', 'bug.yaml'], { cwd })).toMatchObject({ code: 2 })
    for (const left of ['.before-shrink', '.lock']) expect(existsSync(join(cwd, `bug.yaml${left}`))).toBe(false)
  })

  test('killed hard it loses nothing: the original is beside, check says so, recover puts it back', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const { folder, cwd, file, original } = await folderWithBug('HANG')
    await using _ = folder
    const killed = startCli(['shrink', 'bug.yaml', '--', process.execPath, 'client.mjs'], { cwd })
    await expect.poll(async () => await readFile(file, 'utf8'), { timeout: 20_000 }).not.toBe(original)
    killed.kill('SIGKILL')
    await finish(killed)
    expect(await readFile(`${file}.before-shrink`, 'utf8')).toBe(original)
    const checked = await runCli(['check'], { cwd })
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('ORIGINAL_LEFT') })
    const recovered = await runCli(['recover', 'bug.yaml'], { cwd })
    expect(recovered).toMatchObject({ code: 0, stdout: expect.stringContaining('put back') })
    expect(await readFile(file, 'utf8')).toBe(original)
  })

  test('interrupted it keeps the best so far, and puts the original back', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    const { folder, cwd, file, original } = await folderWithBug('HANG')
    await using _ = folder
    const stopped = startCli(['shrink', 'bug.yaml', '--', process.execPath, 'client.mjs'], { cwd })
    await expect.poll(async () => await readFile(file, 'utf8'), { timeout: 20_000 }).not.toBe(original)
    stopped.kill('SIGINT')
    const { code, stdout } = await finish(stopped)
    expect(code).toBe(130)
    expect(stdout).toContain('it was interrupted before all was tried')
    expect(await readFile(file, 'utf8')).toBe(original)
    expect(existsSync(join(cwd, 'bug.shrunk.yaml'))).toBe(true)
    expect(existsSync(CLI)).toBe(true)
  })
})
