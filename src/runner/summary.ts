import { relative } from 'node:path'
import { count, escapeText } from '../content/printable.ts'
import type { TapeNote } from './tape-note.ts'

/** The lines that end a run: one that counts, then one for each thing that somebody should look at. */
export function summaryLines(notes: readonly TapeNote[], cwd: string = process.cwd()): readonly string[] {
  if (notes.length === 0) return []
  return [`wiretape: ${totals(notes)}`, ...notes.flatMap((note) => remarks(note, cwd))]
}

/** Whether there is more to say of them than that they were played. */
export const areNotable = (notes: readonly TapeNote[]): boolean =>
  notes.some((note) => note.recorded + note.unsaved + note.unused + note.missed + countOfRest(note) > 0)

const countOfRest = ({ late, escaped, failure }: TapeNote): number =>
  late.length + escaped.length + (failure === undefined ? 0 : 1)

function totals(notes: readonly TapeNote[]): string {
  const sum = (of: (note: TapeNote) => number): number => notes.reduce((total, note) => total + of(note), 0)
  const used = notes.filter(({ played, recorded, unused, missed }) => played + recorded + unused + missed > 0)
  const more: readonly (readonly [number, string])[] = [
    [sum(({ unsaved }) => unsaved), 'not saved'],
    [sum(({ passed }) => passed), 'passed through'],
    [sum(({ late }) => late.length), 'late'],
    [sum(({ escaped }) => escaped.length), 'not seen'],
  ]
  return [
    count(new Set(used.map(({ path }) => path)).size, 'cassette'),
    `${sum(({ played }) => played)} played`,
    `${sum(({ recorded }) => recorded)} recorded`,
    `${sum(({ unused }) => unused)} unused`,
    `${sum(({ missed }) => missed)} missed`,
    ...more.filter(([total]) => total > 0).map(([total, word]) => `${total} ${word}`),
  ].join(', ')
}

/** At most a few for each test: one that polls is late every time. */
function remarks(
  { title, path, missed, recorded, unsaved, late, escaped, failure }: TapeNote,
  cwd: string,
): readonly string[] {
  const about: readonly (readonly [string, string | undefined])[] = [
    ['recorded', recorded > 0 ? `${escapeText(relative(cwd, path))}: ${count(recorded, 'interaction')}` : undefined],
    ['unsaved', unsaved > 0 ? `${escapeText(title)}: ${count(unsaved, 'interaction')}` : undefined],
    ['missed', missed > 0 ? `${escapeText(title)}: ${count(missed, 'request')}` : undefined],
    ['late', late.length > 0 ? `${escapeText(title)} had ended, and asked ${hosts(late)}` : undefined],
    ['not seen', escaped.length > 0 ? `${escapeText(title)}: ${escapeText(escaped[0] ?? '')}` : undefined],
    ['failed', failure === undefined ? undefined : `${escapeText(title)}: ${escapeText(failure)}`],
  ]
  return about.flatMap(([kind, detail]) => (detail === undefined ? [] : [`  ${kind.padEnd(8)}  ${detail}`]))
}

const hosts = (all: readonly string[]): string => Array.from(new Set(all), (host) => escapeText(host)).join(', ')
