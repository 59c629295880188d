import { expect, test } from '../helpers/test.ts'
import type { Fault } from '../../src/faults/fault.ts'
import { FaultPlan } from '../../src/faults/fault-plan.ts'
import { faultsBehind, spoil } from '../../src/faults/spoil.ts'
import type { Cue } from '../../src/interactions/cue.ts'
import { planOf, TORTURE_KINDS, type TortureKind } from '../../src/torture/plan.ts'

const segment = (text: string, at: number): Cue => ({
  after: undefined,
  action: { type: 'segment', bytes: Buffer.from(text) },
  at,
  wait: at,
})
const END: Cue = { after: undefined, action: { type: 'end' }, at: 3, wait: 3 }
const STEPS: readonly Cue[] = [segment('abc', 1), segment('de', 2), END]

/** Each cue as its time, what it brings, and how it stands apart. */
const shown = (cues: readonly Cue[]): readonly string[] =>
  cues.map(({ at, action, isApart, delay }) => {
    const what = action.type === 'segment' ? Buffer.from(action.bytes).toString('latin1') : `(${action.type})`
    return `${at} ${what}${isApart === true ? ' apart' : ''}${delay === undefined ? '' : ` +${delay}`}`
  })

const spoilt = (steps: readonly Cue[], ...faults: readonly Fault[]): readonly string[] => {
  const { cues, fallsSilent } = spoil(steps, faults)
  return [...shown(cues), ...(fallsSilent ? ['silence'] : [])]
}

test('each fault does this to an answer', () => {
  const whole = ['1 abc', '2 de', '3 (end)']
  // oxfmt-ignore
  const FAULTS: readonly (readonly [fault: Fault, spoilt: readonly string[]])[] = [
    [{ type: 'cut' },                         ['1 (end)']],
    [{ type: 'cut', at: 1 },                  ['1 a', '1 (end)']],
    [{ type: 'cut', at: 3 },                  ['1 abc', '1 (end)']],
    [{ type: 'cut', at: 5 },                  ['1 abc', '2 de', '2 (end)']],
    [{ type: 'cut', at: 6 },                  whole],
    [{ type: 'cut', at: -1 },                 ['1 abc', '2 d', '2 (end)']],
    [{ type: 'cut', at: -5 },                 ['1 (end)']],
    [{ type: 'cut', at: -6 },                 whole],
    [{ type: 'reset', at: 4 },                ['1 abc', '2 d', '2 (fail)']],
    [{ type: 'stall', at: 4 },                ['1 abc', '2 d', 'silence']],
    [{ type: 'stall', at: 5 },                ['1 abc', '2 de', 'silence']],
    [{ type: 'stall', at: 0 },                ['silence']],
    [{ type: 'split', at: 1 },                ['1 a', '1 bc apart', '2 de', '3 (end)']],
    [{ type: 'split', at: 3 },                ['1 abc', '2 de apart', '3 (end)']],
    [{ type: 'split', at: 5 },                ['1 abc', '2 de', '3 (end) apart']],
    [{ type: 'delay', at: 4, by: 7 },         ['1 abc', '2 d', '2 e apart +7', '3 (end)']],
    [{ type: 'delay', at: 0, by: 0 },         ['1 abc apart +0', '2 de', '3 (end)']],
    [{ type: 'corrupt', at: 0, value: 0x5a }, ['1 Zbc', '2 de', '3 (end)']],
    [{ type: 'corrupt', at: 2, xor: 0x20 },   ['1 abC', '2 de', '3 (end)']],
    [{ type: 'corrupt', at: 3, xor: 0x20 },   ['1 abc', '2 De', '3 (end)']],
    [{ type: 'corrupt', at: 4 },              ['1 abc', '2 d\u009a', '3 (end)']],
    [{ type: 'corrupt', at: 5 },              whole],
    [{ type: 'drop', at: 1, to: 4 },          ['1 a', '2 e', '3 (end)']],
    [{ type: 'drop', at: 4 },                 ['1 abc', '2 d', '3 (end)']],
    [{ type: 'drop', at: 2, to: 2 },          whole],
    [{ type: 'drop', at: 2, to: 1 },          whole],
    [{ type: 'drop', to: -1 },                ['2 e', '3 (end)']],
    [{ type: 'duplicate', at: 2, to: 4 },     ['1 ab', '1 c', '2 d', '1 c', '2 d', '2 e', '3 (end)']],
    [{ type: 'duplicate' },                   ['1 abc', '2 de', '1 abc', '2 de', '3 (end)']],
  ]
  for (const [fault, wanted] of FAULTS) expect([fault, spoilt(STEPS, fault)]).toEqual([fault, wanted])
  expect(spoilt([], { type: 'cut' })).toEqual([])
  expect(spoilt(STEPS, { type: 'delay', at: 3, by: 1 }, { type: 'delay', at: 3, by: 2 })).toEqual([
    '1 abc',
    '2 de apart +3',
    '3 (end)',
  ])
  expect(spoilt(STEPS, { type: 'delay', at: 3, by: 1 }, { type: 'split', at: 4 })).toEqual([
    '1 abc',
    '2 d apart +1',
    '2 e apart',
    '3 (end)',
  ])
  expect(spoilt(STEPS, { type: 'drop', at: 0, to: 3 }, { type: 'cut', at: 1 })).toEqual(['2 d', '2 (end)'])
  expect(spoil(STEPS, [{ type: 'reset' }]).cues[0]?.action).toEqual({
    type: 'fail',
    failure: { code: 'CONNECTION_LOST', phase: 'open', systemCode: 'ECONNRESET', message: 'read ECONNRESET' },
  })
  expect(shown(STEPS)).toEqual(whole)
})

