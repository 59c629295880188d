import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { useCassette } from 'wiretape'
import { type Cassette, loadCassette, recoverCassette } from 'wiretape/cassette'
import { answerTo, CANARIES, targetOf } from './exchange.ts'
import { openCassette, type Run } from './subject.ts'

/** The surroundings of the run. */
export interface Before {
  /** The cassette that is recorded again, if there is one. */
  readonly old: Buffer | undefined
}

/** The result of the check. */
export interface Verdict {
  /** The faults, as sentences. */
  readonly wrongs: readonly string[]
  readonly recorded: number
  readonly isSaved: boolean
}

/**
 * Checks the files that a run left, recovers them, and checks again.
 *
 * `acknowledged` lists the answers that the client has read to their end.
 */
export async function verify(run: Run, { old }: Before, acknowledged: readonly number[]): Promise<Verdict> {
  const path = join(run.dir, `${run.name}.yaml`)
  const wrongs: string[] = [...leaks(run.dir)]
  const now = existsSync(path) ? readFileSync(path) : undefined
  const isOld = old === undefined ? now === undefined : now !== undefined && old.equals(now)
  let indices = new Set<number>()
  if (isOld) {
    const journal = `${path}.rec`
    if (existsSync(journal) && readFileSync(journal).includes('\ntape:\n')) {
      const to = join(run.dir, 'recovered.yaml')
      await recoverCassette(path, { to })
      indices = await check(to, run, wrongs)
      await replay({ ...run, name: 'recovered' }, indices, wrongs)
      for (const file of [to, journal]) rmSync(file, { force: true })
    }
  } else {
    indices = await check(path, run, wrongs)
    if (indices.size !== run.interactions) wrongs.push(`the new cassette has ${indices.size} of ${run.interactions}`)
    await replay(run, indices, wrongs)
  }
  const lost = acknowledged.filter((index) => !indices.has(index))
  if (lost.length > 0) wrongs.push(`${lost.length} acknowledged answers are lost, the first is ${lost[0]}`)
  await tidy(run, wrongs)
  wrongs.push(...leaks(run.dir))
  return { wrongs, recorded: indices.size, isSaved: !isOld }
}

/** Checks every record against the conversation; returns the numbers of the answers. */
async function check(path: string, { size }: Run, wrongs: string[]): Promise<Set<number>> {
  const indices = new Set<number>()
  let cassette: Cassette
  try {
    const decoded = await loadCassette(path)
    for (const { message } of decoded.notes) wrongs.push(message)
    cassette = decoded
  } catch (error) {
    wrongs.push(`unreadable: ${String(error)}`)
    return indices
  }
  for (const connection of new Set(cassette.tape.map((event) => event.connection))) {
    const [sent, received] = (['sent', 'received'] as const).map((type) =>
      Buffer.concat(
        cassette.tape.flatMap((event) => (event.type === type && event.connection === connection ? [event.bytes] : [])),
      ),
    )
    if (sent === undefined || received === undefined) continue
    checkConnection(sent.toString('latin1'), unredacted(received), size, indices, wrongs)
  }
  return indices
}

function checkConnection(sent: string, received: Buffer, size: number, indices: Set<number>, wrongs: string[]): void {
  const asked = [...sent.matchAll(/GET \/items\/(\d+)\?token=\{\{token\.\d+\}\} HTTP\/1\.1\r\n/g)].map(([, index]) =>
    Number(index),
  )
  let at = 0
  for (const index of asked) {
    const expected = answerTo(index, size)
    const found = received.subarray(at, at + expected.length)
    at += found.length
    if (found.equals(expected)) indices.add(index)
    else if (found.length === expected.length || at < received.length)
      wrongs.push(`record ${index} is not what was said`)
  }
  if (at < received.length) wrongs.push(`${received.length - at} bytes that nobody asked for`)
}

/** With the secrets restored, the received bytes equal the bytes of the server. */
function unredacted(received: Buffer): Buffer {
  const text = received.toString('latin1').replace(/session=\{\{[a-z-]+\.\d+\}\}/g, `session=${CANARIES[2]}`)
  return Buffer.from(text, 'latin1')
}

/** A few interactions replay the same bodies. */
async function replay(run: Run, indices: ReadonlySet<number>, wrongs: string[]): Promise<void> {
  // Concurrent requests are not answered one by one.
  if (indices.size === 0 || run.client === 'pipelining') return
  const all = [...indices]
  await using cassette = await useCassette(run.name, { dir: run.dir, mode: 'none', env: {} })
  for (const index of new Set([all.at(0), all.at(all.length >> 1), all.at(-1)])) {
    if (index === undefined) continue
    const connection = cassette.connect(`http://127.0.0.1:${run.port}`)
    await connection.request('GET', targetOf(index))
    const body = await (await connection.getResponse()).bytes()
    const expected = answerTo(index, run.size)
    if (!expected.subarray(-run.size).equals(body)) wrongs.push(`answer ${index} is replayed wrongly`)
  }
}

/** The next recording takes over, and leaves only the cassette. */
async function tidy(run: Run, wrongs: string[]): Promise<void> {
  try {
    const next = await openCassette(run)
    next.discard()
    await next.eject()
  } catch (error) {
    wrongs.push(`the next recording: ${String(error)}`)
  }
  const left = readdirSync(run.dir).filter((name) => name !== `${run.name}.yaml` && name !== 'blobs')
  if (left.length > 0) wrongs.push(`left behind: ${left.join(', ')}`)
}

function leaks(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const path = join(folder, name)
    if (!statSync(path).isFile()) return []
    const bytes = readFileSync(path)
    return CANARIES.flatMap(spellings)
      .filter((secret) => bytes.includes(secret) || name.includes(secret))
      .map((secret) => `${secret} is in ${name}`)
  })
}

/** Plain, and in base64 at each of its three offsets. */
function spellings(secret: string): string[] {
  const encoded = [0, 1, 2].map((offset) =>
    Buffer.from(`${'x'.repeat(offset)}${secret}`)
      .toString('base64')
      .slice(4, -4),
  )
  return [secret, ...encoded]
}
