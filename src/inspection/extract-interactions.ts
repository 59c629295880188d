import { LocalProtocolError } from '../errors.ts'
import { type Exchange, readExchanges } from '../messages/exchanges.ts'
import { leaveOut } from '../messages/leave-out.ts'
import { checkOptions } from '../options.ts'
import type { Cassette } from '../tape/cassette.ts'
import { globPattern } from './request-pattern.ts'

/** Which interactions are wanted: each list that is given must hold something that fits; `*` in a text stands for anything. */
export interface InteractionFilter {
  /** Such as `https://api.example.com` or `*.example.com`. */
  readonly origin?: readonly string[] | undefined
  /** Of the target, without its query unless the pattern has a `?`: `/users/*`. */
  readonly path?: readonly string[] | undefined
  /** Places from 1, as `diff` and `verify` print them: `3` or `5-9`. */
  readonly number?: readonly string[] | undefined
  /** `404`, `4xx`, `500-599`, or `none` for no answer. */
  readonly status?: readonly string[] | undefined
  readonly method?: readonly string[] | undefined
  /** Take those that do not fit instead. Default: `false`. */
  readonly invert?: boolean | undefined
}

/** Some interactions of a cassette. */
export interface Extract {
  readonly cassette: Cassette
  /** How many interactions it has, and how many there were. */
  readonly interactions: number
  readonly of: number
}

const FILTER_OPTIONS: Readonly<Record<keyof InteractionFilter, true>> = {
  origin: true,
  path: true,
  number: true,
  status: true,
  method: true,
  invert: true,
}

/**
 * The interactions of a cassette that a filter names, exactly as they were recorded: bytes, segments, times, and how they ended.
 *
 * Connections without an interaction, such as those that were not made, stay if their origin alone is asked for.
 *
 * @throws LocalProtocolError `INVALID_OPTION` for a number or status of another form.
 */
export function extractInteractions(cassette: Cassette, filter: InteractionFilter): Extract {
  checkOptions('extractInteractions', filter, FILTER_OPTIONS)
  const { invert = false } = filter
  const inspected = readExchanges(cassette)
  const { connections, exchanges } = inspected
  const fits = filterOf(filter)
  const wanted = new Set(exchanges.filter((exchange, index) => fits(exchange, index + 1) !== invert))
  const isByOriginAlone = [filter.path, filter.number, filter.status, filter.method].every((list) => list === undefined)
  const isAtOrigin = originTest(filter.origin)
  const bare = new Set(
    connections
      .filter(
        ({ exchanges: own, opened }) => own.length === 0 && !(isByOriginAlone && isAtOrigin(opened.to) !== invert),
      )
      .map(({ number }) => number),
  )
  const { tape } = leaveOut(cassette, inspected, (exchange) => !wanted.has(exchange))
  return {
    cassette: { ...cassette, tape: tape.filter(({ connection }) => !bare.has(connection)) },
    interactions: wanted.size,
    of: exchanges.length,
  }
}

function filterOf(filter: InteractionFilter): (exchange: Exchange, number: number) => boolean {
  const isAtOrigin = originTest(filter.origin)
  const paths = filter.path?.map((text) => ({ test: globPattern(text), hasQuery: text.includes('?') }))
  const numbers = filter.number?.map((text) => rangeOf('number', text))
  const statuses = filter.status?.map(statusTest)
  const methods = filter.method?.map((text) => globPattern(text.toUpperCase()))
  return ({ connection, request, response }, number) =>
    isAtOrigin(connection.opened.to) &&
    (paths?.some(({ test, hasQuery }) => test.test(hasQuery ? request.target : withoutQuery(request.target))) ??
      true) &&
    (numbers?.some(({ from, to }) => number >= from && number <= to) ?? true) &&
    (statuses?.some((isWanted) => isWanted(response?.status)) ?? true) &&
    (methods?.some((method) => method.test(request.method)) ?? true)
}

function originTest(origins: readonly string[] | undefined): (origin: string) => boolean {
  const patterns = origins?.map((text) => globPattern(text.includes('://') ? text.replace(/\/$/, '') : `*://${text}`))
  return (origin) => patterns?.some((pattern) => pattern.test(origin)) ?? true
}

const withoutQuery = (target: string): string => target.split('?', 1)[0] ?? target

interface NumberRange {
  readonly from: number
  readonly to: number
}

function rangeOf(option: string, text: string): NumberRange {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (from === undefined)
    throw new LocalProtocolError('INVALID_OPTION', `${option}: ${JSON.stringify(text)} is not like 3 or 5-9`)
  return { from: Number(from), to: Number(to) }
}

function statusTest(text: string): (status: number | undefined) => boolean {
  if (text === 'none') return (status) => status === undefined
  const hundred = /^([1-9])xx$/i.exec(text)?.[1]
  const { from, to } =
    hundred === undefined ? rangeOf('status', text) : { from: Number(hundred) * 100, to: Number(hundred) * 100 + 99 }
  return (status) => status !== undefined && status >= from && status <= to
}
