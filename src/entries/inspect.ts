/**
 * What can be said about cassettes: what is wrong with them, how two of them differ, and which of them nobody plays.
 *
 * ```ts
 * import { checkCassettes } from 'wiretape/inspect'
 *
 * const { findings } = await checkCassettes(['cassettes'])
 * for (const { file, code, detail } of findings) console.log(file, code, detail)
 * ```
 *
 * @packageDocumentation
 */
export { checkCassettes, type CheckOptions, type CheckReport, countFindings } from '../inspection/check-cassettes.ts'
export type {
  BytesChange,
  BytesExcerpt,
  Change,
  HeaderChange,
  JsonChange,
  LineHunk,
  LinesChange,
  ValueChange,
} from '../inspection/content-changes.ts'
export {
  type CassetteDiff,
  type ConnectionDiff,
  diffCassettes,
  type DiffOptions,
  type InteractionDiff,
  withoutVolatile,
} from '../inspection/diff-cassettes.ts'
export { type Extract, extractInteractions, type InteractionFilter } from '../inspection/extract-interactions.ts'
export { type FileRemark, fixCassettes, type FixReport } from '../inspection/fix-cassettes.ts'
export {
  type BranchMerge,
  type Merge,
  mergeBranches,
  mergeCassettes,
  type MergeOptions,
  type Renaming,
} from '../inspection/merge-cassettes.ts'
export { findCassettes, type FoundFiles } from '../inspection/find-cassettes.ts'
export { type Finding, type FindingCode, FINDINGS, type Severity } from '../inspection/findings.ts'
export {
  formatCassette,
  type FormatOptions,
  type FormatReport,
  type PlacedRemark,
} from '../inspection/format-cassette.ts'
export { type KeptValue, keptValues } from '../inspection/kept-values.ts'
export { formatPlayed, parsePlayedList, type PlayedCassette } from '../inspection/played-list.ts'
export { type FileRedaction, redactFile, type RedactFileOptions } from '../inspection/redact-file.ts'
