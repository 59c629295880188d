/** What `work` has to say of each item; `undefined` is nothing. So many are under way at a time. */
export async function inParallel<Item, Result>(
  width: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result | undefined>,
): Promise<Result[]> {
  const said: Result[] = []
  const left = items[Symbol.iterator]()
  const take = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const result = await work(next.value)
      if (result !== undefined) said.push(result)
    }
  }
  await Promise.all(Array.from({ length: width }, take))
  return said
}
