import type { Played } from './play.ts'

/** A client on a version of Node; `played` is `undefined` if it does not run there. */
export interface Row {
  readonly client: string
  readonly node: string
  readonly played: readonly Played[] | undefined
}

export function lineOf({ client, node, played }: Row): string {
  const start = `${client.padEnd(24)}  ${node.padEnd(9)}`
  if (played === undefined) return `${start}  not for this version of Node`
  return `${start}  recorded ${word(played, 'isRecordedSame')}  replayed ${word(played, 'isReplayedSame')}  ${bytes(played)}`
}

const word = (played: readonly Played[], what: 'isRecordedSame' | 'isReplayedSame'): string =>
  played.every((each) => each[what]) ? 'SAME' : 'DIFFERENT'

function bytes(played: readonly Played[]): string {
  const compared = played.flatMap(({ bytesApart }) => (bytesApart === undefined ? [] : [bytesApart]))
  return compared.length === 0 ? 'no tee' : `${compared.reduce((sum, each) => sum + each, 0)} bytes apart`
}

/** A row for each client, a column for each version of Node. */
export function markdownTable(rows: readonly Row[]): string {
  const [clients, nodes] = [new Set(rows.map(({ client }) => client)), new Set(rows.map(({ node }) => node))]
  const cell = (client: string, node: string): string => {
    const row = rows.find((each) => each.client === client && each.node === node)
    if (row?.played === undefined) return 'not for it'
    const { played } = row
    const states = [word(played, 'isRecordedSame'), word(played, 'isReplayedSame')]
    return states.every((state) => state === 'SAME') ? `same, ${bytes(played)}` : 'different'
  }
  return [
    `| client | ${[...nodes].map((node) => `Node ${node}`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(nodes.size)}`,
    ...[...clients].map((client) => `| ${client} | ${[...nodes].map((node) => cell(client, node)).join(' | ')} |`),
  ].join('\n')
}
