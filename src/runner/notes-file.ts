import { appendFileSync, readFileSync } from 'node:fs'
import type { TapeNote } from './tape-note.ts'

/** The environment variable with the file to which the processes of a run add their notes, for one summary of all. */
export const NOTES_VARIABLE = 'WIRETAPE_NOTES'

/** Adds notes to the file of the run. Returns `false` if there is no such file: then the caller prints them. */
export function addToRun(notes: readonly TapeNote[]): boolean {
  const path = process.env[NOTES_VARIABLE]
  if (path === undefined || path === '') return false
  // One write, so that lines of several processes do not mix.
  appendFileSync(path, notes.map((note) => `${JSON.stringify(note)}\n`).join(''))
  return true
}

/** The notes of a run by now. */
export function notesOfRun(path: string): readonly TapeNote[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    return lines.filter((line) => line !== '').map((line): TapeNote => JSON.parse(line))
  } catch (error) {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return []
    throw error
  }
}
