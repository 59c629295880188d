import { type Dialogue, type Field, NotSpoken, type Protocol, type Question, type Told } from './dialogue.ts'
import { Packet } from './mqtt-packet.ts'
import { readable, shortened } from './words.ts'

/** MQTT 3.1.1 and 5. */
export const mqtt: Protocol = { name: 'mqtt', begin: () => new MqttDialogue() }

const CONNECT = 1
const CONNACK = 2
const PUBLISH = 3
const PUBACK = 4
const PUBREC = 5
const PUBREL = 6
const PUBCOMP = 7
const SUBSCRIBE = 8
const SUBACK = 9
const UNSUBSCRIBE = 10
const UNSUBACK = 11
const PINGREQ = 12
const PINGRESP = 13
const DISCONNECT = 14
const AUTH = 15

/** Which packets of a server answer one of the client's with the same id. */
const ACKNOWLEDGES = new Set([PUBACK, PUBREC, SUBACK, UNSUBACK])

class MqttDialogue implements Dialogue {
  readonly #byId = new Map<number, Question>()
  #login: Question | undefined
  #version = 4

  sentLength(bytes: Buffer): number {
    return packetLength(bytes)
  }

  receivedLength(bytes: Buffer): number {
    return packetLength(bytes)
  }

  sent(message: Buffer): Question {
    const question = this.#questionOf(new Packet(message))
    if (question.id !== undefined) this.#byId.set(question.id, question)
    return question
  }

  received(message: Buffer): Told {
    const packet = new Packet(message)
    if (packet.type === CONNACK || packet.type === AUTH) return { to: this.#login }
    if (ACKNOWLEDGES.has(packet.type)) {
      const id = packet.id(packet.start)
      const to = this.#byId.get(id)
      this.#byId.delete(id)
      return { to }
    }
    // A replay makes these by itself.
    const isOwn = packet.type === PUBREL || packet.type === PUBCOMP || packet.type === PINGRESP
    return { to: undefined, isLeftOut: isOwn }
  }

  /** Ids are counted by the client, and only tell which answer is meant. */
  answer(asked: Question, answer: readonly Buffer[], recorded: Question): readonly Buffer[] {
    if (asked.id === undefined || recorded.id === asked.id) return answer
    const { id } = asked
    this.#byId.delete(id)
    return answer.map((message) => {
      const copy = Buffer.from(message)
      copy.writeUInt16BE(id, new Packet(copy).start)
      return copy
    })
  }

  #questionOf(packet: Packet): Question {
    switch (packet.type) {
      case CONNECT:
        return this.#connect(packet)
      case PUBLISH:
        return this.#publish(packet)
      case SUBSCRIBE:
        return this.#subscription('SUBSCRIBE', packet, true)
      case UNSUBSCRIBE:
        return this.#subscription('UNSUBSCRIBE', packet, false)
      case PINGREQ:
        return { kind: 'PINGREQ', text: 'PINGREQ', fields: [], role: 'setup', own: Buffer.from([PINGRESP << 4, 0]) }
      case PUBREC:
        return this.#confirmation('PUBREC', packet, (PUBREL << 4) | 2)
      case PUBREL:
        return this.#confirmation('PUBREL', packet, PUBCOMP << 4)
      case PUBACK:
      case PUBCOMP:
        return { kind: 'nothing', text: '', fields: [], role: 'silent' }
      case DISCONNECT:
        return { kind: 'DISCONNECT', text: 'DISCONNECT', fields: [], role: 'silent', isLast: true }
      case AUTH:
        return { kind: 'AUTH', text: 'AUTH', fields: [], role: 'setup', secrets: [packet.body] }
      default:
        throw new NotSpoken(`no client sends a packet of the type ${packet.type}`)
    }
  }

  #connect(packet: Packet): Question {
    const { version, flags, end } = packet.connectHead()
    this.#version = version
    const client = packet.text(end)
    let at = client.end
    const fields: Field[] = [{ name: 'clean', value: String((flags & 2) !== 0) }]
    if ((flags & 4) !== 0) {
      const topic = packet.text(packet.afterProperties(at, version))
      const payload = packet.text(topic.end)
      fields.push({ name: 'will', value: topic.text }, { name: 'will payload', value: payload.text })
      at = payload.end
    }
    if ((flags & 0x80) !== 0) {
      const user = packet.text(at)
      fields.push({ name: 'user', value: user.text })
      at = user.end
    }
    const hasPassword = (flags & 0x40) !== 0
    this.#login = {
      kind: 'CONNECT',
      text: shortened(`CONNECT ${fields.map(({ name, value }) => `${name}=${value}`).join(' ')}`),
      fields,
      role: 'setup',
      secrets: hasPassword ? [{ start: at + 2, end: packet.text(at).end }] : [],
    }
    return this.#login
  }

  #publish(packet: Packet): Question {
    const qos = (packet.flags >> 1) & 3
    const topic = packet.text(packet.start)
    const payloadAt = packet.afterProperties(topic.end + (qos > 0 ? 2 : 0), this.#version)
    const payload = packet.bytes.subarray(payloadAt)
    return {
      kind: 'PUBLISH',
      text: shortened(`PUBLISH ${topic.text} ${readable(payload)}`),
      fields: [
        { name: 'topic', value: topic.text },
        { name: 'payload', value: readable(payload) },
        { name: 'QoS', value: String(qos) },
        { name: 'retain', value: String(packet.flags & 1) },
      ],
      role: 'once',
      ...(qos === 0 ? { isUnanswered: true } : { id: packet.id(topic.end) }),
    }
  }

  #subscription(kind: string, packet: Packet, hasOptions: boolean): Question {
    const fields: Field[] = []
    for (let at = packet.afterProperties(packet.start + 2, this.#version); at < packet.bytes.length;) {
      const topic = packet.text(at)
      const options = hasOptions ? ` (${packet.bytes[topic.end] ?? 0})` : ''
      fields.push({ name: 'topic', value: `${topic.text}${options}` })
      at = topic.end + (hasOptions ? 1 : 0)
    }
    const text = shortened(`${kind} ${fields.map(({ value }) => value).join(' ')}`)
    return { kind, text, fields, role: 'once', id: packet.id(packet.start) }
  }

  /** The second half of a delivery that is made exactly once; what answers it has the same id. */
  #confirmation(kind: string, packet: Packet, first: number): Question {
    const own = Buffer.from([first, 2, 0, 0])
    own.writeUInt16BE(packet.id(packet.start), 2)
    return { kind: `${kind} ${packet.id(packet.start)}`, text: kind, fields: [], role: 'setup', own }
  }
}

function packetLength(bytes: Buffer): number {
  let [length, factor] = [0, 1]
  for (let at = 1; at < 5; at++) {
    const byte = bytes[at]
    if (byte === undefined) return at + 1
    length += (byte & 127) * factor
    factor *= 128
    if (byte < 128) return at + 1 + length
  }
  throw new NotSpoken('a length of more than four bytes')
}
