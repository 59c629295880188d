/** Whether two values are surely the same to `toEqual`: plain data alone, where it need not be asked. */
export function isSame(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true
  if (!isObject(actual) || !isObject(expected)) return false
  if (isBytes(actual) && isBytes(expected))
    return actual.constructor === expected.constructor && Buffer.compare(actual, expected) === 0
  if (isList(actual) && isList(expected)) return isSameList(actual, expected, isSame)
  if (!isPlain(actual) || !isPlain(expected)) return false
  const keys = Object.keys(expected)
  return (
    Object.keys(actual).length === keys.length &&
    keys.every((key) => Object.hasOwn(actual, key) && isSame(actual[key], expected[key]))
  )
}

/** Whether a value surely holds what `toMatchObject` is given. */
export function isContained(actual: unknown, expected: unknown): boolean {
  if (isList(actual) && isList(expected)) return isSameList(actual, expected, isContained)
  if (!isObject(actual) || Array.isArray(actual) || !isPlain(expected)) return isSame(actual, expected)
  return Object.keys(expected).every((key) => key in actual && isContained(Reflect.get(actual, key), expected[key]))
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isBytes = (value: object): value is Uint8Array => value instanceof Uint8Array

/** An array without gaps, and without a name beside its places. */
const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && Object.keys(value).length === value.length

/** An object of names and values, and nothing else that a comparison would look at. */
const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  isObject(value) &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value)) &&
  Object.getOwnPropertySymbols(value).length === 0

const isSameList = (
  actual: readonly unknown[],
  expected: readonly unknown[],
  isSameItem: (actual: unknown, expected: unknown) => boolean,
): boolean => actual.length === expected.length && expected.every((item, index) => isSameItem(actual[index], item))
