import { byteScriptOf } from '../interactions/connection-reader.ts'
import type { ByteScript, Interaction, RecordedConnection } from '../interactions/interaction.ts'
import { blanksIn } from '../matching/blanks.ts'
import { type RecordedScript, ScriptShelf } from '../matching/script-shelf.ts'
import { formatOrigin, isRaw, type Origin } from '../transport.ts'

export interface OriginRules {
  /** Whether clients of an origin have to write what was recorded, byte for byte. */
  readonly playsBytes: (origin: string) => boolean
  readonly allowsRepeats: boolean
  /** The protocol that the options name for an origin. */
  readonly protocolOf?: ((origin: string) => string | undefined) | undefined
}

/** What was recorded of one origin, and how far the client has come with it. */
export class RecordedOrigin {
  readonly connections: readonly RecordedConnection[]
  /** Connections that the client has asked for. */
  opened = 0
  readonly #name: string
  readonly #rules: OriginRules
  #scripts: ScriptShelf | undefined

  constructor(name: string, connections: readonly RecordedConnection[], rules: OriginRules) {
    this.#name = name
    this.connections = connections
    this.#rules = rules
  }

  /** The recorded connection whose turn it is. */
  next(): RecordedConnection | undefined {
    this.opened += 1
    return this.connections[this.opened - 1]
  }

  /** Whether the client has to write what was recorded, byte for byte. */
  get playsBytes(): boolean {
    return this.#rules.playsBytes(this.#name)
  }

  /** The protocol that was named for it, by the options or else by the cassette: then it is played by what is said. */
  get protocol(): string | undefined {
    if (!isRaw(this.#name)) return undefined
    return this.#rules.protocolOf?.(this.#name) ?? this.connections.find(({ protocol }) => protocol)?.protocol
  }

  /** The conversation in bytes that plays again if no other is left. */
  get repeatable(): RecordedScript | undefined {
    return this.#rules.allowsRepeats ? this.scripts.all.at(-1) : undefined
  }

  /** Whether anything is recorded that a new connection could be given, after the one whose turn it is. */
  get canPlayMore(): boolean {
    return this.playsBytes && this.protocol === undefined ? this.repeatable !== undefined : this.connections.length > 0
  }

  /** The conversations in bytes; looked for when they are asked for, as that takes all connections to be read. */
  get scripts(): ScriptShelf {
    this.#scripts ??= new ScriptShelf(
      this.connections.filter(isMade).flatMap(this.#scriptsOf),
      this.#rules.allowsRepeats,
    )
    return this.#scripts
  }

  readonly #scriptsOf = (connection: RecordedConnection): RecordedScript[] =>
    this.#rules.playsBytes(connection.origin) ? wholeScript(connection) : restScripts(connection)
}

/** The connections of a cassette by what they were to, in recorded order. */
export function readOrigins(
  connections: readonly RecordedConnection[],
  rules: OriginRules,
): Map<string, RecordedOrigin> {
  const byOrigin = new Map<string, RecordedConnection[]>()
  for (const connection of connections) {
    const others = byOrigin.get(connection.origin)
    if (others === undefined) byOrigin.set(connection.origin, [connection])
    else others.push(connection)
  }
  return new Map(Array.from(byOrigin, ([origin, made]) => [origin, new RecordedOrigin(origin, made, rules)]))
}

/** The name of an origin in a cassette: host names have no case. */
export const originName = (origin: Origin): string => formatOrigin({ ...origin, host: origin.host.toLowerCase() })

export const isMade = ({ failure }: RecordedConnection): boolean => failure === undefined

function wholeScript(connection: RecordedConnection): RecordedScript[] {
  const { number, interactions } = connection
  return [recordedScript(byteScriptOf(connection), number, undefined, interactions)]
}

function restScripts({ number, rest, interactions }: RecordedConnection): RecordedScript[] {
  const scripts: RecordedScript[] = []
  if (rest !== undefined) scripts.push(recordedScript(rest, number, undefined, []))
  for (const behind of interactions)
    if (behind.rest !== undefined) scripts.push(recordedScript(behind.rest, number, behind, []))
  return scripts
}

const recordedScript = (
  script: ByteScript,
  connection: number,
  behind: Interaction | undefined,
  interactions: readonly Interaction[],
): RecordedScript => ({
  script,
  connection,
  behind,
  interactions,
  blanks: blanksIn(script.bytes, interactions.at(-1)?.request.disguised),
})
