/**
 * `npm run demo`: records a real HTTPS conversation, ends the server, replays the conversation from the file, and
 * compares everything the client saw. Exits with 1 if anything differs.
 *
 * Then the same with an unchanged program and its own clients, under `wiretape run`.
 *
 * See also `conversation.ts` (the requests) and `server.ts` (the answers, byte for byte).
 */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { connectSocket, Replayer } from 'wiretape'
import { type Cassette, loadCassette, Recorder, saveCassette } from 'wiretape/cassette'
import { type Certificate, createCertificate } from './certificate.ts'
import { type Comparison, compareRuns, count, type Run } from './comparison.ts'
import { converse } from './conversation.ts'
import { trapNetwork } from './network-trap.ts'
import { runUnchanged } from './unchanged.ts'
import { knock, startServer } from './server-process.ts'

const FILE = fileURLToPath(new URL('out/conversation.yaml', import.meta.url))

await main()

async function main(): Promise<void> {
  const certificate = await createCertificate()
  const { live, origin } = await record(certificate)
  const replay = await replayOffline(origin, certificate)
  const comparisons = compareRuns(live, replay)
  printTable(comparisons)
  const isSame = await secondAct()
  process.exitCode = isSame && comparisons.every(({ same }) => same) ? 0 : 1
}

/** A program that knows nothing of wiretape, under `wiretape run`. Returns whether its output was the same without its servers. */
async function secondAct(): Promise<boolean> {
  console.log()
  const began = performance.now()
  const { live, replay, asked, cassetteBytes } = await runUnchanged()
  say(
    'unchanged',
    `wiretape run -- node demo/unchanged-app.mjs, servers asked ${count(asked, 'time')}, ${count(cassetteBytes, 'byte')}`,
  )
  process.stdout.write(live.replaceAll(/^/gm, '          ').trimEnd() + '\n')
  const isSame = live === replay
  const verdict = isSame ? styleText('green', 'the same output') : styleText('red', `DIFFERENT\n${replay}`)
  say('replay', `servers ended, ${verdict}, both runs ${since(began)}`)
  return isSame
}

/** Runs the conversation with a real server, saves the recording, and checks that the server has ended. */
async function record(certificate: Certificate): Promise<{ live: Run; origin: string }> {
  await using server = await startServer(certificate)
  const origin = `https://127.0.0.1:${server.port}`
  const recorder = new Recorder()

  const began = performance.now()
  const transcript = await converse({ origin, connector: recorder.wrap(connectSocket), ca: certificate.cert })
  say('live', `${origin}, server process ${server.pid}, ${tlsFacts(recorder.cassette)}, ${since(began)}`)

  await server.end()
  say('', `server process ended, its port now answers ${await refusal(server.port)}`)

  await saveCassette(FILE, recorder.cassette)
  return { live: { transcript, tape: recorder.cassette.tape }, origin }
}

/** Runs the same conversation with the cassette, without access to the network. */
async function replayOffline(origin: string, { cert }: Certificate): Promise<Run> {
  const cassette = await loadCassette(FILE)
  say('cassette', await describeFile(cassette))

  using network = trapNetwork()
  // A recorder around the replay shows which bytes the client sent this time.
  const recorder = new Recorder()
  const replayer = new Replayer(cassette)

  const began = performance.now()
  const transcript = await converse({ origin, connector: recorder.wrap(replayer.connector), ca: cert })
  replayer.assertAllPlayed()
  say('replay', `offline, ${count(network.connects, 'connect')}, ${count(network.lookups, 'look-up')}, ${since(began)}`)

  if (network.connects + network.lookups > 0) throw new Error('the replay reached for the network')
  return { transcript, tape: recorder.cassette.tape }
}

async function refusal(port: number): Promise<string> {
  const answer = await knock(port)
  if (answer !== 'ECONNREFUSED') throw new Error(`the server should be gone, but port ${port} answers ${answer}`)
  return answer
}

function tlsFacts({ tape }: Cassette): string {
  const tls = tape.flatMap((event) => (event.type === 'open' ? [event.tls] : []))[0]
  return `${tls?.version}, certificate ${tls?.authorized === true ? 'verified' : 'not verified'}`
}

async function describeFile({ tape }: Cassette): Promise<string> {
  const { size } = await stat(FILE)
  const connections = new Set(tape.map(({ connection }) => connection)).size
  const segments = tape.filter(({ type }) => type === 'sent' || type === 'received').length
  const parts = [
    path.relative('', FILE),
    count(size, 'byte'),
    count(connections, 'connection'),
    count(segments, 'segment'),
  ]
  return parts.join(', ')
}

function printTable(comparisons: readonly Comparison[]): void {
  const columns = ['what', 'live', 'replay'] as const
  const widths = columns.map((column) => Math.max(column.length, ...comparisons.map((row) => row[column].length)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')

  console.log()
  console.log(styleText('bold', line([...columns, 'same'])))
  for (const row of comparisons) {
    const verdict = row.same ? styleText('green', 'same') : styleText('red', 'DIFFERENT')
    console.log(line([row.what, row.live, row.replay, verdict]))
  }

  for (const { what, difference } of comparisons) {
    if (difference !== undefined) console.log(`\n${styleText('red', what)}\n${difference}`)
  }

  const same = comparisons.filter((row) => row.same).length
  console.log()
  console.log(styleText(same === comparisons.length ? 'green' : 'red', `${same} of ${comparisons.length} the same`))
}

function say(topic: string, text: string): void {
  console.log(`${styleText('bold', topic.padEnd(10))}${text}`)
}

function since(began: number): string {
  return `${Math.round(performance.now() - began)} ms`
}
