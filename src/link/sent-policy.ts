import { type Policy, policyOf } from '../intercept/policy.ts'

/** Which connections a test takes, for another process. */
export interface SentPolicy {
  /** For people: the titles of the test. */
  readonly title: string
  readonly hosts: readonly SentPattern[]
  readonly ignoreHosts: readonly SentPattern[]
  readonly replays: boolean
}

/** Text, or the source and flags of a regular expression. */
type SentPattern = string | { readonly source: string; readonly flags: string }

export const toSentPatterns = (patterns: readonly (string | RegExp)[]): readonly SentPattern[] =>
  patterns.map((pattern) => (typeof pattern === 'string' ? pattern : { source: pattern.source, flags: pattern.flags }))

export const toPolicy = ({ hosts, ignoreHosts, replays }: SentPolicy): Policy =>
  policyOf({ hosts: hosts.map(toPattern), ignoreHosts: ignoreHosts.map(toPattern), replays: () => replays })

const toPattern = (sent: SentPattern): string | RegExp =>
  typeof sent === 'string' ? sent : new RegExp(sent.source, sent.flags)
