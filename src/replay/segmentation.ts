import type { ServerAction } from '../interactions/interaction.ts'
import { LocalProtocolError } from '../errors.ts'
import type { Cue } from './faults.ts'

/**
 * How the recorded bytes of an answer are cut when a client gets them.
 *
 * - `'recorded'`: as they came.
 * - `'coalesced'`: as few segments as causal order allows.
 * - `'boundaries'`: before and behind every CR and LF, and before what may be a status line; so between chunk-size
 *   lines and data, and between head and body, too.
 * - `'bytewise'`: one byte a segment.
 * - `{ seed }`: pieces of 1 to 4,096 bytes, short ones as likely as long ones. The same seed cuts the same bytes alike in
 *   every run, whatever else is played meanwhile.
 */
export type Segmentation = 'recorded' | 'coalesced' | 'boundaries' | 'bytewise' | { readonly seed: number }

/** Cuts what follows from one act of the client anew: same bytes, same order, same endings. */
export type Cut = (cues: readonly Cue[]) => readonly Cue[]

/** @throws LocalProtocolError `INVALID_OPTION` for what is no segmentation. */
export function cutBy(segmentation: Segmentation): Cut {
  if (segmentation === 'recorded') return rejoin
  const piecesOf = cutterOf(segmentation)
  return (cues) => runsOf(cues).flatMap((run) => cutRun(run, piecesOf))
}

/** The parts of one recorded segment, told at once, are one segment again. */
function rejoin(cues: readonly Cue[]): readonly Cue[] {
  if (!cues.some(isPart)) return cues
  const joined: Cue[] = []
  for (const cue of cues) {
    const before = joined.at(-1)
    const whole = before && cue.isApart !== true ? rejoined(before.action, cue.action) : undefined
    if (whole === undefined) joined.push(cue)
    else joined.splice(-1, 1, { ...cue, action: whole })
  }
  return joined
}

const isPart = ({ action }: Cue): boolean => action.type === 'segment' && action.of !== undefined

function rejoined(left: ServerAction, right: ServerAction): ServerAction | undefined {
  if (left.type !== 'segment' || right.type !== 'segment' || left.of === undefined || left.of !== right.of)
    return undefined
  return { ...right, bytes: Buffer.concat([left.bytes, right.bytes]) }
}

/** Ends of the pieces of `bytes`, ascending; the last one is its length. */
type Cutter = (bytes: Uint8Array) => Iterable<number>

function cutterOf(segmentation: Exclude<Segmentation, 'recorded'>): Cutter {
  if (typeof segmentation === 'object' && Number.isSafeInteger(segmentation.seed))
    return (bytes) => seededEnds(segmentation.seed, bytes)
  if (typeof segmentation === 'string' && Object.hasOwn(CUTTERS, segmentation)) return CUTTERS[segmentation]
  const known = [...Object.keys(CUTTERS), 'recorded'].map((name) => `'${name}'`).join(', ')
  throw new LocalProtocolError(
    'INVALID_OPTION',
    `segmentation is ${JSON.stringify(segmentation)}; known are ${known} and { seed: a whole number }`,
  )
}

const CUTTERS: Readonly<Record<Exclude<Segmentation & string, 'recorded'>, Cutter>> = {
  coalesced: ({ length }) => [length],
  boundaries: boundaryEnds,
  bytewise: ({ length }) => Array.from({ length }, (_, index) => index + 1),
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

/** Segments that lie next to each other, together; what is no segment or stands apart begins anew. */
function runsOf(cues: readonly Cue[]): Cue[][] {
  const runs: Cue[][] = []
  for (const cue of cues) {
    const run = runs.at(-1)
    if (cue.action.type === 'segment' && run?.[0]?.action.type === 'segment' && cue.isApart !== true) run.push(cue)
    else runs.push([cue])
  }
  return runs
}

/** A piece takes the place in time of the recorded segment that brought its last byte. */
function cutRun(run: readonly Cue[], cutter: Cutter): readonly Cue[] {
  const bytes = Buffer.concat(run.flatMap(({ action }) => (action.type === 'segment' ? [action.bytes] : [])))
  if (bytes.length === 0) return run
  const ends = [...cutter(bytes)]
  const pieces: Cue[] = []
  let [start, received] = [0, 0]
  for (const cue of run) {
    received += cue.action.type === 'segment' ? cue.action.bytes.length : 0
    for (let end = ends[pieces.length]; end !== undefined && end <= received; end = ends[pieces.length]) {
      pieces.push({ ...cue, action: { type: 'segment', bytes: bytes.subarray(start, end) } })
      start = end
    }
  }
  return pieces
}
