import { answer, i16be, joined, received, sent, type Step, u8 } from './step.ts'

const text = (value: string): Buffer => joined(i16be(value.length), value)
const packet = (first: number, ...parts: readonly (Buffer | string | readonly number[])[]): Buffer => {
  const body = joined(...parts)
  const length = body.length < 128 ? u8(body.length) : u8((body.length % 128) | 128, Math.floor(body.length / 128))
  return joined(u8(first), length, body)
}
const connect = (version: number, flags: number, ...parts: readonly (Buffer | readonly number[])[]): Buffer =>
  packet(0x10, text('MQTT'), u8(version, flags), i16be(60), ...parts)
const publish = (flags: number, topic: string, ...rest: readonly (Buffer | string | readonly number[])[]): Buffer =>
  packet(0x30 | flags, text(topic), ...rest)

export const MQTT: Readonly<Record<string, readonly Step[]>> = {
  'logging in': [
    sent(connect(4, 2, text('my-id'))),
    received(packet(0x20, u8(0, 0))),
    sent(connect(4, 0, text(''))),
    sent(connect(4, 0xc2, text('id'), text('ada'), text('secret'))),
    sent(connect(4, 0x80, text('id'), text('ada'))),
    sent(connect(4, 0x40, text('id'), text('secret'))),
    sent(connect(4, 0xc6, text('id'), text('will/topic'), text('gone'), text('ada'), text('secret'))),
    sent(
      connect(
        5,
        0xc4,
        [3, 0x21, 0, 1],
        text('id'),
        [5, 0x18, 0, 0, 0, 1],
        text('will'),
        text('gone'),
        text('ada'),
        text('secret'),
      ),
    ),
    received(packet(0x20, u8(0, 0, 0))),
    sent(packet(0xf0, u8(0x18, 0))),
    received(packet(0xf0, u8(0x18, 0))),
    sent(packet(0xe0)),
  ],
  publishing: [
    sent(publish(0, 'a/b', 'hello')),
    sent(publish(1, 'a/b', '')),
    sent(publish(2, 'a/b', i16be(7), 'once at least')),
    sent(publish(5, 'a/b', i16be(8), '\xff\xfe')),
    sent(publish(0, 'a/b', 'x'.repeat(130))),
    received(packet(0x40, i16be(7))),
    received(packet(0x50, i16be(8))),
    received(packet(0x40, i16be(7))),
    sent(packet(0x62, i16be(8))),
    received(packet(0x70, i16be(8))),
    sent(packet(0x40, i16be(9))),
    sent(packet(0x50, i16be(0x0102))),
    received(packet(0x62, i16be(9))),
    sent(packet(0x70, i16be(9))),
    received(publish(0, 'a/b', 'from somebody')),
  ],
  'publishing in version 5': [
    sent(connect(5, 0, [0], text(''))),
    sent(publish(0, 'a', [2, 1, 1], 'payload')),
    sent(publish(2, 'a', i16be(3), [0], 'payload')),
    sent(packet(0x82, i16be(4), [0], text('a/#'), [1])),
    sent(packet(0xa2, i16be(5), [0], text('a/#'))),
  ],
  subscribing: [
    sent(packet(0x82, i16be(1), text('a/#'), [0], text('b'), [2])),
    sent(packet(0xa2, i16be(2), text('a/#'), text('b'))),
    received(packet(0x90, i16be(1), [0, 2])),
    received(packet(0xb0, i16be(2))),
    received(packet(0xb0, i16be(2))),
    sent(packet(0xc0)),
    received(packet(0xd0)),
  ],
  'what no client sends': [2, 9, 11, 13, 0].map((type) => sent(packet(type << 4, i16be(1)))),
  lengths: [sent(u8(0xc0, 0x80)), sent(u8(0x80, 0x80, 0)), sent(u8(0xc0, 0x80, 0x80, 0x80, 0x80))],
  'a replay': [
    sent(publish(2, 'a', i16be(7), 'x')),
    sent(publish(2, 'a', i16be(0x0108), 'x')),
    { answer: [packet(0x40, i16be(7))], recorded: 0 },
    received(packet(0x40, i16be(0x0108))),
    answer(packet(0x40, i16be(7))),
    received(packet(0x40, i16be(7))),
    sent(publish(0, 'a', 'x')),
    answer(packet(0x40, i16be(7))),
  ],
}
