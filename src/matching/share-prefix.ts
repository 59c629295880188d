import { boundaryOf } from '../content/multipart.ts'
import { latin1 } from '../content/content-form.ts'
import { mediaTypeOf } from '../content/media-type.ts'
import { valueOf } from '../content/codings.ts'
import type { WireRequest } from '../interactions/request-reader.ts'

/** Whether one content begins with the other, as far as both have come; of multipart ones the boundaries do not count. */
export function sharePrefix(left: WireRequest, right: WireRequest): boolean {
  if (left.bodyLength === 0 || right.bodyLength === 0) return true
  const [ours, theirs] = [ownBoundary(left), ownBoundary(right)]
  if (ours === undefined || theirs === undefined || ours === theirs) return beginAlike(left.body, right.body)
  return beginAlike(unbounded(left, ours), unbounded(right, theirs))
}

const ownBoundary = ({ fields }: WireRequest): string | undefined =>
  boundaryOf(mediaTypeOf(valueOf(fields, 'content-type')))

/** The end of what came may be the beginning of a boundary. */
const unbounded = ({ body }: WireRequest, boundary: string): Buffer =>
  Buffer.from(latin1(body.subarray(0, Math.max(body.length - boundary.length, 0))).replaceAll(boundary, '\0'))

function beginAlike(left: Uint8Array, right: Uint8Array): boolean {
  const length = Math.min(left.length, right.length)
  return Buffer.compare(left.subarray(0, length), right.subarray(0, length)) === 0
}
