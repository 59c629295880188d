import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import type { ErrorCode } from '../../src/errors.ts'
import type { FieldLine } from '../../src/http1/events.ts'
import { byteByByte, cutAt, type Reading } from './trace.ts'

type Pair = readonly [name: string, value: string]

/** A request or a response as the data writes it: latin-1 text, and only what its source asserts. */
interface Message {
  readonly method?: string
  readonly url?: string
  readonly status?: number
  readonly reason?: string
  readonly httpVersion?: string
  readonly headers?: readonly Pair[]
  readonly bodyB64?: string
  readonly bodySha256?: string
  readonly trailers?: readonly Pair[]
  readonly informational?: readonly Message[]
  readonly upgradeDataB64?: string
}

/** What we do otherwise in a case that is not contested. */
export interface LedgerEntry {
  readonly why: string
  /** The one line of `differences`; it must be there, or the entry is out of date. */
  readonly differs: string
}

/** What the cases of both files have in common. */
export interface ConformanceCase {
  readonly id: string
  readonly contested: boolean
  readonly tags: readonly string[]
  readonly expect: {
    readonly outcome: 'ok' | 'error'
    readonly errorKind?: ErrorKind
    readonly requests?: readonly Message[]
    readonly responses?: readonly Message[]
    /** Parts of a message to compare, where its source does not assert them all. */
    readonly check?: readonly string[]
    /** Bytes follow the last message; that may be an error to us, or must be one. */
    readonly extraData?: 'either' | 'error'
    /** What came before the error of the message that holds it. */
    readonly partial?: Message & { readonly stage?: 'head' | 'body' }
    readonly upgradeDataB64?: string
  }
}

type ErrorKind = 'malformed' | 'truncated' | 'empty' | 'limit'

/** The messages in the events of one connection, as texts to compare. */
export interface Seen {
  readonly messages: readonly SeenMessage[]
  /** The message that an error or the end of the bytes left unfinished. */
  readonly partial: SeenMessage | undefined
  readonly error: ErrorCode | undefined
  /** What follows the last message and is not HTTP; after an error there is no such thing. */
  readonly rest: Uint8Array
}

interface SeenMessage extends Omit<Message, 'bodyB64' | 'bodySha256' | 'informational' | 'upgradeDataB64'> {
  readonly informational?: readonly SeenMessage[]
  readonly body: Buffer
}

/** A file of the data, which lies beside the repository where it is at hand. */
export const conformanceFile = (name: string): URL => new URL(`../../../shared/conformance/${name}`, import.meta.url)

/** Each line is a case. */
export function readCases<Case extends ConformanceCase>(file: URL): Case[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line): Case => JSON.parse(line))
}

/** Whole, byte by byte, and ten times at random cuts that are the same in every run. */
export function segmentations(bytes: Uint8Array): Uint8Array[][] {
  const cuts = fc.sample(fc.array(fc.nat(bytes.length), { minLength: 1, maxLength: 8 }), { seed: 9112, numRuns: 10 })
  return [[bytes], byteByByte(bytes), ...cuts.map((offsets) => cutAt(bytes, offsets))]
}

/** Puts the events of one connection together; `rest` is what the parser left unparsed. */
export function collect({ events, error }: Reading, rest: Uint8Array): Seen {
  const messages: SeenMessage[] = []
  const pieces: Uint8Array[] = []
  let informational: SeenMessage[] = []
  let head: Omit<SeenMessage, 'body'> | undefined
  for (const event of events) {
    switch (event.type) {
      case 'request-head':
        head = { method: event.method, url: event.target, httpVersion: event.version, headers: pairsOf(event.fields) }
        break
      case 'interim-response':
        informational.push({
          status: event.status,
          reason: event.reason,
          headers: pairsOf(event.fields),
          body: NOTHING,
        })
        break
      case 'response-head': {
        const { status, reason, version: httpVersion } = event
        head = { status, reason, httpVersion, headers: pairsOf(event.fields), informational }
        informational = []
        break
      }
      case 'chunk-head':
        break
      case 'data':
        pieces.push(event.bytes)
        break
      case 'end-of-message':
        messages.push({ ...head, trailers: pairsOf(event.trailers), body: Buffer.concat(pieces.splice(0)) })
        head = undefined
    }
  }
  return {
    messages,
    partial: head && { ...head, body: Buffer.concat(pieces) },
    error: error?.code,
    rest: error === undefined ? rest : NOTHING,
  }
}

