import { type Answer, HUNDRED_CHUNKS, MEGABYTE, SMALL, TEN_KILOBYTES } from './answers.ts'
import { type Client, openHttpConnection, openNet, openNodeHttp, openUndici, type OpenClient } from './clients.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'
import { placements } from './placement.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const UNDICI = 'undici Client.request'
const NODE_HTTP = 'node:http keep-alive'
const NET = 'net, bytes only counted'

/** All clients over one keep-alive connection to a raw socket server in another process. */
export const CLIENT: Group = {
  name: 'client',
  title: 'GETs over one connection, status and whole body taken',
  baseline: UNDICI,
  async *rows() {
    for (const placement of placements()) {
      await using server = await startServer()
      using _placed = placement.apply(server.pid)
      for (const task of TASKS) yield row(task, server, placement.name)
    }
  },
}

/** Work that is repeated. */
interface Task {
  readonly name: string
  readonly operation: string
  readonly serves: keyof ServerProcess['ports']
  readonly answer: Answer
  /** Requests in flight. */
  readonly depth: number
  readonly goals: Readonly<Record<string, number>>
}

const SEQUENTIAL = { operation: 'a GET', depth: 1 } as const

const TASKS: readonly Task[] = [
  {
    ...SEQUENTIAL,
    name: 'small answers, one after the other',
    serves: 'SMALL',
    answer: SMALL,
    goals: { [UNDICI]: 1.8, [NODE_HTTP]: 2, [NET]: 0.85 },
  },
  {
    ...SEQUENTIAL,
    name: 'small answers, no two in a row alike',
    serves: 'VARIED',
    answer: SMALL,
    goals: { [UNDICI]: 1.8, [NODE_HTTP]: 2, [NET]: 0.85 },
  },
  {
    ...SEQUENTIAL,
    name: 'bodies of 10 KiB',
    serves: 'TEN_KILOBYTES',
    answer: TEN_KILOBYTES,
    goals: { [UNDICI]: 2 },
  },
  {
    ...SEQUENTIAL,
    name: 'bodies of 1 MiB',
    serves: 'MEGABYTE',
    answer: MEGABYTE,
    goals: { [UNDICI]: 1.3 },
  },
  {
    ...SEQUENTIAL,
    name: '100 chunks of 1 KiB',
    serves: 'HUNDRED_CHUNKS',
    answer: HUNDRED_CHUNKS,
    goals: { [UNDICI]: 2 },
  },
  {
    name: 'small answers, pipelined 10 deep',
    operation: '10 GETs',
    depth: 10,
    serves: 'SMALL',
    answer: SMALL,
    goals: { [UNDICI]: 5 },
  },
]

const PEERS: readonly { readonly name: string; readonly open: OpenClient; readonly pipelines: boolean }[] = [
  { name: OURS, open: openHttpConnection, pipelines: true },
  { name: UNDICI, open: openUndici, pipelines: true },
  { name: NODE_HTTP, open: openNodeHttp, pipelines: false },
  { name: NET, open: openNet, pipelines: true },
]

function row(task: Task, server: ServerProcess, placement: string): Row {
  const { name, operation, goals, answer, depth, serves } = task
  const open = (): Promise<Contender[]> =>
    Promise.all(
      PEERS.filter(({ pipelines }) => pipelines || depth === 1).map(async (peer) =>
        contender(peer.name, await peer.open({ port: server.ports[serves], answer, depth }), task),
      ),
    )
  return { name: `${name}; ${placement}`, operation, goals, open }
}

function contender(name: string, client: Client, { answer, depth }: Task): Contender {
  return {
    name,
    async run(operations) {
      for (let i = 0; i < operations; i += 1) {
        const length = depth === 1 ? await client.get() : await client.getPipelined(depth)
        if (length !== depth * answer.bodyLength) throw new Error(`${name} read ${length} bytes`)
      }
    },
    close: () => client.close(),
  }
}
