import { expect, test } from '../helpers/test.ts'
import { checkExpiryOptions } from '../../src/use/plan.ts'
import { inCi, RECORD_MODES, recordMode } from '../../src/use/record-mode.ts'
import { cassetteNameOf, cassetteOf, defaultDir, titlesOf } from '../../src/use/test-name.ts'

const messageOf = (act: () => unknown): unknown => {
  try {
    return act()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const unknown = (where: string, mode: string): string =>
  `an option has an invalid value: ${where}: "${mode}" is not one of none, once, new_episodes, all, update, passthrough, newEpisodes, rewrite`

test('a mode is that of the environment, of CI, of the option, or once', () => {
  // oxfmt-ignore
  const MODES: readonly (readonly [option: string | undefined, env: Readonly<Record<string, string>>, mode: string])[] = [
    [undefined,     {},                                        'once'],
    ['none',        {},                                        'none'],
    ['new_episodes', {},                                       'new_episodes'],
    ['newEpisodes', {},                                        'new_episodes'],
    ['all',         {},                                        'all'],
    ['update',      {},                                        'update'],
    ['rewrite',     {},                                        'update'],
    ['passthrough', {},                                        'passthrough'],
    ['all',         { CI: 'true' },                            'none'],
    ['all',         { CI: '1' },                               'none'],
    ['all',         { CI: '' },                                'all'],
    ['all',         { CI: '0' },                               'all'],
    ['all',         { CI: 'FALSE' },                           'all'],
    ['all',         { CI: 'no' },                              'none'],
    ['none',        { WIRETAPE_MODE: 'all', CI: 'true' },      'all'],
    ['none',        { WIRETAPE_MODE: '' },                     'none'],
    ['none',        { WIRETAPE_MODE: 'rewrite' },              'update'],
    ['often',       {},                                        unknown('mode', 'often')],
    ['often',       { CI: 'true' },                            'none'],
    ['toString',    {},                                        unknown('mode', 'toString')],
    [undefined,     { WIRETAPE_MODE: 'ONCE' },                 unknown('WIRETAPE_MODE', 'ONCE')],
  ]
  for (const [option, env, mode] of MODES)
    expect([option, env, messageOf(() => Reflect.apply(recordMode, undefined, [option, env]))]).toEqual([
      option,
      env,
      mode,
    ])
  expect([inCi({ CI: 'true' }), inCi({ CI: '0' }), inCi({})]).toEqual([', as CI is set', '', ''])
})

test('what each mode does is this table', () => {
  expect(Object.entries(RECORD_MODES).map(([mode, rules]) => [mode, ...Object.values(rules)].join(' '))).toEqual([
    'none replay fail false named',
    'once replay record true recorded anew',
    'new_episodes extend extend true kept',
    'all record record true recorded anew',
    'update record record false recorded anew',
    'passthrough pass pass false ignored',
  ])
})

const wrongAge = (age: unknown): string =>
  `an option has an invalid value: maxAge: not a number of milliseconds: ${String(age)}`

test('options of age are checked', () => {
  const wrongAct = 'an option has an invalid value: onExpiry: "x" is not one of warn, fail, rerecord'
  // oxfmt-ignore
  const OPTIONS: readonly (readonly [options: object, refusal: string | undefined])[] = [
    [{}, undefined], [{ maxAge: 0 }, undefined], [{ maxAge: Infinity }, undefined], [{ maxAge: 1.5, onExpiry: 'fail' }, undefined],
    [{ onExpiry: 'warn' }, undefined], [{ onExpiry: 'rerecord' }, undefined],
    [{ maxAge: -1 }, wrongAge(-1)], [{ maxAge: Number.NaN }, wrongAge(Number.NaN)], [{ maxAge: 'x' }, wrongAge('x')], [{ onExpiry: 'x' }, wrongAct],
  ]
  for (const [options, refusal] of OPTIONS)
    expect([options, messageOf(() => checkExpiryOptions(options))]).toEqual([options, refusal])
})

test('a test has a cassette of its own, by its titles', () => {
  // oxfmt-ignore
  const NAMES: readonly (readonly [title: string, name: string | RegExp])[] = [
    ['users',               'users'],
    ['lists 2 users',       'lists-2-users'],
    ['Users',               /^users-[0-9a-f]{10}$/],
    ['a  b',                /^a-b-[0-9a-f]{10}$/],
    ['GET /users?page=1',   /^get-users-page-1-[0-9a-f]{10}$/],
    ['-a-',                 /^a-[0-9a-f]{10}$/],
    ['\u00e9',              /^[0-9a-f]{10}$/],
    ['',                    /^[0-9a-f]{10}$/],
    ['con',                 /^con-[0-9a-f]{10}$/],
    ['lpt9',                /^lpt9-[0-9a-f]{10}$/],
    ['console',             'console'],
    ['x'.repeat(80),        'x'.repeat(80)],
    ['x'.repeat(81),        new RegExp(`^${'x'.repeat(80)}-[0-9a-f]{10}$`)],
    [`${'x'.repeat(79)} y`, new RegExp(`^${'x'.repeat(79)}-[0-9a-f]{10}$`)],
  ]
  for (const [title, name] of NAMES) {
    const found = cassetteNameOf([title])
    expect([title, typeof name === 'string' ? found : name.test(found) && name]).toEqual([title, name])
  }
  expect(cassetteNameOf(['a', 'b c'])).toBe('a/b-c')
  expect(cassetteNameOf(['GET /'])).toBe('get-c767025d0e')
  expect(cassetteNameOf(['A b'])).not.toBe(cassetteNameOf(['a B']))
  expect(defaultDir('/t/users.test.ts')).toBe('/t/users.test.ts-cassettes')
  expect(cassetteOf('/t/users.test.ts', ['a'])).toEqual({ dir: '/t/users.test.ts-cassettes', name: 'a' })
  expect([titlesOf('', ['a']), titlesOf('web', ['a'])]).toEqual([['a'], ['web', 'a']])
})
