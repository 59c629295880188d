/** A suite of small tests, each with a recording of its own: opened, replayed, checked, closed. */
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { request, SnapshotAgent } from 'undici'
import { useCassette } from 'wiretape'
import { saveCassette } from 'wiretape/cassette'
import { BODY, cassetteOf, HEADERS, ORIGIN, targetOf } from './conversation.ts'
import { type Contender, OURS, type Row } from './harness.ts'
import { SNAPSHOT_AGENT } from './replayers.ts'

const TESTS = 200
const REQUESTS = 3

export function suites(): Row {
  return {
    name: `${TESTS} small tests, each with its own cassette of ${REQUESTS} interactions`,
    operation: 'a test: open, play, verify',
    goals: {},
    async open() {
      // Without nock: its mocked sockets fail after the test that used them, where the error cannot be caught.
      const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      await mkdir(path.join(folder, 'ours'))
      await writeRecordings(folder)
      return [
        suite(OURS, (test) => ours(path.join(folder, 'ours'), `${test}`)),
        suite(SNAPSHOT_AGENT, (test) => snapshots(path.join(folder, `${test}.snapshots.json`))),
      ]
    },
  }
}

async function writeRecordings(folder: string): Promise<void> {
  const cassette = cassetteOf(REQUESTS)
  for (let test = 0; test < TESTS; test += 1) {
    await saveCassette(path.join(folder, 'ours', `${test}.yaml`), cassette)
    const recorder = new SnapshotAgent({
      mode: 'record',
      snapshotPath: path.join(folder, `${test}.snapshots.json`),
    }).getRecorder()
    for (let index = 0; index < REQUESTS; index += 1)
      await recorder.record(
        { method: 'GET', path: targetOf(index), origin: ORIGIN, headers: {} },
        { statusCode: 200, headers: HEADERS, body: Buffer.from(BODY), trailers: {} },
      )
    await recorder.saveSnapshots()
  }
}

function suite(name: string, run: (test: number) => Promise<void>): Contender {
  let next = 0
  return {
    name,
    async run(operations) {
      for (let i = 0; i < operations; i += 1) {
        await run(next)
        next = (next + 1) % TESTS
      }
    },
  }
}

async function ours(dir: string, name: string): Promise<void> {
  await using cassette = await useCassette(name, { dir, mode: 'none', allowUnused: false, env: {} })
  const connection = cassette.connect(ORIGIN)
  for (let index = 0; index < REQUESTS; index += 1) {
    await connection.request('GET', targetOf(index))
    check((await (await connection.getResponse()).bytes()).length)
  }
}

async function snapshots(snapshotPath: string): Promise<void> {
  const agent = new SnapshotAgent({ mode: 'playback', snapshotPath })
  for (let index = 0; index < REQUESTS; index += 1) {
    const { body } = await request(ORIGIN + targetOf(index), { dispatcher: agent })
    check((await body.bytes()).length)
  }
  const unused = agent
    .getRecorder()
    .getSnapshots()
    .filter(({ callCount }) => callCount === 0)
  if (unused.length > 0) throw new Error(`${unused.length} snapshots were not used`)
  await agent.close()
}

function check(length: number): void {
  if (length !== BODY.length) throw new Error(`read ${length} bytes`)
}
