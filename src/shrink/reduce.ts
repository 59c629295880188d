/** How {@link reduce} came to its end. */
export interface Reduction<Part> {
  /** What can go. */
  readonly removed: ReadonlySet<Part>
  /** Whether each part that is left was tried by itself, so that none of them can go alone. */
  readonly isMinimal: boolean
}

/** Judges what is left without `removed`. */
export type Judge<Part> = (removed: ReadonlySet<Part>) => Promise<boolean>

/**
 * Finds parts that can go, so that none of those left can go alone (delta debugging: Zeller and Hildebrandt, 2002).
 *
 * Everything is tried first, then halves, quarters and so on to single parts, from the end: what comes after a failure has least to do
 * with it. Stops after `patience` failed attempts in a row, or when `isOver`.
 */
export async function reduce<Part>(
  parts: readonly Part[],
  holds: Judge<Part>,
  { patience, isOver }: { readonly patience: number; readonly isOver: () => boolean },
): Promise<Reduction<Part>> {
  let removed: ReadonlySet<Part> = new Set<Part>()
  let inVain = 0
  const attempt = async (chunk: readonly Part[]): Promise<boolean> => {
    const wanted = new Set([...removed, ...chunk])
    const isSame = await holds(wanted)
    inVain = isSame ? 0 : inVain + 1
    if (isSame) removed = wanted
    return isSame
  }
  let left = parts
  for (let size = left.length; size >= 1; size = nextSize(size, left.length)) {
    const before = removed
    for (let end = left.length; end > 0; end -= size) {
      if (isOver() || inVain >= patience) return { removed, isMinimal: false }
      await attempt(left.slice(Math.max(0, end - size), end))
    }
    left = left.filter((part) => !removed.has(part))
    // What could not go alone may be able to once others have gone.
    if (size === 1 && removed === before) break
  }
  return { removed, isMinimal: !isOver() }
}

const nextSize = (size: number, left: number): number => Math.min(Math.ceil(size / 2), left)
