import { expect, test } from '../helpers/test.ts'
import { printedRequest } from '../../src/report/printed-request.ts'

for (const [line, printed] of [
  ['GET http://h/?api_key=SECRET', 'GET http://h/?api_key=******'],
  ['GET http://h/?a=1&token=abc&b=2', 'GET http://h/?a=1&token=***&b=2'],
  ['GET http://h/\x1b[31m', String.raw`GET http://h/\x1b[31m`],
  ['GET http://h/users?page=2', 'GET http://h/users?page=2'],
] as const)
  test(`${JSON.stringify(line)} is printed as ${printed}`, () => expect(printedRequest(line)).toBe(printed))
