import { type Connector, PROCESS_CONNECTOR } from '../transport.ts'
import { connectSocket } from './socket-connector.ts'

/**
 * The connector that is used if none is given: sockets, recorded if `wiretape record -- COMMAND` started the process.
 *
 * Give it to other clients whose traffic that command should record: `undiciConnect(defaultConnector)`, `nodeConnect(defaultConnector)`.
 */
export const defaultConnector: Connector = (origin, options) => (connectorOfProcess() ?? connectSocket)(origin, options)

function connectorOfProcess(): Connector | undefined {
  const value: unknown = Reflect.get(globalThis, PROCESS_CONNECTOR)
  return isConnector(value) ? value : undefined
}

const isConnector = (value: unknown): value is Connector => typeof value === 'function'
