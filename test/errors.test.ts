import { expect, test } from './helpers/test.ts'
import { closedByThisSide } from '../src/errors.ts'

test('what waits for a connection that is closed gets an error without a stack, and others keep theirs', () => {
  const { stackTraceLimit } = Error
  const error = closedByThisSide()
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', phase: 'open', detail: 'by this side' })
  expect(error.stack?.includes('\n    at ')).toBe(false)
  expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  expect(new Error('next').stack).toContain('errors.test.ts')
})
