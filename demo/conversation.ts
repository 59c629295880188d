/**
 * The requests of the demo, and what it sees of the answers.
 *
 * The same function runs twice: live, and with a cassette in place of the server. It cannot tell which.
 */
import { ConnectionError, type Connector, HttpConnection, type HttpResponse, type ResponseEvent } from 'wiretape'

/** The destination of the conversation, and its connector. */
export interface Route {
  readonly origin: string
  readonly connector: Connector
  /** The certificate to trust, PEM. */
  readonly ca: string
}

/** Everything a client saw of one exchange. */
export interface Sighting {
  readonly step: string
  readonly answer?: Answer
  readonly failure?: Failure
}

/** A complete response, or the part that arrived. Field lines in wire order and case. */
export interface Answer {
  readonly httpVersion: string
  readonly status: number
  readonly reason: string
  readonly headers: FieldLines
  readonly interim: readonly { readonly status: number; readonly reason: string; readonly headers: FieldLines }[]
  readonly body: Buffer
  readonly trailers: FieldLines
}

/** How a failed exchange ended. */
export interface Failure {
  readonly name: string
  readonly code: string
  readonly phase: string
  readonly systemCode: string | undefined
  readonly message: string
}

type FieldLines = readonly (readonly [name: string, value: string])[]

/** The exchanges in order, and per connection every protocol event with its place in the bytes. */
export interface Transcript {
  readonly sightings: readonly Sighting[]
  readonly traces: readonly (readonly ResponseEvent[])[]
}

/** Nine exchanges over one keep-alive connection, and a tenth that a second connection does not survive. */
export async function converse(route: Route): Promise<Transcript> {
  const keepAlive = await exchangeOverOneConnection(route)
  const cutOff = await exchangeThatIsReset(route)
  return { sightings: [...keepAlive.sightings, ...cutOff.sightings], traces: [...keepAlive.traces, ...cutOff.traces] }
}

async function exchangeOverOneConnection(route: Route): Promise<Transcript> {
  const trace: ResponseEvent[] = []
  await using connection = open(route, trace)
  const get = async (step: string, target: string): Promise<Sighting> => {
    await connection.request('GET', target)
    return see(step, connection)
  }

  const sightings = [
    await get('JSON', '/json'),
    await get('gzip body', '/gzip'),
    await get('chunks, extensions, trailers', '/chunked'),
    await get('103 before 200', '/hints'),
  ]

  await connection.request('POST', '/upload', { body: 'patience', expectContinue: true })
  sightings.push(await see('POST, Expect: 100-continue', connection))

  await connection.request('GET', '/first')
  await connection.request('GET', '/second')
  sightings.push(await see('pipelined, first answer', connection), await see('pipelined, second answer', connection))

  sightings.push(await get('1 MiB of binary', '/binary'), await get('server-sent events', '/events'))
  return { sightings, traces: [trace] }
}

async function exchangeThatIsReset(route: Route): Promise<Transcript> {
  const trace: ResponseEvent[] = []
  await using connection = open(route, trace)
  await connection.request('GET', '/reset')
  return { sightings: [await see('reset inside a body', connection)], traces: [trace] }
}

function open({ origin, connector, ca }: Route, trace: ResponseEvent[]): HttpConnection {
  return HttpConnection.to(origin, { connector, tls: { ca }, timeouts: 5000, onEvent: (event) => trace.push(event) })
}

/** Reads the next answer, or its failure. */
async function see(step: string, connection: HttpConnection): Promise<Sighting> {
  let response: HttpResponse | undefined
  const pieces: Uint8Array[] = []
  try {
    response = await connection.getResponse()
    for await (const piece of response.body) pieces.push(piece)
    return { step, answer: answerOf(response, pieces) }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    const { name, code, phase, systemCode, message } = error
    const failure = { name, code, phase, systemCode, message }
    return response === undefined ? { step, failure } : { step, answer: answerOf(response, pieces), failure }
  }
}

function answerOf(response: HttpResponse, pieces: readonly Uint8Array[]): Answer {
  const { httpVersion, status, reason, headers, interim, trailers } = response
  return {
    httpVersion,
    status,
    reason,
    headers: [...headers],
    interim: interim.map((one) => ({ status: one.status, reason: one.reason, headers: [...one.headers] })),
    body: Buffer.concat(pieces),
    trailers: [...trailers],
  }
}
