import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { TestInfo } from '@playwright/test'
import type { OpenCassette, RecordMode } from '../index.ts'

/** Type of the annotation that passes a cassette to the reporter; the underscore keeps it out of Playwright's own reports. */
export const CASSETTE_ANNOTATION = '_wiretape'

/** What a test did with its cassette. Paths inside the root folder of the run are relative to it. */
export interface CassetteNote {
  readonly path: string
  /** The folder of the options, or the default. */
  readonly dir: string
  readonly mode: RecordMode
  readonly isRecording: boolean
  readonly hasFailed: boolean
  readonly isExpired: boolean
  readonly played: number
  readonly recorded: number
  readonly unused: number
  /** Places of the interactions that were played or recorded, from 0. */
  readonly used: readonly number[]
  readonly misses: number
}

/** Type of the annotation of an answer that the browser has refused; people see it in reports. */
const MISFIT_ANNOTATION = 'wiretape'

/** Adds what {@link readMisfits} gives. */
export const noteMisfit = (misfit: string, { annotations }: Pick<TestInfo, 'annotations'>): void =>
  void annotations.push({ type: MISFIT_ANNOTATION, description: misfit })

type Annotations = readonly { readonly type: string; readonly description?: string | undefined }[]

/** What a test said that the browser has refused. */
export const readMisfits = (annotations: Annotations): readonly string[] =>
  annotations.flatMap(({ type, description = '' }) => (type === MISFIT_ANNOTATION ? [description] : []))

interface Circumstances {
  readonly rootDir: string
  readonly dir: string
  readonly hasFailed: boolean
}

/** Formats a note as the description of an annotation. */
export function formatNote(cassette: OpenCassette, { rootDir, dir, hasFailed }: Circumstances): string {
  const { path, mode, isRecording, isExpired, summary, used, misses } = cassette
  const note: CassetteNote = {
    path: inRoot(rootDir, path),
    dir: inRoot(rootDir, resolve(dir)),
    mode,
    isRecording,
    hasFailed,
    isExpired,
    ...summary,
    used,
    misses: misses.length,
  }
  return JSON.stringify(note)
}

/** The last note among the annotations of a test, with absolute paths; `undefined` if there is none. */
export function readNote(annotations: Annotations, rootDir: string): CassetteNote | undefined {
  const description = annotations.findLast(({ type }) => type === CASSETTE_ANNOTATION)?.description
  if (description === undefined) return undefined
  const note: CassetteNote = JSON.parse(description)
  return { ...note, path: resolve(rootDir, note.path), dir: resolve(rootDir, note.dir) }
}

function inRoot(rootDir: string, path: string): string {
  const local = relative(rootDir, path)
  return local.startsWith(`..${sep}`) || isAbsolute(local) ? path : local.split(sep).join('/')
}
