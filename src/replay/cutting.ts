import type { Cue } from '../interactions/cue.ts'
import type { Segmentation } from './segmentation.ts'

/** Cuts what follows from one act of the client anew: same bytes, same order, same endings. Pieces are made when they are asked for. */
export type Cut = (cues: readonly Cue[]) => Iterable<Cue>

/** How a segmentation cuts. */
export function cutBy(segmentation: Segmentation): Cut {
  if (segmentation === 'recorded') return rejoin
  const piecesOf = cutterOf(segmentation)
  return function* (cues) {
    for (const run of groupsOf(cues, areSegments)) yield* cutRun(run, piecesOf)
  }
}

/** The parts of one recorded segment, told at once, are one segment again. */
function rejoin(cues: readonly Cue[]): readonly Cue[] {
  return cues.some((cue) => partOf(cue) !== undefined) ? groupsOf(cues, areParts).flatMap(joined) : cues
}

const areParts = (before: Cue, cue: Cue): boolean => partOf(cue) !== undefined && partOf(cue) === partOf(before)

/** The recorded segment that it was cut from. */
const partOf = ({ action }: Cue): Uint8Array | undefined => (action.type === 'segment' ? action.of : undefined)

/** It takes the place in time of the last one. */
function joined(cues: readonly Cue[]): Cue[] {
  const last = cues.at(-1)
  if (cues.length < 2 || last?.action.type !== 'segment') return [...cues]
  return [{ ...last, action: { ...last.action, bytes: bytesOf(cues) } }]
}

/** Ends of the pieces of `bytes`, ascending; the last one is its length. */
type Cutter = (bytes: Uint8Array) => Iterable<number>

const cutterOf = (segmentation: Exclude<Segmentation, 'recorded'>): Cutter =>
  typeof segmentation === 'object' ? (bytes) => seededEnds(segmentation.seed, bytes) : CUTTERS[segmentation]

const CUTTERS: Readonly<Record<Exclude<Segmentation & string, 'recorded'>, Cutter>> = {
  coalesced: ({ length }) => [length],
  boundaries: boundaryEnds,
  bytewise: everyEnd,
}

function* everyEnd({ length }: Uint8Array): Generator<number> {
  for (let end = 1; end <= length; end += 1) yield end
}

function* boundaryEnds(bytes: Uint8Array): Generator<number> {
  for (let at = 1; at < bytes.length; at += 1)
    if (isLineEnd(bytes[at]) || isLineEnd(bytes[at - 1]) || isStatusLine(bytes, at)) yield at
  yield bytes.length
}

const isLineEnd = (byte: number | undefined): boolean => byte === 0x0d || byte === 0x0a

const STATUS_LINE = Buffer.from('HTTP/')
const isStatusLine = (bytes: Uint8Array, at: number): boolean =>
  STATUS_LINE.every((byte, index) => bytes[at + index] === byte)

function* seededEnds(seed: number, bytes: Uint8Array): Generator<number> {
  const random = randomFrom(hashOf(bytes, seed))
  for (let end = 0; end < bytes.length;) {
    const longest = Math.min(bytes.length - end, 4096)
    end += Math.floor((longest + 1) ** random())
    yield end
  }
}

/** FNV-1a, 32 bits: the cuts depend on the bytes and the seed only, and not on what other connections do meanwhile. */
function hashOf(bytes: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5
  const add = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  for (const digit of Buffer.from(String(seed))) add(digit)
  for (const byte of bytes) add(byte)
  return hash
}

/** Numbers from 0 up to 1, the same ones for the same state: Marsaglia's xorshift with 32 bits. */
function randomFrom(state: number): () => number {
  let current = state || 1
  return () => {
    current ^= current << 13
    current ^= current >>> 17
    current ^= current << 5
    return (current >>> 0) / 2 ** 32
  }
}

/** Segments that lie next to each other, together. */
const areSegments = (before: Cue, cue: Cue): boolean =>
  before.action.type === 'segment' && cue.action.type === 'segment'

/** Neighbours that belong together; what stands apart begins again. */
function groupsOf(cues: readonly Cue[], belongTogether: (before: Cue, cue: Cue) => boolean): Cue[][] {
  const groups: Cue[][] = []
  for (const cue of cues) {
    const group = groups.at(-1)
    const before = group?.at(-1)
    if (before !== undefined && cue.isApart !== true && belongTogether(before, cue)) group?.push(cue)
    else groups.push([cue])
  }
  return groups
}

const bytesOf = (cues: readonly Cue[]): Buffer =>
  Buffer.concat(cues.flatMap(({ action }) => (action.type === 'segment' ? [action.bytes] : [])))

/** A piece takes the place in time of the recorded segment that brought its last byte. */
function* cutRun(run: readonly Cue[], cutter: Cutter): Generator<Cue> {
  const bytes = bytesOf(run)
  if (bytes.length === 0) return yield* run
  const received = run.values()
  let cue = received.next().value
  let [start, arrived] = [0, sizeOf(cue)]
  for (const end of cutter(bytes)) {
    while (arrived < end && cue !== undefined) {
      cue = received.next().value
      arrived += sizeOf(cue)
    }
    if (cue !== undefined) yield { ...cue, action: { type: 'segment', bytes: bytes.subarray(start, end) } }
    start = end
  }
}

const sizeOf = (cue: Cue | undefined): number => (cue?.action.type === 'segment' ? cue.action.bytes.length : 0)
