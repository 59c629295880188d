import { InvalidArgumentError } from 'commander'
import { expect, test } from '../helpers/test.ts'
import { collect, parseClients, parsePort, parseStatus } from '../../src/cli/serve/options.ts'
import {
  parseFault,
  parseMatchOn,
  parseMode,
  parseSegmentation,
  parseTiming,
} from '../../src/cli/serve/play-options.ts'
import { parseTimeout } from '../../src/console/timeout.ts'

type Parse = (text: string) => unknown

/** What each option takes, and what becomes of it; and what it does not take. */
// oxfmt-ignore
const OPTIONS: readonly (readonly [name: string, parse: Parse, taken: readonly (readonly [string, unknown])[], refused: readonly string[]])[] = [
  ['--port', parsePort, [['0', 0], ['80', 80], ['65535', 65_535]], ['65536', '-1', '', '1.5', '1e3', 'x', ' 1']],
  ['--miss-status', parseStatus, [['400', 400], ['499', 499], ['599', 599]], ['399', '600', '40', '4000', 'x', '']],
  ['--max-clients', parseClients, [['1', 1], ['4096', 4096]], ['0', '-1', '1.5', 'x', '']],
  ['--timeout', parseTimeout, [['1', 1], ['2147483647', 2_147_483_647]], ['0', '-1', '2147483648', '1.5', 'x', '']],
  ['--mode', parseMode,
    [['none', 'none'], ['once', 'once'], ['new_episodes', 'new_episodes'], ['all', 'all'], ['update', 'update'], ['passthrough', 'passthrough'], ['newEpisodes', 'new_episodes'], ['rewrite', 'update']],
    ['', 'nones', 'Once', 'record', 'toString']],
  ['--timing', parseTiming, [['instant', 'instant'], ['recorded', 'recorded'], ['0', 0], ['0.5', 0.5], ['3', 3]], ['-1', 'Infinity', 'x', '', ' ', 'NaN']],
  ['--segmentation', parseSegmentation,
    [['recorded', 'recorded'], ['coalesced', 'coalesced'], ['boundaries', 'boundaries'], ['bytewise', 'bytewise'], ['seed=42', { seed: 42 }], ['seed=-7', { seed: -7 }], ['seed=999999999999999', { seed: 999_999_999_999_999 }]],
    ['seed', 'seed=', 'seed=x', 'seed=1000000000000000', 'xseed=1', 'Recorded', '']],
  ['--match-on', parseMatchOn,
    [['bytes', 'bytes'], ['method', ['method']],
      ['method,url,scheme,host,port,path,query,headers,body', ['method', 'url', 'scheme', 'host', 'port', 'path', 'query', 'headers', 'body']],
      ['["method",{"body":{"ignore":["$.id"]}}]', ['method', { body: { ignore: ['$.id'] } }]]],
    ['', 'moon', 'method,', 'method,bytes', 'method, url', '[', '["method"']],
]

for (const [name, parse, taken, refused] of OPTIONS)
  test(`${name} takes what it means, and nothing else`, () => {
    for (const [text, value] of taken) expect([text, parse(text)]).toEqual([text, value])
    for (const text of refused) expect(() => parse(text), JSON.stringify(text)).toThrow(InvalidArgumentError)
  })

test('--fault takes a type and its numbers, one after the other or as JSON', () => {
  const none = { on: undefined, at: undefined, times: undefined }
  for (const [text, fault] of [
    ['cut', { type: 'cut', ...none }],
    ['reset,at=120,on=1', { type: 'reset', ...none, at: 120, on: [1] }],
    ['stall,at=-2, times=3', { type: 'stall', ...none, at: -2, times: 3 }],
    ['split,on=1,on=4,at=1,at=2', { type: 'split', ...none, on: [1, 4], at: 2 }],
    ['corrupt,at=1,xor=255,value=7', { type: 'corrupt', ...none, at: 1, xor: 255, value: 7 }],
    ['delay', { type: 'delay', ...none, by: 0 }],
    ['delay,by=30', { type: 'delay', ...none, by: 30 }],
    ['duplicate,at=1,to=5', { type: 'duplicate', ...none, at: 1, to: 5 }],
    ['drop,to=5', { type: 'drop', ...none, to: 5 }],
    ['{"type":"reset","on":[1,2],"at":-4}', { type: 'reset', ...none, on: [1, 2], at: -4 }],
  ] as const)
    expect([text, parseFault(text)]).toEqual([text, [fault]])
  const [first] = parseFault('cut')
  expect(parseFault('drop', parseFault('cut'))).toEqual([first, parseFault('drop')[0]])
})

test('--fault takes nothing else', () => {
  for (const text of [
    '',
    'explode',
    'cut,at',
    'cut,at=x',
    'cut,at=1.5',
    'cut,where=1',
    'cut,AT=1',
    'at=1',
    '{',
    '{"at":1}',
    'null',
  ])
    expect(() => parseFault(text), text).toThrow(InvalidArgumentError)
})

test('an option that may be repeated keeps all of its values, in their order', () => {
  expect(collect('b', collect('a'))).toEqual(['a', 'b'])
})
