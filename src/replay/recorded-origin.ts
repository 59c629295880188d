import {
  type ByteScript,
  byteScriptOf,
  type Conversations,
  type Interaction,
  type RecordedConnection,
} from '../cassette/interactions.ts'
import { blanksIn } from '../cassette/redaction/redacted-match.ts'
import { type RecordedScript, ScriptShelf } from './script-shelf.ts'

/** What was recorded of one origin, and how far the client has come with it. */
export interface RecordedOrigin {
  readonly connections: readonly RecordedConnection[]
  /** Connections that the client has asked for. */
  opened: number
  readonly scripts: ScriptShelf
}

interface OriginRules {
  /** Whether clients of an origin have to write what was recorded, byte for byte. */
  readonly playsBytes: (origin: string) => boolean
  readonly allowsRepeats: boolean
}

/** The connections of a cassette by what they were to, in recorded order. */
export function readOrigins(
  { connections }: Conversations,
  { playsBytes, allowsRepeats }: OriginRules,
): Map<string, RecordedOrigin> {
  const byOrigin = new Map<string, RecordedConnection[]>()
  for (const connection of connections) {
    const others = byOrigin.get(connection.origin)
    if (others === undefined) byOrigin.set(connection.origin, [connection])
    else others.push(connection)
  }
  const origins = new Map<string, RecordedOrigin>()
  for (const [origin, made] of byOrigin) {
    const scripts = made.filter(isMade).flatMap(playsBytes(origin) ? wholeScript : restScripts)
    origins.set(origin, { connections: made, opened: 0, scripts: new ScriptShelf(scripts, allowsRepeats) })
  }
  return origins
}

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
): RecordedScript => ({ script, connection, behind, interactions, blanks: blanksIn(script.bytes) })
