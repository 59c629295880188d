import type { Contender, Group, Row } from './harness.ts'
import { OURS } from './harness.ts'
import * as replayers from './replayers.ts'
import { suites } from './suites.ts'

const { contender, MOCK_AGENT, MSW, NOCK, POLLY, SNAPSHOT_AGENT, SNAPSHOT_AGENT_FETCH } = replayers

const SNAPSHOTS = { [SNAPSHOT_AGENT]: 10, [SNAPSHOT_AGENT_FETCH]: 10 }

/** The same answers from all tools that answer without a server. */
export const REPLAY: Group = {
  name: 'replay',
  title: 'GETs answered from a recording, status and whole body taken',
  baseline: SNAPSHOT_AGENT,
  async *rows() {
    yield row(100, { ...SNAPSHOTS, [MOCK_AGENT]: 10, [MSW]: 100, [NOCK]: 300, [POLLY]: 300 })
    yield row(1_000, { ...SNAPSHOTS, [MOCK_AGENT]: 40, [MSW]: 500, [NOCK]: 500, [POLLY]: 300 })
    yield row(10_000, { ...SNAPSHOTS, [MOCK_AGENT]: 1_000, [MSW]: 3_000, [NOCK]: 1_000 })
    yield growth()
    yield suites()
  },
}

function row(size: number, goals: Row['goals']): Row {
  return {
    name: `${size.toLocaleString('en-US')} recorded interactions`,
    operation: 'a GET',
    goals,
    open: async () => [
      contender(OURS, size, replayers.wiretape(size)),
      contender(SNAPSHOT_AGENT, size, await replayers.snapshotAgent(size, 'request')),
      contender(SNAPSHOT_AGENT_FETCH, size, await replayers.snapshotAgent(size, 'fetch')),
      contender(MOCK_AGENT, size, replayers.mockAgent(size)),
      contender(MSW, size, replayers.msw(size)),
      contender(NOCK, size, replayers.nocks(size)),
      // It takes minutes to record more.
      ...(size > 1_000 ? [] : [contender(POLLY, size, await replayers.polly(size))]),
    ],
  }
}

const SMALL_CASSETTE = 'with 100 interactions'

/** The cost of a request in a large cassette and in a small one. */
function growth(): Row {
  return {
    name: '10,000 interactions beside 100',
    operation: 'a GET',
    goals: { [SMALL_CASSETTE]: 1 / 1.5 },
    open: async (): Promise<Contender[]> => [
      contender(OURS, 10_000, replayers.wiretape(10_000)),
      contender(SMALL_CASSETTE, 100, replayers.wiretape(100)),
      contender(SNAPSHOT_AGENT, 100, await replayers.snapshotAgent(100, 'request')),
    ],
  }
}
