import { expect, test } from '../helpers/test.ts'
import { withoutFarewell } from '../../src/replay/http2-farewell.ts'

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const frame = (type: number, payload: string): Buffer =>
  Buffer.concat([Buffer.of(0, 0, payload.length, type, 0, 0, 0, 0, 0), Buffer.from(payload)])
const GOAWAY = frame(7, '\0\0\0\0\0\0\0\0')
const SETTINGS = frame(4, '')
const recorded = Buffer.concat([PREFACE, SETTINGS])

test.describe('GOAWAY after all that an HTTP/2 client had written when it was recorded', () => {
  test('is left out, once or twice, by itself or with what comes before', () => {
    expect(withoutFarewell(recorded, recorded.length, GOAWAY)).toHaveLength(0)
    expect(withoutFarewell(recorded, recorded.length, Buffer.concat([GOAWAY, GOAWAY]))).toHaveLength(0)
    expect(withoutFarewell(recorded, PREFACE.length, Buffer.concat([SETTINGS, GOAWAY]))).toEqual(SETTINGS)
  })

  test('stays if something else was recorded, follows, or is cut, and if it is no HTTP/2', () => {
    for (const [said, sent, bytes] of [
      [recorded, PREFACE.length, GOAWAY],
      [recorded, recorded.length, Buffer.concat([GOAWAY, SETTINGS])],
      [recorded, recorded.length, GOAWAY.subarray(0, 12)],
      [Buffer.from('PING\r\n'), 6, GOAWAY],
    ] as const)
      expect(withoutFarewell(said, sent, bytes)).toEqual(bytes)
  })
})