test('faults that lie after an answer count from its end', () => {
  const faults: readonly Fault[] = [
    { type: 'cut', at: 4 },
    { type: 'cut', at: 5 },
    { type: 'drop', at: 7, to: 9 },
    { type: 'drop', at: 7, to: -1 },
    { type: 'drop', at: 7, to: 0 },
    { type: 'duplicate', at: 6 },
    { type: 'stall' },
    { type: 'stall', at: -1 },
  ]
  expect(faultsBehind(STEPS, faults)).toEqual([
    { type: 'cut', at: 0 },
    { type: 'drop', at: 2, to: 4 },
    { type: 'drop', at: 2, to: -1 },
    { type: 'drop', at: 2, to: 0 },
    { type: 'duplicate', at: 1 },
  ])
})

test('a plan knows what is in it, and picks answers and plays', async () => {
  const plan = new FaultPlan([{ type: 'cut', at: 1, on: [0, 2], times: 2 }])
  expect(shown(plan.connection(0, STEPS, 0).cues)).toEqual(['1 abc', '2 de', '3 (end)'])
  await plan.load()
  const cut = (index: number, plays: number): boolean => plan.connection(index, STEPS, plays).cues.length === 2
  expect([cut(0, 0), cut(0, 1), cut(0, 2), cut(1, 0), cut(2, 1)]).toEqual([true, true, false, false, true])
  expect([plan.isEmpty, plan.hasDelays, plan.needsInteractions]).toEqual([false, false, false])
  expect(new FaultPlan([]).isEmpty).toBe(true)
  expect(new FaultPlan([{ type: 'cut' }, { type: 'delay', by: 1 }]).hasDelays).toBe(true)
  const byFunction = new FaultPlan([{ type: 'cut', on: () => true }])
  await byFunction.load()
  expect([byFunction.needsInteractions, byFunction.connection(0, STEPS, 0).cues.length]).toEqual([true, 3])
  const always = new FaultPlan([{ type: 'cut', at: 1 }])
  await always.load()
  expect(always.connection(7, STEPS, 99).cues).toHaveLength(2)
})

