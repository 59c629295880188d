/**
 * Cuts a cassette down to what a failure needs: the smallest one with which a function of yours still fails the same way.
 *
 * @packageDocumentation
 */
export {
  type Failing,
  type NeededPart,
  shrink,
  type Shrunk,
  type ShrinkOptions,
  type ShrinkProgress,
  type ShrinkSize,
} from '../shrink/shrink.ts'
export { bugReport, type BugReportOptions } from '../shrink/bug-report.ts'
export { originalPath, restoreOriginal, type StandIn, standIn } from '../store/stand-in.ts'
export type { PartPlace } from '../shrink/parts.ts'
