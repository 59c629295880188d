import { expect, test } from '../helpers/test.ts'
import { formatTarget, targetOf } from '../../src/proxy/target.ts'

const TARGETS: readonly (readonly [authority: string, host: string, port: number, written?: string])[] = [
  ['api.test:443', 'api.test', 443],
  ['API.Test.:443', 'api.test', 443, 'api.test:443'],
  ['10.0.0.1:1', '10.0.0.1', 1],
  ['[::1]:65535', '::1', 65_535],
  ['[FE80::A]:80', 'fe80::a', 80, '[fe80::a]:80'],
]

for (const [authority, host, port, written = authority] of TARGETS)
  test(`the target of ${authority}`, () => {
    const target = targetOf(authority)
    expect(target).toEqual({ host, port })
    expect(target && formatTarget(target)).toBe(written)
  })

for (const authority of [
  'api.test',
  'api.test:',
  'api.test:0',
  'api.test:65536',
  'api.test:123456',
  'api.test:8x',
  ':443',
  '.:443',
  '*.api.test:443',
  'a b:443',
  'me@api.test:443',
  '::1:443',
  '[10.0.0.1]:443',
  '[::1',
  '[]:443',
])
  test(`no target is ${authority}`, () => expect(targetOf(authority)).toBeUndefined())
