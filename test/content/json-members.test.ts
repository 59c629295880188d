import { expect, test } from '../helpers/test.ts'
import { JsonMembers } from '../../src/content/json-members.ts'

test('a name of JSON is not taken for another one with the same low bytes', () => {
  const members = new JsonMembers((name) => name === 'password')
  const [member, ...others] = members.in('{"p\u0161ssword":"hello","password":"correct-horse-battery"}')
  expect(member).toMatchObject({ name: 'password' })
  expect(others).toEqual([])
})
