import type { Played } from './play.ts'

/** A client on a version of Node. */
export interface Row {
  readonly client: string
  readonly node: string
  /** `undefined` if it does not run there; a word of why if it could not be tried. */
  readonly played: readonly Played[] | string | undefined
}

/** Whether nothing is wrong with it. */
export function isGood({ played }: Row): boolean {
  if (played === undefined) return true
  return typeof played !== 'string' && played.every(isSame)
}

const isSame = ({ isRecordedSame, isReplayedSame, isChangeNamed, bytesApart }: Played): boolean =>
  isRecordedSame && isReplayedSame && isChangeNamed !== false && (bytesApart ?? 0) === 0

export function lineOf({ client, node, played }: Row): string {
  const start = `${client.padEnd(24)}  ${node.padEnd(9)}`
  if (typeof played === 'string') return `${start}  failed: ${played}`
  if (played === undefined) return `${start}  not for this version of Node`
  return `${start}  recorded ${word(played, 'isRecordedSame')}  replayed ${word(played, 'isReplayedSame')}  ${bytes(played)}${changed(played)}`
}

const word = (played: readonly Played[], what: 'isRecordedSame' | 'isReplayedSame'): string =>
  played.every((each) => each[what]) ? 'SAME' : 'DIFFERENT'

function changed(played: readonly Played[]): string {
  if (played.every(({ isChangeNamed }) => isChangeNamed === undefined)) return ''
  return played.every(({ isChangeNamed }) => isChangeNamed !== false)
    ? ', a change is named'
    : ', a change is NOT named'
}

function bytes(played: readonly Played[]): string {
  const compared = played.flatMap(({ bytesApart }) => (bytesApart === undefined ? [] : [bytesApart]))
  return compared.length === 0 ? 'no tee' : `${compared.reduce((sum, each) => sum + each, 0)} bytes apart`
}

/** A row for each client, a column for each version of Node. */
export function markdownTable(rows: readonly Row[]): string {
  const [clients, nodes] = [new Set(rows.map(({ client }) => client)), new Set(rows.map(({ node }) => node))]
  const cell = (client: string, node: string): string => {
    const row = rows.find((each) => each.client === client && each.node === node)
    if (row === undefined) return 'not tried'
    if (row.played === undefined) return 'does not run'
    if (typeof row.played === 'string') return 'failed'
    return isGood(row) ? 'same' : 'different'
  }
  return [
    `| client | ${[...nodes].map((node) => `Node ${node.split('.', 2).join('.')}`).join(' | ')} |`,
    `| --- |${' --- |'.repeat(nodes.size)}`,
    ...[...clients].map((client) => `| ${client} | ${[...nodes].map((node) => cell(client, node)).join(' | ')} |`),
  ].join('\n')
}
