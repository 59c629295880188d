import type { Protocol } from './dialogue.ts'
import type { ProtocolName } from './names.ts'

/** Reads a protocol's own module, once a process: a program that names none loads none. */
export async function loadProtocol(name: ProtocolName): Promise<Protocol> {
  switch (name) {
    case 'postgres':
      return (await import('./postgres.ts')).postgres
    case 'mysql':
      return (await import('./mysql.ts')).mysql
    case 'redis':
      return (await import('./redis.ts')).redis
    case 'smtp':
      return (await import('./smtp.ts')).smtp
    case 'mqtt':
      return (await import('./mqtt.ts')).mqtt
    case 'mongodb':
      return (await import('./mongodb.ts')).mongodb
  }
}
