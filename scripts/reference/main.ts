/** `npm run docs`: writes the pages that are made from code, `docs/cassettes.md`, `docs/errors.md`, `docs/misses.md` and `api/*.api.md`; with `--check`, compares them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { apiReport, entries, reportName } from './api-report.ts'
import { cassetteReference } from './cassettes.ts'
import { errorReference } from './errors.ts'
import { missReference } from './misses.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const isCheck = process.argv.includes('--check')

const pages = new Map([
  ['docs/cassettes.md', cassetteReference()],
  ['docs/errors.md', await errorReference()],
  ['docs/misses.md', await missReference()],
])
for (const [entry, types] of await entries()) pages.set(`api/${reportName(entry)}`, await apiReport(entry, types))

for (const [name, content] of pages) {
  const path = resolve(ROOT, name)
  const old = await readFile(path, 'utf8').catch(() => undefined)
  if (old === content) continue
  if (isCheck) {
    process.exitCode = 1
    console.log(`${name} is not as the code has it: npm run docs`)
  } else {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    console.log(`wrote ${name}`)
  }
}