const NOTHING = Buffer.alloc(0)

const pairsOf = (fields: readonly FieldLine[]): Pair[] => fields.map(({ name, value }) => [name, value])

/** What differs in any run of a case and is not in the ledger, or is in the ledger and does not differ. */
export function surprises(one: ConformanceCase, runs: readonly Seen[], known?: LedgerEntry): string[] {
  const wanted = known?.differs ?? ''
  return runs.flatMap((seen, run) => {
    const found = differences(one, seen).join('; ')
    return found === wanted ? [] : [`${one.id}, run ${run}: ${found || 'no difference'}`]
  })
}

/** What differs from the expectation, one line each. None: the case holds. */
function differences({ expect, tags }: ConformanceCase, seen: Seen): string[] {
  const wanted = expect.requests ?? expect.responses ?? []
  // A surplus takes nothing from the messages before it: only they count, even where it is an error to us.
  const isSurplus = tags.includes('extra-data') && seen.error === 'UNSOLICITED_DATA'
  const kind = seen.error === undefined || isSurplus ? undefined : kindOf(seen.error)
  const lines = [
    differ('outcome', expect.outcome, kind === undefined ? 'ok' : 'error'),
    differ('errorKind', expect.errorKind, kind),
    differ('number of messages', wanted.length, seen.messages.length),
    ...wanted.flatMap((message, index) => messageDifferences(`${index}`, message, seen.messages[index], expect.check)),
  ]
  if (expect.extraData === 'error') lines.push(differ('surplus bytes are an error', true, isSurplus))
  if (expect.partial?.stage === 'body') lines.push(...messageDifferences('partial', expect.partial, seen.partial))
  const upgradeData = expect.upgradeDataB64 ?? wanted.at(-1)?.upgradeDataB64
  if (upgradeData !== undefined) lines.push(differ('upgrade', latin1(upgradeData), latin1(seen.rest)))
  return lines.filter((line) => line !== undefined)
}

/** The sources know four kinds of errors. */
function kindOf(code: ErrorCode): ErrorKind {
  if (code === 'PREMATURE_EOF') return 'truncated'
  if (code === 'EMPTY_RESPONSE') return 'empty'
  return /^TOO_MANY|_TOO_LARGE$|_TOO_LONG$/.test(code) ? 'limit' : 'malformed'
}

function messageDifferences(
  where: string,
  wanted: Message,
  seen: SeenMessage | undefined,
  check?: readonly string[],
): (string | undefined)[] {
  if (seen === undefined) return [`${where}: did not come`]
  const body =
    wanted.bodySha256 === undefined ? latin1(seen.body) : createHash('sha256').update(seen.body).digest('hex')
  const parts: Readonly<Record<string, readonly [wanted: unknown, seen: unknown]>> = {
    method: [wanted.method, seen.method],
    url: [wanted.url, seen.url],
    status: [wanted.status, seen.status],
    reason: [wanted.reason, seen.reason],
    httpVersion: [wanted.httpVersion, seen.httpVersion],
    headers: [collapsed(wanted.headers), collapsed(seen.headers)],
    body: [wanted.bodySha256 ?? (wanted.bodyB64 === undefined ? undefined : latin1(wanted.bodyB64)), body],
    trailers: [collapsed(wanted.trailers), collapsed(seen.trailers)],
    informational: [wanted.informational?.length, seen.informational?.length],
  }
  const compared = Object.entries(parts).filter(([part]) => check === undefined || check.includes(part))
  return [
    ...compared.map(([part, [expected, actual]]) => differ(`${where} ${part}`, expected, actual)),
    ...(wanted.informational ?? []).flatMap((message, index) =>
      messageDifferences(`${where} interim ${index}`, message, seen.informational?.[index]),
    ),
  ]
}

/** Sources differ in what they make of blanks inside a value. */
const collapsed = (fields: readonly Pair[] | undefined): Pair[] | undefined =>
  fields?.map(([name, value]) => [name, value.replace(/[ \t]+/g, ' ')])

const latin1 = (bytes: Uint8Array | string): string =>
  (typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : Buffer.from(bytes)).toString('latin1')

/** Where nothing is wanted, anything will do. */
function differ(what: string, wanted: unknown, seen: unknown): string | undefined {
  if (wanted === undefined || JSON.stringify(wanted) === JSON.stringify(seen)) return undefined
  return `${what}: ${shorten(wanted)} expected, ${shorten(seen)} came`
}

const shorten = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 200)
