import { parseJson, withoutPaths } from '../content/json-content.ts'
import type { JsonPath } from '../content/json-path.ts'
import { canonicalText } from '../content/normal-form.ts'

/** JSON in a canonical form, with members sorted; `undefined` for a body that is not JSON. */
export function canonicalJson(body: Uint8Array, ignored: readonly JsonPath[] = []): string | undefined {
  const value = parseJson(Buffer.from(body.buffer, body.byteOffset, body.length).latin1Slice(0, body.length))
  return value === undefined ? undefined : canonicalText(withoutPaths(value, ignored))
}
