import { expect, test } from '../helpers/test.ts'
import { CassetteError } from '../../src/errors.ts'
import { isOfInput, Losses } from '../../src/store/losses.ts'

const disk = Object.assign(new Error('ENOSPC: no space left'), { syscall: 'write' })
const unfaithful = (cause: unknown): CassetteError => new CassetteError('CASSETTE_UNFAITHFUL', '', {}, { cause })

test('nothing is lost at first', () => {
  const losses = new Losses()
  expect([losses.lost, losses.hasAny]).toEqual([0, false])
})

test('records after the first that was lost are counted, and the first reason is told', () => {
  const losses = new Losses()
  losses.begin(disk)
  expect([losses.lost, losses.hasAny]).toEqual([1, true])
  losses.addRecord()
  losses.addRecord()
  expect(losses.lost).toBe(3)
  const error = losses.error('a.yaml', 4)
  expect(error).toMatchObject({ code: 'RECORDING_LOST', cause: disk })
  expect(error.message).toContain('3 of 7 records, as of this: ENOSPC: no space left; the 4 before are in')
  expect(losses.error('a.yaml', 0).message).not.toContain('before are in')
})

test('of bytes that were lost the first three places are named, and all are counted', () => {
  const losses = new Losses()
  const first = new Error('reason 1')
  losses.addBytes('place 1', first)
  expect([losses.lost, losses.hasAny]).toEqual([0, true])
  losses.addBytes('place 2', 'reason 2')
  for (const n of [3, 4]) losses.addBytes(`place ${n}`, new Error(`reason ${n}`))
  const error = losses.error('a.yaml', 9)
  expect(error).toMatchObject({ code: 'RECORDING_LOST', cause: first })
  expect(error.message).toContain(
    'the bytes of place 1: reason 1; the bytes of place 2: reason 2; the bytes of place 3: reason 3; 4 in all',
  )
})

test('another record can succeed after what was recorded made one fail, not after the system did', () => {
  expect(isOfInput(new RangeError('too deep'))).toBe(true)
  expect(isOfInput('a word')).toBe(true)
  expect(isOfInput(unfaithful(new Error('a word')))).toBe(true)
  expect(isOfInput(disk)).toBe(false)
  expect(isOfInput(unfaithful(disk))).toBe(false)
  expect(isOfInput(new CassetteError('CASSETTE_TOO_LARGE', '', {}))).toBe(false)
})
