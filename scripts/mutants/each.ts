/**
 * Runs the body of a test once for each mutant that it reaches, in one process. The settings of the runner load this in a copy of the
 * project, before any source; `together.ts` says what is to run, and reads what has been seen.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

type Body = (fixtures: never, info: Info) => unknown
interface Info {
  readonly file: string
  readonly line: number
  readonly column: number
  setTimeout(milliseconds: number): void
}

const ROOT = resolve(import.meta.dirname, '../..')
const NOTES = join(ROOT, 'notes')
/** By the place of a test: the numbers of its mutants. */
const todo: Readonly<Record<string, readonly number[]>> = existsSync(join(NOTES, 'todo'))
  ? JSON.parse(readFileSync(join(NOTES, 'todo'), 'utf8'))
  : {}
const dead = new Set<number>()
/** Milliseconds for a test that is on for no time at all. */
const LEAST = 400
let active = 0
let fail: ((error: unknown) => void) | undefined
let isWatching = false

Reflect.set(globalThis, '__mutant', (id: number) => id === active)
Reflect.set(globalThis, '__each', (body: Body): Body => {
  const each: Body = (fixtures, info) => runEach(body, fixtures, info)
  // The runner reads from its text which fixtures a body wants.
  each.toString = () => body.toString()
  return each
})

function note(line: string): void {
  appendFileSync(join(NOTES, 'seen'), `${line}\n`)
}

function turnOn(id: number, place: string): void {
  active = id
  writeFileSync(join(NOTES, 'active'), String(id))
  writeFileSync(join(NOTES, 'now'), `${id} ${place}`)
}

async function runEach(body: Body, fixtures: never, info: Info): Promise<void> {
  watch()
  info.setTimeout(0)
  const place = `${relative(ROOT, info.file)}:${info.line}`
  const ids = (todo[place] ?? []).filter((id) => !dead.has(id))
  turnOn(0, place)
  const start = performance.now()
  await body(fixtures, info)
  const limit = LEAST + 8 * (performance.now() - start)
  if (ids.length === 0) return
  if ((await attempt(body, fixtures, info, limit)) !== undefined) return note(`unrepeatable ${place}`)
  for (const id of ids) {
    turnOn(id, place)
    const problem = await attempt(body, fixtures, info, limit)
    turnOn(0, place)
    if (problem === undefined) {
      note(`passed ${id} ${place}`)
      continue
    }
    dead.add(id)
    note(`seen ${id} ${place}`)
    if ((await attempt(body, fixtures, info, limit)) === undefined) continue
    // What the mutant left behind is in the way of all others.
    note(`broken ${id} ${place}`)
    process.exit(0)
  }
}

/** What was wrong; `undefined` if the test passes. */
async function attempt(body: Body, fixtures: never, info: Info, limit: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const failure = new Promise<never>((_done, failed) => {
    fail = failed
    timer = setTimeout(() => failed(new Error('too long')), limit)
  })
  try {
    await Promise.race([(async () => body(fixtures, info))(), failure])
    return undefined
  } catch (error) {
    return error ?? 'an error'
  } finally {
    fail = undefined
    clearTimeout(timer)
  }
}

/** Errors that nobody catches are of the mutant that is on, and do not end the process. */
function watch(): void {
  if (isWatching) return
  isWatching = true
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.removeAllListeners(event)
    process.on(event, (error) => fail?.(error))
  }
}
