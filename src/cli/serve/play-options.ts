import { InvalidArgumentError } from 'commander'
import type { Fault, MatchList, MatchOn, MatchName, RecordMode, Segmentation, Timing } from '../../index.ts'
import { modeNamed, RECORD_MODES } from '../../use/record-mode.ts'

/** Those that help texts name. */
export const MODES: readonly string[] = Object.keys(RECORD_MODES)

/** One of {@link MODES}, or the name that another tool has for it. */
export function parseMode(text: string): RecordMode {
  const mode = modeNamed(text)
  if (mode === undefined) throw new InvalidArgumentError(`It is one of ${MODES.join(', ')}.`)
  return mode
}

/** `instant`, `recorded`, or how many times as long as recorded. */
export function parseTiming(text: string): Timing {
  if (text === 'instant' || text === 'recorded') return text
  const factor = Number(text)
  if (text.trim() === '' || !(factor >= 0 && factor < Infinity))
    throw new InvalidArgumentError('Give instant, recorded, or a factor such as 0.5.')
  return factor
}

/** One of the names, or `seed=N`. */
export function parseSegmentation(text: string): Segmentation {
  if (text === 'recorded' || text === 'coalesced' || text === 'boundaries' || text === 'bytewise') return text
  const seed = /^seed=(-?\d{1,15})$/.exec(text)?.[1]
  if (seed === undefined)
    throw new InvalidArgumentError('Give recorded, coalesced, boundaries, bytewise, or seed=42 for a cut by chance.')
  return { seed: Number(seed) }
}

/** `bytes`, names with commas between them, or a list as JSON. */
export function parseMatchOn(text: string): MatchOn {
  if (text === 'bytes') return text
  if (text.startsWith('[')) return listFromJson(text)
  return text.split(',').map((name) => {
    if (!isMatchName(name)) throw new InvalidArgumentError(`Give bytes, or of ${[...MATCH_NAMES].join(', ')}.`)
    return name
  })
}

/** What is in the list is checked where it is used. */
function listFromJson(text: string): MatchList {
  try {
    const list: MatchList = JSON.parse(text)
    return list
  } catch {
    throw new InvalidArgumentError('Give a list as JSON, such as ["method","url",{"body":{"ignore":["$.id"]}}].')
  }
}

// oxfmt-ignore
const MATCH_NAMES: ReadonlySet<string> = new Set<MatchName>([
  'method', 'url', 'scheme', 'host', 'port', 'path', 'query', 'headers', 'body',
])

const isMatchName = (name: string): name is MatchName => MATCH_NAMES.has(name)

/** `reset,at=120,on=1`: the type of a fault and its numbers; `on` may come several times. Or the same as JSON. */
export function parseFault(text: string, before: readonly Fault[] = []): readonly Fault[] {
  const [type = '', ...numbers] = text.startsWith('{') ? fromJson(text) : text.split(',')
  const values = new Map<string, number[]>()
  for (const one of numbers) {
    const [, name, value] = /^([a-z]+)=(-?\d+)$/.exec(one.trim()) ?? []
    if (name === undefined || !FAULT_NUMBERS.has(name)) throw new InvalidArgumentError(FAULT_FORM)
    values.set(name, [...(values.get(name) ?? []), Number(value)])
  }
  return [...before, faultOf(type, values)]
}

const FAULT_NUMBERS: ReadonlySet<string> = new Set(['at', 'to', 'on', 'times', 'by', 'xor', 'value'])

const FAULT_FORM =
  'Give a type and numbers, such as reset,at=120,on=1; types are cut, reset, stall, split, corrupt, delay, duplicate, drop.'

function faultOf(type: string, values: ReadonlyMap<string, readonly number[]>): Fault {
  const of = (name: string): number | undefined => values.get(name)?.at(-1)
  const target = { on: values.get('on'), at: of('at'), times: of('times') }
  switch (type) {
    case 'cut':
    case 'reset':
    case 'stall':
    case 'split':
      return { type, ...target }
    case 'corrupt':
      return { type, ...target, xor: of('xor'), value: of('value') }
    case 'delay':
      return { type, ...target, by: of('by') ?? 0 }
    case 'duplicate':
    case 'drop':
      return { type, ...target, to: of('to') }
    default:
      throw new InvalidArgumentError(FAULT_FORM)
  }
}

/** The parts of the short form. */
function fromJson(text: string): readonly string[] {
  try {
    const { type, ...numbers }: Record<string, unknown> = JSON.parse(text)
    return [
      String(type),
      ...Object.entries(numbers).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${String(one)}`)),
    ]
  } catch {
    throw new InvalidArgumentError(FAULT_FORM)
  }
}
