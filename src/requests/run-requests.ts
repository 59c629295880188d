import { HttpConnection, type HttpConnectionSettings, WiretapeError } from '../index.ts'
import { UserError } from '../console/failure.ts'
import type { PlannedRequest } from './planned-request.ts'
import type { NamedAnswer } from './templates.ts'
import { monotonicNow } from '../timers.ts'

/** One request of a list. Quotes from earlier answers are filled in just before it is sent. */
export interface Step {
  /** Its name until it is known in full. */
  readonly title: string
  /** The name under which later steps quote the answer. */
  readonly name: string | undefined
  readonly plan: (answerTo: (name: string) => Promise<NamedAnswer>) => Promise<PlannedRequest>
}

/** How to carry out the steps. */
export interface RunOptions {
  /** How often to carry out the whole list. */
  readonly repeat: number
  /** How many requests to make at the same time, each on its own connection. */
  readonly connections: number
  readonly settings: HttpConnectionSettings
  readonly signal: AbortSignal
  /** Called as each request ends. */
  readonly onResult: (result: Result) => void
}

/** The result of a request. */
export interface Result {
  /** Method and URL. */
  readonly title: string
  readonly outcome: Answered | { readonly error: Error }
  /** Milliseconds. */
  readonly took: number
}

export interface Answered {
  readonly status: number
  /** Latin-1. */
  readonly reason: string
  /** Bytes of the body, as they came. */
  readonly size: number
}

/**
 * Makes the requests in their order, as many at a time as `connections` says; each worker has one connection per origin.
 *
 * If a request fails, it is reported, and the next ones are still made.
 */
export async function runRequests(steps: readonly Step[], options: RunOptions): Promise<void> {
  const queue = new Queue(steps, options.repeat)
  const workers = Array.from({ length: Math.min(options.connections, queue.length) }, () => work(queue, options))
  const ends = await Promise.allSettled(workers)
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/** A step in one round, and the answers of that round. */
interface Turn {
  readonly step: Step
  readonly answers: Map<string, Promise<NamedAnswer>>
}

/** All rounds of the list, taken from the front. */
class Queue {
  readonly #steps: readonly Step[]
  readonly length: number
  #taken = 0
  #answers = new Map<string, Promise<NamedAnswer>>()

  constructor(steps: readonly Step[], repeat: number) {
    this.#steps = steps
    this.length = steps.length * repeat
  }

  take(): Turn | undefined {
    const step = this.#steps[this.#taken % this.#steps.length]
    if (step === undefined || this.#taken >= this.length) return undefined
    if (this.#taken % this.#steps.length === 0) this.#answers = new Map()
    this.#taken += 1
    return { step, answers: this.#answers }
  }

  /** Leaves the rest undone. */
  stop(): void {
    this.#taken = this.length
  }
}

async function work(queue: Queue, options: RunOptions): Promise<void> {
  await using connections = new Connections(options.settings)
  for (let turn = queue.take(); turn !== undefined; turn = queue.take()) {
    if (options.signal.aborted) return
    try {
      await carryOut(turn, connections, options)
    } catch (error) {
      queue.stop()
      throw error
    }
  }
}

async function carryOut({ step, answers }: Turn, connections: Connections, { onResult }: RunOptions): Promise<void> {
  const exchanged = makeRequest({ step, answers }, connections)
  if (step.name !== undefined) answers.set(step.name, answerOf(step.name, exchanged))
  const { answer: _, ...result } = await exchanged
  onResult(result)
}

function answerOf(name: string, exchanged: Promise<Exchanged>): Promise<NamedAnswer> {
  const answered = exchanged.then(({ answer }) => {
    if (answer === undefined) throw new UserError('NO_ANSWER', `the request ${name} was not answered`)
    return answer
  })
  answered.catch(() => {}) // Steps that quote it get the error; there may be none.
  return answered
}

interface Exchanged extends Result {
  /** Where the step has a name. */
  readonly answer?: NamedAnswer
}

async function makeRequest({ step, answers }: Turn, connections: Connections): Promise<Exchanged> {
  const answerTo = (name: string): Promise<NamedAnswer> =>
    answers.get(name) ?? Promise.reject(new UserError('NO_ANSWER', `there was no request ${name}`))
  const began = monotonicNow()
  let { title } = step
  let origin: string | undefined
  try {
    const request = await step.plan(answerTo)
    title = `${request.method} ${request.url.href}`
    ;({ origin } = request.url)
    const exchanged = await exchange(request, connections, step.name !== undefined)
    return { title, took: monotonicNow() - began, ...exchanged }
  } catch (error) {
    if (!(error instanceof WiretapeError || error instanceof UserError)) throw error
    // The next request gets a new connection.
    if (origin !== undefined) await connections.drop(origin)
    return { title, took: monotonicNow() - began, outcome: { error } }
  }
}

async function exchange(
  { method, url, target, headers, body }: PlannedRequest,
  connections: Connections,
  isQuoted: boolean,
): Promise<Pick<Exchanged, 'outcome' | 'answer'>> {
  const connection = connections.to(url.origin)
  const sizeBefore = connections.received
  await connection.request(method, target ?? `${url.pathname}${url.search}`, { headers, body })
  const response = await connection.getResponse()
  const { status, reason } = response
  if (isQuoted) {
    const answer = { headers: [...response.headers], body: await response.text() }
    return { outcome: { status, reason, size: connections.received - sizeBefore }, answer }
  }
  let size = 0
  for await (const piece of response.body) size += piece.length
  return { outcome: { status, reason, size } }
}

/** The connections of one worker, one for each origin. */
class Connections implements AsyncDisposable {
  readonly #settings: HttpConnectionSettings
  readonly #byOrigin = new Map<string, HttpConnection>()
  /** Bytes of content received so far. */
  received = 0

  constructor(settings: HttpConnectionSettings) {
    this.#settings = settings
  }

  to(origin: string): HttpConnection {
    const connection = this.#byOrigin.get(origin) ?? this.#open(origin)
    this.#byOrigin.set(origin, connection)
    return connection
  }

  async drop(origin: string): Promise<void> {
    const connection = this.#byOrigin.get(origin)
    this.#byOrigin.delete(origin)
    await connection?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Array.from(this.#byOrigin.values(), (connection) => connection.close()))
  }

  #open(origin: string): HttpConnection {
    return HttpConnection.to(origin, {
      ...this.#settings,
      onEvent: (event) => {
        if (event.type === 'data') this.received += event.bytes.length
      },
    })
  }
}
