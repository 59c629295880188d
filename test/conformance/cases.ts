import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One case of a public test suite, as a line of JSON has it. */
export type ConformanceCase = ResponseCase | RequestCase | BadResponseCase

/** What a server sends, and what its source makes of that. */
export interface ResponseCase extends Asserted {
  readonly requests: readonly { readonly method: string }[]
  /** What the server does on each of its connections. */
  readonly connections: readonly (readonly ServerStep[])[]
}

/** A server that never closes keeps its connection open. */
interface ServerStep {
  readonly after?: 'request' | 'none'
  readonly bytesB64?: string
  readonly close?: true
}

/** What a client sends, and what its source makes of that. */
export interface RequestCase extends Asserted {
  readonly bytesB64: string
}

/** What a bad server does, and the outcome that is required of us. */
export interface BadResponseCase {
  readonly id: string
  readonly method: string
  readonly steps: readonly BadServerStep[]
  /** `R CODE ...` where it must be refused, `A ...` where it must be accepted. */
  readonly required: string
}

interface BadServerStep {
  readonly bytesB64?: string
  readonly repeatB64?: string
  readonly times?: number
  readonly fin?: boolean
}

interface Asserted {
  readonly id: string
  /** Name of the suite. */
  readonly source: string
  /** Whether sources treat such bytes differently, or the RFC leaves it open. */
  readonly contested: boolean
  /** What makes it so; an old line names nothing. */
  readonly contestedBy?: readonly string[]
  readonly tags: readonly string[]
  readonly expect: Expectation
}

export interface Expectation {
  readonly outcome: 'ok' | 'error'
  readonly errorKind?: string
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

export type Pair = readonly [name: string, value: string]

/** A request or a response as the data writes it: latin-1 text, and only what its source asserts. */
export interface Message {
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

/** Where the data lies beside the repository, if it is at hand. */
export const CONFORMANCE_DATA = fileURLToPath(new URL('../../../shared/conformance', import.meta.url))

/** The files of JSON lines in a folder, or the one file that `path` names. */
export function caseFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).filter((name) => name.endsWith('.jsonl'))
  return names.toSorted().map((name) => join(path, name))
}

export function readCases(file: string): ConformanceCase[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line): ConformanceCase => JSON.parse(line))
}
