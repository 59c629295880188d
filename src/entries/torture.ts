/**
 * Plays a recorded conversation again and again with another thing going wrong each time, and reports what a client does about it.
 *
 * @packageDocumentation
 */
export type { TortureCase, TortureKind } from '../torture/plan.ts'
export type { Scenario, TortureWorld } from '../torture/run.ts'
export {
  torture,
  type TortureFinding,
  type TortureOptions,
  type TortureProgress,
  type TortureReport,
  type TortureVerdict,
} from '../torture/torture.ts'
