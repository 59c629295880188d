/** The cost of recording into a file, until the file is complete. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import nock from 'nock'
import { Client as Undici, request, SnapshotAgent } from 'undici'
import { HttpConnection, useCassette } from 'wiretape'
import { type Answer, SIXTY_FOUR_KILOBYTES, SMALL } from './answers.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'
import { byNodeHttp, NOCK, SNAPSHOT_AGENT } from './replayers.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const UNRECORDED = 'wiretape, not recorded'
const UNDICI = 'undici, not recorded'
const NODE_HTTP = 'node:http, not recorded'

/** Every contender gets the same answers over one connection, and ends with a new file. */
export const RECORDING: Group = {
  name: 'recording',
  title: 'sequential GETs over one connection, recorded into a file, save included',
  baseline: UNRECORDED,
  async *rows() {
    await using server = await startServer()
    for (const [name, serves, answer] of BODIES) {
      const route = { url: `http://127.0.0.1:${server.ports[serves]}`, answer }
      yield row(`${name}, redacted by default`, route, {}, 1 / 1.3)
      yield row(`${name}, not redacted`, route, { redact: false }, 1 / 1.15)
    }
    yield lengths(`http://127.0.0.1:${server.ports.SMALL}`)
  },
}

const BODIES: readonly (readonly [string, keyof ServerProcess['ports'], Answer])[] = [
  ['small answers', 'SMALL', SMALL],
  // The lines of repeated bytes are reused; here only the request repeats.
  ['small answers that differ', 'VARIED', SMALL],
  ['bodies of 64 KiB', 'SIXTY_FOUR_KILOBYTES', SIXTY_FOUR_KILOBYTES],
]

interface Route {
  readonly url: string
  readonly answer: Answer
}

interface Redaction {
  readonly redact?: false
}

function row(name: string, { url, answer }: Route, redaction: Redaction, goal: number): Row {
  return {
    name,
    operation: 'a GET',
    goals: { [UNRECORDED]: goal },
    async open() {
      const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      const check = checkerOf(answer)
      return [
        ours(url, folder, redaction, check, Infinity),
        unrecorded(url, check),
        snapshots(url, folder, check),
        undici(url, check),
        ...(redaction.redact === false ? [] : [nocks(url, folder, check), nodeHttp(url, check)]),
      ]
    },
  }
}

/** The cost of a record, for files of several sizes. */
function lengths(url: string): Row {
  const [short, long] = [100, 10_000]
  return {
    name: `small answers, cassettes of ${long} interactions beside cassettes of ${short}`,
    operation: 'a GET',
    goals: { [`${short} a cassette`]: 0.9 },
    async open() {
      const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      const check = checkerOf(SMALL)
      return [
        ours(url, folder, {}, check, long),
        { ...ours(url, folder, {}, check, short), name: `${short} a cassette` },
        unrecorded(url, check),
      ]
    },
  }
}

type Check = (length: number) => void

function checkerOf({ bodyLength }: Answer): Check {
  return (length) => {
    if (length !== bodyLength) throw new Error(`read ${length} bytes`)
  }
}

function ours(url: string, folder: string, redaction: Redaction, check: Check, most: number): Contender {
  return {
    name: OURS,
    async run(operations) {
      for (let done = 0; done < operations; done += most) {
        await rm(path.join(folder, 'ours.yaml'), { force: true })
        await using cassette = await useCassette('ours', { dir: folder, mode: 'update', env: {}, ...redaction })
        await getAll(cassette.connect(url), Math.min(most, operations - done), check)
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

function unrecorded(url: string, check: Check): Contender {
  return {
    name: UNRECORDED,
    async run(operations) {
      await using connection = HttpConnection.to(url)
      await getAll(connection, operations, check)
    },
  }
}

async function getAll(connection: HttpConnection, count: number, check: Check): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await connection.request('GET', '/')
    check((await (await connection.getResponse()).bytes()).length)
  }
}

function snapshots(url: string, folder: string, check: Check): Contender {
  return {
    name: SNAPSHOT_AGENT,
    async run(operations) {
      const snapshotPath = path.join(folder, 'snapshots.json')
      await rm(snapshotPath, { force: true })
      const agent = new SnapshotAgent({ mode: 'record', snapshotPath, connections: 1 })
      for (let i = 0; i < operations; i += 1) {
        // It keeps one snapshot for equal requests.
        const { body } = await request(`${url}/?${i}`, { dispatcher: agent })
        check((await body.bytes()).length)
      }
      await agent.saveSnapshots()
      await agent.close()
    },
  }
}

function undici(url: string, check: Check): Contender {
  return {
    name: UNDICI,
    async run(operations) {
      const client = new Undici(url)
      for (let i = 0; i < operations; i += 1) {
        const { body } = await client.request({ method: 'GET', path: '/' })
        check((await body.bytes()).length)
      }
      await client.close()
    },
  }
}

function nocks(url: string, folder: string, check: Check): Contender {
  return {
    name: NOCK,
    async run(operations) {
      nock.restore()
      nock.recorder.rec({ dont_print: true, output_objects: true })
      for (let i = 0; i < operations; i += 1) check(await byNodeHttp(`${url}/`))
      await writeFile(path.join(folder, 'nock.json'), JSON.stringify(nock.recorder.play()))
      nock.recorder.clear()
      nock.restore()
    },
  }
}

function nodeHttp(url: string, check: Check): Contender {
  return {
    name: NODE_HTTP,
    async run(operations) {
      for (let i = 0; i < operations; i += 1) check(await byNodeHttp(`${url}/`))
    },
  }
}
