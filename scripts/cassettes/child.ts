import { readdirSync, readFileSync } from 'node:fs'
import { tryMutations } from './mutations.ts'

// A separate process, because a crash, such as a stack overflow in a parser, cannot be caught in this one.
const [seed = '1', texts = '100'] = process.argv.slice(2)
const FIXTURES = new URL('../../fixtures/cassettes/', import.meta.url)
const cassettes = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .toSorted()
  .map((file) => readFileSync(new URL(file, FIXTURES), 'utf8'))
console.log(JSON.stringify(tryMutations(cassettes, Number(seed), Number(texts))))
