import type { Interaction, InteractionSource } from '../interactions/interaction.ts'
import { isWrite } from './order.ts'

/**
 * Knows what has to come before a poll of Engine.IO, on which Socket.IO stands, is answered: all that the client had said by then in the same session, by
 * POST or on its WebSocket.
 *
 * A poll is open until the server has something to say. If it were answered at once, its client would ask again, and more often than was recorded.
 * Nothing that is waited for depends on the answer, as it was said before.
 */
export class Polls {
  readonly #source: InteractionSource
  readonly #isPlayed: (interaction: Interaction) => boolean
  /** What the client of each session said, in the order of the requests. */
  readonly #said = new Map<string, Interaction[]>()
  #read = 0
  /** WebSockets on which the client has said something. */
  readonly #heard = new Set<Interaction>()

  constructor(source: InteractionSource, isPlayed: (interaction: Interaction) => boolean) {
    this.#source = source
    this.#isPlayed = isPlayed
  }

  /** The first thing that has to come before `interaction` is answered. */
  before(interaction: Interaction): Interaction | undefined {
    const poll = sessionOf(interaction)
    if (poll?.isPoll !== true) return undefined
    const answeredAt = interaction.answer[0]?.at ?? 0
    return this.#saidIn(poll.session).find((one) => saidAt(one) < answeredAt && !this.#hasCome(one))
  }

  /** The client has said something on a WebSocket. */
  heard(interaction: Interaction): void {
    this.#heard.add(interaction)
  }

  #hasCome(interaction: Interaction): boolean {
    return this.#isPlayed(interaction) && (!speaksLater(interaction) || this.#heard.has(interaction))
  }

  /** What is said during a poll is recorded after its request, so all of the cassette is read. */
  #saidIn(session: string): readonly Interaction[] {
    while (this.#source.readOn());
    const { interactionsRead: interactions } = this.#source
    for (; this.#read < interactions.length; this.#read += 1) {
      const interaction = interactions[this.#read]
      const place = interaction && sessionOf(interaction)
      if (interaction === undefined || place === undefined || place.isPoll) continue
      const others = this.#said.get(place.session)
      if (others === undefined) this.#said.set(place.session, [interaction])
      else others.push(interaction)
    }
    return this.#said.get(session) ?? []
  }
}

interface Place {
  readonly session: string
  /** Otherwise the client says something. */
  readonly isPoll: boolean
}

/** Whether it waits for something that the server has to say. */
export const isPoll = (interaction: Interaction): boolean => sessionOf(interaction)?.isPoll === true

function sessionOf(interaction: Interaction): Place | undefined {
  const { origin, request } = interaction
  const { target } = request
  if (!target.includes('EIO=')) return undefined
  const [, sid] = SESSION.exec(target) ?? []
  return sid === undefined
    ? undefined
    : { session: `${origin} ${sid}`, isPoll: !isWrite(interaction) && POLLING.test(target) }
}

const SESSION = /[?&]sid=([^&#]+)/
const POLLING = /[?&]transport=polling(?:&|$)/

/** When the client had sent it. */
function saidAt({ answer }: Interaction): number {
  const [first] = answer
  return first === undefined ? Infinity : first.at - first.wait
}

/** Whether the client went on to speak on the connection. */
const speaksLater = ({ rest }: Interaction): boolean => rest !== undefined && rest.bytes.length > 0
