import { expect, test } from '../helpers/test.ts'
import { suspiciousMaps } from '../../src/inspection/suspicious-maps.ts'

/** The first bytes of a text: how many short ones there are, and those before a length of one byte and of two. */
const FORMATS = {
  MessagePack: [0xa0, 32, 0xd9, 0xda],
  CBOR: [0x60, 24, 0x78, 0x79],
} as const
type Format = keyof typeof FORMATS

function text(format: Format, content: string): string {
  const [short, shortest, wide, wider] = FORMATS[format]
  const { length } = content
  const head = length < shortest ? [short + length] : length < 256 ? [wide, length] : [wider, length >> 8, length & 255]
  return String.fromCharCode(...head) + content
}

const drawn = (length: number): string => 'Zq7rT0kLm3XvB9'.repeat(60).slice(0, length)
const always = (): boolean => true
const never = (): boolean => false

/** Where the value begins if it is found. */
function found(format: Format, name: string, value: string, isMixed: (value: string) => boolean = always): unknown {
  const [before, after] = [text(format, name), text(format, value)]
  const places = [...suspiciousMaps(`\x82${before}${after}\x00`, isMixed)]
  return places.map((at) => at === 1 + before.length + after.length - value.length)
}

for (const format of ['MessagePack', 'CBOR'] as const)
  test.describe(format, () => {
    for (const length of [4, 5, 23, 24, 25, 31, 32, 33, 255, 256, 300])
      test(`has a value of ${length} bytes behind a telling name`, () => {
        expect(found(format, 'password', drawn(length))).toEqual([true])
      })

    for (const length of [8, 22, 23, 24, 25, 31, 32, 33, 59])
      test(`has a telling word at the end of a name of ${length} bytes`, () => {
        expect(found(format, `${'a_.-B7'.repeat(20).slice(0, length - 8)}password`, drawn(20))).toEqual([true])
      })

    test('has none that is short, cut off, or no value', () => {
      for (const value of [
        'abc',
        '{{password.1}}',
        '***',
        '****',
        'true',
        'false',
        'null',
        'None',
        'ab\ncd',
        'ab\x1fcd',
      ])
        expect([value, found(format, 'password', value)]).toEqual([value, []])
      const whole = `\x82${text(format, 'password')}${text(format, drawn(20))}`
      expect([...suspiciousMaps(whole, always)]).toEqual([11])
      expect([...suspiciousMaps(whole.slice(0, -1), always)]).toEqual([])
    })

    test('has none behind a word that is not the end of a name, or has another length before it', () => {
      const value = text(format, drawn(20))
      const [short] = FORMATS[format]
      for (const name of [
        text(format, 'password '),
        text(format, 'passwords'),
        `${String.fromCharCode(short + 9)}password`,
      ])
        expect([...suspiciousMaps(`\x82${name}${value}`, always)]).toEqual([])
      expect([...suspiciousMaps(`\x82${String.fromCharCode(short + 10)}a password${value}`, always)]).toEqual([])
      expect([...suspiciousMaps(`password${value}`, always)]).toEqual([])
      expect(found(format, `${'a'.repeat(60)}password`, drawn(20))).toEqual([])
    })

    test('has a value that must look drawn, unless its name is sure', () => {
      const seen: string[] = []
      const note = (value: string): boolean => seen.push(value) > 0
      expect(found(format, 'token', drawn(20), note)).toEqual([true])
      expect(seen).toEqual([drawn(20)])
      for (const name of ['password', 'passphrase', 'pwd', 'client_secret', 'private_key', 'api_key', 'otp', 'pin'])
        expect([name, found(format, name, drawn(20), never)]).toEqual([name, [true]])
      // oxfmt-ignore
      for (const name of ['token', 'accesskey', 'access_key', 'session', 'sessionid', 'session_id', 'credential', 'credentials', 'authorization', 'jwt', 'csrf', 'signature'])
        expect([name, found(format, name, drawn(20), never), found(format, name, drawn(20))]).toEqual([name, [], [true]])
      for (const name of ['passwd', 'passcode', 'Secret', 'TOKEN', 'apikey', 'secretkey', 'secret_key', 'privatekey'])
        expect([name, found(format, name, drawn(20))]).toEqual([name, [true]])
      expect(found(format, 'name', drawn(20))).toEqual([])
    })
  })

test('each format counts as it does: a name of one with a value of the other is nothing', () => {
  for (const [one, other] of [
    ['MessagePack', 'CBOR'],
    ['CBOR', 'MessagePack'],
  ] as const)
    expect([...suspiciousMaps(`\x82${text(one, 'password')}${text(other, drawn(20))}`, always)]).toEqual([])
})
