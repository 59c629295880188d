/**
 * Whether a value looks drawn or counted anew for each request: a UUID, a long number, digits of hex or base64, a time.
 *
 * It says nothing of whether the value is secret.
 */
export function looksDrawn(value: string): boolean {
  if (TIME.test(value)) return true
  return value.split(/[\s,;=:]+/).some((part) => DRAWN.some((form) => form.test(part)))
}

const DRAWN: readonly RegExp[] = [
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  /^\d{8,}(?:\.\d+)?$/,
  /^(?=[^g-z]*\d)[0-9a-f-]{12,}$/i,
  /^(?=[^\d]*\d)(?=[^a-z]*[a-z])[\w+/.-]{20,}={0,2}$/i,
]

const TIME =
  /^(?:\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|\d{8}T\d{6}Z|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT)$/
