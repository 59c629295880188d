import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runIn } from './project.ts'
import type { Check } from './use.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const PORT = 8080

/** Follows the section "Five minutes" of the README in an empty folder; only the package comes from the tarball. */
export async function checkReadme(tarball: string, check: Check): Promise<void> {
  const [, section = ''] = /^## Five minutes$(.*?)^## /ms.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? []
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }))
  await check('the README, followed literally', async () => {
    await assertFree(PORT)
    const dir = await mkdtemp(join(tmpdir(), 'wiretape-readme-'))
    try {
      return await follow(dir, tarball, blocks)
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
}

interface Block {
  readonly language: string
  readonly code: string
}

async function follow(dir: string, tarball: string, blocks: readonly Block[]): Promise<string> {
  const began = performance.now()
  let [output, untilReplayed] = ['', 0]
  for (const { language, code } of blocks) {
    if (language === 'js') await writeFile(join(dir, /^\/\/ (\S+)\n/.exec(code)?.[1] ?? 'unnamed'), code)
    else if (language === 'sh') {
      // With job control, as in a terminal, and only the part after the package is installed.
      const script = `set -em\n${code.replace('--save-dev wiretape ', `--no-audit --no-fund --save-dev '${tarball}' `)}`
      output = await runIn(dir, 'bash', ['-c', script])
      const passed = output.match(/1 passed/g)?.length ?? 0
      if (code.includes('kill %1') && passed !== 2) throw new Error(`passed ${passed} times, not twice\n${output}`)
      if (passed === 2) untilReplayed = performance.now() - began
    } else if (language === 'yaml') {
      const cassette = await readFile(join(dir, 'users.spec.mjs-cassettes', 'lists-users.yaml'), 'utf8')
      assertHolds(cassette, code, 'the cassette')
    } else if (language === 'text') assertHolds(output.replaceAll(/^ {4}/gm, ''), code, 'the output')
  }
  const files = await readdir(join(dir, 'users.spec.mjs-cassettes'))
  if (files.join() !== 'lists-users.yaml') throw new Error(`there is ${files.join()}`)
  return `from npm install to a replayed test in ${(untilReplayed / 1000).toFixed(1)} s`
}

/** Times and dates differ between runs. */
const plain = (it: string): string => it.replaceAll(/at: [\d.]+|Date: .*/g, 'sometime').trim()

function assertHolds(text: string, part: string, what: string): void {
  if (!plain(text).includes(plain(part))) throw new Error(`${what} is not as shown:\n${text}`)
}

async function assertFree(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
}
