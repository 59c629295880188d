import { type Connector, PROCESS_CONNECTOR } from '../transport.ts'
import { connectSocket } from './socket-transport.ts'

/**
 * How connections are made where nobody says otherwise: over sockets, which a process that `wiretape record -- COMMAND` has started
 * records.
 *
 * Give it to other clients whose traffic that command shall see: `undiciConnect(defaultConnector)`, `nodeConnect(defaultConnector)`.
 */
export const defaultConnector: Connector = (origin, options) => (connectorOfProcess() ?? connectSocket)(origin, options)

function connectorOfProcess(): Connector | undefined {
  const value: unknown = Reflect.get(globalThis, PROCESS_CONNECTOR)
  return isConnector(value) ? value : undefined
}

const isConnector = (value: unknown): value is Connector => typeof value === 'function'
