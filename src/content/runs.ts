/** A range of a text. */
export interface Run {
  readonly start: number
  readonly end: number
}

const SHORTEST_RUN = 16

/** Ranges of at least 16 characters of base64, base64url or hex, padding included. Most characters are skipped. */
export function longRuns(text: string): Run[] {
  const runs: Run[] = []
  for (let i = SHORTEST_RUN - 1; i < text.length;) {
    if (RUN_CHARS[text.charCodeAt(i)] !== 1) {
      i += SHORTEST_RUN
      continue
    }
    // The run around `i` begins after the last character that is not base64, which the leaps have not passed.
    let start = i
    while (start > 0 && RUN_CHARS[text.charCodeAt(start - 1)] === 1) start -= 1
    let end = i + 1
    while (end < text.length && RUN_CHARS[text.charCodeAt(end)] === 1) end += 1
    const next = end
    while (end - next < 2 && text[end] === '=') end += 1
    if (next - start >= SHORTEST_RUN) runs.push({ start, end })
    i = next + SHORTEST_RUN
  }
  return runs
}

const RUN_CHARS = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code))),
)

/** Runs that continue over several lines, as in MIME and PEM. */
export function wrappedRuns(text: string, runs: readonly Run[]): Run[] {
  const wrapped: Run[] = []
  let open: { start: number; end: number; lines: number } | undefined
  const close = (): void => {
    if (open === undefined) return
    // The last line may be too short to be a run.
    const tail =
      /^\r?\n[A-Za-z0-9+/]{1,15}={0,2}(?![A-Za-z0-9+/=])/.exec(text.slice(open.end, open.end + 24))?.[0].length ?? 0
    if (open.lines > 1 || tail > 0) wrapped.push({ start: open.start, end: open.end + tail })
  }
  for (const { start, end } of runs) {
    const gap = open === undefined ? '' : text.slice(open.end, Math.min(start, open.end + 3))
    if (open !== undefined && (gap === '\n' || gap === '\r\n')) {
      open.end = end
      open.lines += 1
    } else {
      close()
      open = { start, end, lines: 1 }
    }
  }
  close()
  return wrapped
}
