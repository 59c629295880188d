import type { Disguised } from '../content/placeholders.ts'
import { RequestReader, type WireRequest } from '../interactions/request-reader.ts'
import { type FoundPlaceholder, placeholdersIn, placeholdersInHead, placeholdersInMessage } from './placeholders-in.ts'

/** Refuses what stands in bytes on their way out, by throwing. */
export type Refuse = (found: FoundPlaceholder, request: WireRequest | undefined) => void

/**
 * What a client writes to a live server, held back until it has been searched.
 *
 * A head is held until it is whole. A body is held until it is whole if its length is announced and not long; otherwise each piece of it is searched
 * before it goes, and the whole before its last piece goes.
 */
export class HeldRequests {
  readonly #reader: RequestReader
  readonly #refuse: Refuse
  readonly #disguised: (text: string) => Disguised | undefined
  #held: Uint8Array[] = []
  /** Offset of the first byte that is held, and of the first that has not been written. */
  #sent = 0
  #written = 0
  #headEnd = 0
  /** The end of what went out of a body, as a placeholder may be cut. */
  #carry = ''
  #isRaw = false

  /** @param disguised what stands for secrets and does not show it, where a text may hold such a thing. */
  constructor(origin: string, refuse: Refuse, disguised: (text: string) => Disguised | undefined = () => undefined) {
    this.#disguised = disguised
    this.#reader = new RequestReader(origin)
    this.#refuse = refuse
  }

  /** Takes what the client wrote, and gives what may go. @throws what `refuse` throws. */
  push(bytes: Uint8Array): Uint8Array {
    this.#held.push(new Uint8Array(bytes))
    this.#written += bytes.length
    if (!this.#isRaw) this.#read(bytes)
    if (this.#reader.isLost || (this.#reader.request?.bodyLength ?? 0) > MOST_READ) this.#isRaw = true
    if (this.#isRaw) this.#searchPiece(latin1(bytes))
    return this.#release(this.#isRaw ? this.#written : this.#searched)
  }

  /** Gives what is held, though it is not whole. */
  rest(): Uint8Array {
    this.#searchPiece(latin1(Buffer.concat(this.#held)))
    return this.#release(this.#written)
  }

  #read(bytes: Uint8Array): void {
    this.#reader.push(new Uint8Array(bytes))
    for (let event = this.#reader.next(); event !== undefined; event = this.#reader.next()) {
      const { request } = this.#reader
      if (request === undefined) continue
      if (event.type === 'request-head') {
        this.#headEnd = event.end
        this.#carry = ''
        this.#refuseAll(placeholdersInHead(request, this.#disguised(latin1(request.raw))))
      } else if (event.type === 'data' && !isHeldWhole(request)) this.#searchPiece(latin1(event.bytes))
      else if (event.type === 'end-of-message')
        this.#refuseAll(placeholdersInMessage(request, this.#disguised(latin1(request.raw))))
    }
  }

  /** Up to where everything has been searched. */
  get #searched(): number {
    const { request, hasBegunNext, unread } = this.#reader
    if (hasBegunNext || request === undefined) return this.#written - unread.length
    if (request.isComplete || !isHeldWhole(request)) return this.#written
    // A client that expects 100 Continue sends the body when the server has seen the head.
    return expectsContinue(request) ? this.#headEnd : request.start
  }

  #searchPiece(text: string): void {
    const searched = this.#carry + text
    this.#carry = searched.slice(-LONGEST_PLACEHOLDER)
    for (const name of placeholdersIn(searched, this.#disguised(searched)))
      this.#refuse({ name, where: 'the body' }, this.#reader.request)
  }

  #refuseAll(found: Iterable<FoundPlaceholder>): void {
    for (const placeholder of found) this.#refuse(placeholder, this.#reader.request)
  }

  #release(end: number): Uint8Array {
    if (end <= this.#sent) return NOTHING
    const all = Buffer.concat(this.#held)
    const ready = all.subarray(0, end - this.#sent)
    this.#held = end === this.#written ? [] : [all.subarray(ready.length)]
    this.#sent = end
    return ready
  }
}

const NOTHING = new Uint8Array(0)

/** Bytes of a body that are held until it is whole. */
const LONGEST_HELD = 1024 * 1024
/** Bytes of a body that are taken apart; what comes after them on the connection is searched as it stands. */
const MOST_READ = 16 * 1024 * 1024
/** Characters of a placeholder, percent-encoded. */
const LONGEST_PLACEHOLDER = 120

function isHeldWhole({ fields }: WireRequest): boolean {
  const length = fields.find(({ name }) => name.toLowerCase() === 'content-length')?.value
  return length !== undefined && Number(length) <= LONGEST_HELD
}

const expectsContinue = ({ fields }: WireRequest): boolean =>
  fields.some(({ name, value }) => name.toLowerCase() === 'expect' && value.toLowerCase() === '100-continue')

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
