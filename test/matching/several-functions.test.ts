import { expect, test } from '../helpers/test.ts'
import type { CustomMatcher } from '../../src/matching/match-on.ts'
import { player, recordingOf, requestOf } from './own-client.ts'

const yes: CustomMatcher = () => true
const no: CustomMatcher = () => 'not today'

// oxfmt-ignore
const LISTS: readonly (readonly [what: string, functions: readonly CustomMatcher[], isAnswered: boolean])[] = [
  ['none', [], true],
  ['one that agrees', [yes], true],
  ['one that does not', [no], false],
  ['two that agree', [yes, yes], true],
  ['two, of which the first does not', [no, yes], false],
  ['two, of which the last does not', [yes, no], false],
]

for (const [what, functions, isAnswered] of LISTS)
  test(`all functions must agree: ${what}`, () => {
    const asked = requestOf('GET /')
    expect(player(recordingOf([asked]), ['method', 'url', ...functions])(asked)).toBe(isAnswered ? 0 : undefined)
  })