const refusal = (fault: object): string | undefined => {
  try {
    const plan = new FaultPlan([Object.assign({ type: 'cut' as const }, fault)])
    return plan.isEmpty ? 'it is empty' : undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const invalid = (rule: string, fault: object): string =>
  `an option has an invalid value: faults: ${rule}: ${JSON.stringify({ type: 'cut', ...fault })}`

test('what is no fault is refused, in full words', () => {
  for (const type of ['cut', 'reset', 'stall', 'split', 'corrupt', 'duplicate', 'drop'])
    expect(refusal({ type })).toBeUndefined()
  expect(refusal({ type: 'explode' })).toBe(
    'an option has an invalid value: faults has the type "explode"; known are cut, reset, stall, split, corrupt, delay, duplicate, drop',
  )
  for (const good of [
    { at: -1, times: 0 },
    { times: Infinity },
    { on: 1.5 },
    { on: [0, 1] },
    { type: 'drop', to: Infinity },
  ])
    expect(refusal(good)).toBeUndefined()
  const whole = 'at, to, times and on are whole numbers'
  for (const wrong of [{ at: 1.5 }, { at: '1' }, { times: 0.5 }, { on: [0.5] }, { type: 'drop', to: 1.5 }])
    expect(refusal(wrong)).toBe(invalid(whole, wrong))
  for (const by of [0, 1.5, 2_147_483_647]) expect(refusal({ type: 'delay', by })).toBeUndefined()
  for (const by of [-1, 2_147_483_648, undefined, '1x'])
    expect(refusal({ type: 'delay', by })).toBe(invalid('by is in milliseconds', { type: 'delay', by }))
  for (const good of [{ xor: 1 }, { xor: 255 }, { value: 0 }, { value: 255 }])
    expect(refusal({ type: 'corrupt', ...good })).toBeUndefined()
  for (const wrong of [{ xor: 0 }, { xor: 256 }, { xor: -1 }, { value: 256 }, { value: -1 }, { value: 1.5 }])
    expect(refusal({ type: 'corrupt', ...wrong })).toBe(
      invalid('xor is a byte from 1 to 255, value one from 0 to 255', { type: 'corrupt', ...wrong }),
    )
})

test.describe('a plan of torture', () => {
  const targets = [
    { index: 0, segments: [Buffer.from('a\nb'), Buffer.from('c')] },
    { index: 1, segments: [] },
    { index: 2, segments: [Buffer.from('d')] },
  ]
  const plan = (kinds: readonly TortureKind[], maxRuns: number, seed = 1) =>
    planOf(targets, { kinds: new Set(kinds), segmentations: ['bytewise', 'coalesced'], maxRuns, seed })

  test('has every place of every answer once, and the same for the same seed', () => {
    expect(TORTURE_KINDS).toEqual([
      'segmentation',
      'split',
      'cut',
      'reset',
      'stall',
      'delay',
      'corrupt',
      'duplicate',
      'drop',
    ])
    for (const [kind, first, second] of [
      ['split', 4, 1],
      ['cut', 5, 2],
      ['reset', 5, 2],
      ['stall', 4, 1],
      ['delay', 4, 1],
      ['corrupt', 4, 1],
      ['duplicate', 4, 1],
      ['drop', 4, 1],
    ] as const) {
      const { cases, possible } = plan([kind], 1000)
      expect([kind, possible]).toEqual([kind, (first + second) * 3])
      const alone = cases.filter(({ segmentation }) => segmentation === undefined).map(({ faults = [] }) => faults[0])
      expect(alone.map((fault) => `${fault?.type} ${String(fault?.on)} ${fault?.at}`).toSorted()).toEqual(
        [
          ...Array.from({ length: first }, (_, at) => `${kind} 0 ${at}`),
          ...Array.from({ length: second }, (_, at) => `${kind} 2 ${at}`),
        ].toSorted(),
      )
      expect(plan([kind], 1000).cases).toEqual(cases)
      if (kind === 'delay') expect(alone[0]).toMatchObject({ by: 1000 })
    }
  })

  test('begins with the segmentations, and keeps to its limit', () => {
    const { cases } = plan(['segmentation', 'cut'], 5)
    expect(cases).toHaveLength(5)
    expect(cases.slice(0, 2)).toEqual([{ segmentation: 'bytewise' }, { segmentation: 'coalesced' }])
    const answers = cases.slice(2).map(({ faults = [] }) => Number(faults[0]?.on))
    expect([new Set(answers.slice(0, 2)), answers[2] === answers[0]]).toEqual([new Set([0, 2]), true])
    expect(plan(['segmentation'], 1).cases).toEqual([{ segmentation: 'bytewise' }])
    expect(plan([], 10)).toEqual({ cases: [], possible: 0 })
    const all = plan(['cut'], 1000).cases
    expect(all).toHaveLength(21)
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(21)
    expect(plan(['cut'], 1000, 2).cases).not.toEqual(all)
  })
})
