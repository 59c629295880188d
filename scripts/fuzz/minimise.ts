import type { Input } from './input.ts'

type Test = (input: Input) => boolean

/**
 * A small input for which `holds` is still true: first removes whole lines, then bytes, then simplifies unusual bytes.
 *
 * Lines and bytes are removed in runs that are halved until they are tried one by one (delta debugging, Zeller 1999).
 */
export function minimise(input: Input, holds: Test): Input {
  let smallest = input
  for (let before: Input | undefined; smallest !== before;) {
    before = smallest
    smallest = withFewerOptions(smallest, holds)
    smallest = withFewerParts(smallest, /[^\n]*\n|[^\n]+/g, holds)
    smallest = withFewerParts(smallest, /[^]/g, holds)
    smallest = withPlainBytes(smallest, holds)
  }
  return smallest
}

function withFewerOptions(input: Input, holds: Test): Input {
  return simplerOptions(input).find(holds) ?? input
}

function simplerOptions(input: Input): Input[] {
  const { to, eof, limits, lenient } = input
  const simpler: Input[] = []
  for (const [name, isOn] of Object.entries(lenient)) {
    if (isOn) simpler.push({ ...input, lenient: { ...lenient, [name]: false } })
  }
  for (const name of Object.keys(limits)) {
    simpler.push({ ...input, limits: Object.fromEntries(Object.entries(limits).filter(([other]) => other !== name)) })
  }
  if (eof) simpler.push({ ...input, eof: false })
  if (to !== undefined && to.length > 0) simpler.push({ ...input, to: to.slice(0, -1) }, { ...input, to: to.slice(1) })
  if (to?.some((method) => method !== 'GET') === true) simpler.push({ ...input, to: to.map(() => 'GET') })
  return simpler
}

function withFewerParts(input: Input, part: RegExp, holds: Test): Input {
  let fewest = input
  let parts: readonly string[] = input.bytes.toString('latin1').match(part) ?? []
  for (let run = Math.ceil(parts.length / 2); run > 0; run = Math.floor(run / 2)) {
    for (let at = 0; at < parts.length;) {
      const fewer = parts.toSpliced(at, run)
      const candidate = { ...fewest, bytes: Buffer.from(fewer.join(''), 'latin1') }
      if (holds(candidate)) {
        fewest = candidate
        parts = fewer
      } else {
        at += run
      }
    }
  }
  return fewest
}

function withPlainBytes(input: Input, holds: Test): Input {
  let plainest = input
  for (const [at, byte] of input.bytes.entries()) {
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a) continue
    const bytes = Buffer.from(plainest.bytes)
    bytes[at] = 0x61
    const candidate = { ...plainest, bytes }
    if (holds(candidate)) plainest = candidate
  }
  return plainest
}
