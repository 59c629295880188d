import { expect, test } from '../helpers/test.ts'
import { runFor } from '../../src/register/begin-run.ts'
import { spokenHosts } from '../../src/register/spoken-hosts.ts'

test.describe('hosts of a run', () => {
  test('are patterns, some with what is spoken there', () => {
    expect(spokenHosts(['*.example.com', 'db:5432=postgres', '[::1]:6379=redis'])).toEqual({
      hosts: ['*.example.com', 'db:5432', '[::1]:6379'],
      protocols: { 'db:5432': 'postgres', '[::1]:6379': 'redis' },
    })
  })

  test('come from the environment, too', () => {
    const run = runFor('/none.yaml', { WIRETAPE_HOSTS: 'localhost, localhost:5432=postgres' })
    expect(run).toMatchObject({ hosts: ['localhost', 'localhost:5432'], protocols: { 'localhost:5432': 'postgres' } })
  })

  for (const [text, reason] of [
    ['db:5432=oracle', 'is not one of postgres, mysql'],
    ['db=postgres', 'is not a host and a port'],
    ['*.example.com=redis', 'is not a host and a port'],
  ] as const)
    test(`${text} is refused`, () => {
      expect(() => spokenHosts([text])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
      expect(() => spokenHosts([text])).toThrow(reason)
    })
})
