import { expect, test } from '../helpers/test.ts'
import { ObjectAround } from '../../src/content/json-strings.ts'

/** The object around the `@` of a text, which is taken out. */
function around(marked: string): ObjectAround {
  const at = marked.indexOf('@')
  return new ObjectAround(marked.replace('@', ''), at)
}

// oxfmt-ignore
const OBJECTS: readonly (readonly [text: string, source: string, name: string | undefined, members: Readonly<Record<string, string>>])[] = [
  ['{"a":"b",@"c":1}', '{"a":"b","c":1', undefined, { a: 'b' }],
  ['{"x":{"a":"b",@"c":"d"},"e":"f"}', '{"a":"b","c":"d"', 'x', { a: 'b', c: 'd' }],
  ['{"x":[{"a":"b"},{"c":@"d"}]}', '{"c":"d"', 'x', { c: 'd' }],
  ['{"x" : [ {"a": "b", @"n": {"deep": "no"}, "l": ["no"], "z": "y"} ] }', '{"a": "b", "n": {"deep": "no"}, "l": ["no"], "z": "y"', 'x', { a: 'b', z: 'y' }],
  // Braces and quotes in texts are none.
  ['{"x\\"y":{"a":"}{\\"","b\\\\":"\\\\",@"c":1}}', '{"a":"}{\\"","b\\\\":"\\\\","c":1', 'x\\"y', { a: '}{\\"', 'b\\\\': '\\\\' }],
  ['{"o":{"a":[1,{"b":2}],@"c":"d"}}', '{"a":[1,{"b":2}],"c":"d"', 'o', { c: 'd' }],
  // Without an opening brace nearby: from the first member that is there.
  ['}, "a":"b",@"c":"d"', ' "a":"b","c":"d"', undefined, { a: 'b', c: 'd' }],
  ['[{"a":@"b"}]', '{"a":"b"', undefined, { a: 'b' }],
  // The name of the array that it is in, and not of one around that.
  ['{"x":[[{"a":@"b"}]]}', '{"a":"b"', undefined, { a: 'b' }],
  ['{"x" :\n[ {"k":"v"} , {"a":@"b"}]}', '{"a":"b"', 'x', { a: 'b' }],
  ['{"x":[1,{"b":{}},[2,[3]],{"a":@"b"}]}', '{"a":"b"', 'x', { a: 'b' }],
  ['{"y":1,"x":[{"a":@"b"}]}', '{"a":"b"', 'x', { a: 'b' }],
  ['{"x":{"a":@"b"}}', '{"a":"b"', 'x', { a: 'b' }],
  ['{"x":{@"a":"b"}}', '{"a":"b"', 'x', { a: 'b' }],
  ['{"x":{"y":1}@,"a":"b"}', '{"x":{"y":1},"a":"b"', undefined, { a: 'b' }],
  ['{"x":[1]@,"a":"b"}', '{"x":[1],"a":"b"', undefined, { a: 'b' }],
  ['{"a":"{"@,"c":"d"}', '{"a":"{","c":"d"', undefined, { a: '{', c: 'd' }],
  ['{"x\\"":{"a":@"b"}}', '{"a":"b"', 'x\\"', { a: 'b' }],
  ['{"x"y:{"a":@"b"}}', '{"a":"b"', undefined, { a: 'b' }],
  ['{"":{"a":@"b"}}', '{"a":"b"', '', { a: 'b' }],
  // Only texts that stand under a name are members; the last one of a name counts.
  ['{"n":1,"t":true,"a":"b",@"a":"c"}', '{"n":1,"t":true,"a":"b","a":"c"', undefined, { a: 'c' }],
  ['{"n":1,"alone",@"a":"b"}', '{"n":1,"alone","a":"b"', undefined, { a: 'b' }],
  ['["x",@"y"]', '["x","y"', undefined, {}],
  ['{"l":["x","y"],@"a":"b"}', '{"l":["x","y"],"a":"b"', undefined, { a: 'b' }],
  ['{"a":@"b"', '{"a":"b"', undefined, { a: 'b' }],
  ['{"a":@"b', '{"a":"b', undefined, { a: 'b' }],
  ['{@}', '{', undefined, {}],
]

for (const [text, source, name, members] of OBJECTS)
  test(`the object around a place of ${text}`, () => {
    const object = around(text)
    expect(object.source).toBe(source)
    expect(object.name).toBe(name)
    expect(Object.fromEntries(object.members())).toEqual(members)
  })

test('the object around an object', () => {
  const { outer } = around('{"k":"v","x":{"a":@"b"},"y":"z"}')
  expect(outer.source).toBe('{"k":"v","x":{"a":"b"},"y":"z"')
  expect(Object.fromEntries(outer.members())).toEqual({ k: 'v', y: 'z' })
})
