import { readFileSync } from 'node:fs'
import { CassetteError } from '../../src/errors.ts'
import { decodeCassette } from '../../src/format/decode.ts'
import { HUGE } from './huge-texts.ts'

/** Reads one of the texts twice, as the first time the library is loaded, and says what came of it: `name` is the first argument. */
const [, , name = '', golden = ''] = process.argv
const text = HUGE[name]?.make(readFileSync(golden, 'utf8')) ?? ''
const first = codeOf()
const startedAt = performance.now()
const second = codeOf()
const ms = performance.now() - startedAt
const mebibytes = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ code: first === second ? first : `${first}, then ${second}`, ms, mebibytes }))

function codeOf(): string {
  try {
    decodeCassette(text, 'huge.yaml')
    return 'read'
  } catch (error) {
    if (error instanceof CassetteError) return error.code
    throw error
  }
}
