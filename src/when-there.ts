/** Goes on with a value at once if it is there, or when it is. */
export function whenThere<Value, Next>(
  value: Value | Promise<Value>,
  use: (value: Value) => Next,
): Next | Promise<Next> {
  return value instanceof Promise ? value.then(use) : use(value)
}
