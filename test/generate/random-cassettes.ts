import { gzipSync } from 'node:zlib'
import type { Cassette } from '../../src/tape/cassette.ts'
import { TapeWriter } from '../helpers/tape.ts'

/** One request and what a `fetch` of it must give. */
export interface Expected {
  readonly method: string
  readonly url: string
  readonly sent: string
  readonly status: number
  /** Base64. */
  readonly body: string
}

export interface RandomCassette {
  readonly cassette: Cassette
  readonly expected: readonly Expected[]
}

// oxfmt-ignore
const HOSTILE = [
  '`${process.exit(1)}`', '*/ process.exit(1) /*', '\n process.exit(1) //', '\u2028process.exit(1)', '</script><script>throw 1</script>', "'+process.exit(1)+'",
  '"; process.exit(1); "', '\\"; process.exit(1); //', '__proto__', 'constructor', '{{env.1}}', '\u0024{x}', '<!--', '-->', ']]>', '\u0000', '\u00ff', '\ud83d\ude00', 'caf\u00e9',
] as const

/** Small conversations with hostile content, the same ones for a seed. */
export function randomCassettes(seed: number, count: number): readonly RandomCassette[] {
  const random = new Random(seed)
  return Array.from({ length: count }, (_, index) => randomCassette(random, index))
}

function randomCassette(random: Random, index: number): RandomCassette {
  const tape = new TapeWriter()
  const origin = `http://api-${index}.test`
  const connection = tape.open(origin)
  const expected: Expected[] = []
  for (let place = 0; place <= random.below(4); place++) {
    const method = random.pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
    const target = `/${place}/${encodeURIComponent(random.text()).slice(0, 60)}?q=${encodeURIComponent(random.text())}`
    const sent = method === 'GET' ? '' : random.text()
    const status = random.pick([200, 201, 204, 404, 500])
    const body = status === 204 ? Buffer.alloc(0) : random.bytes()
    const length = sent === '' ? [] : [`Content-Length: ${Buffer.byteLength(sent)}`]
    const head = [`${method} ${target} HTTP/1.1`, `Host: ${new URL(origin).host}`, ...length, '', ''].join('\r\n')
    connection.sent(Buffer.concat([Buffer.from(head), Buffer.from(sent)])).received(answerWith(random, status, body))
    expected.push({ method, url: origin + target, sent, status, body: body.toString('base64') })
  }
  return { cassette: tape.cassette, expected }
}

function answerWith(random: Random, status: number, body: Buffer): Buffer {
  const field = `X-Note: ${random.text().replaceAll(/[^\x20-\x7e\u00a0-\u00ff]/g, '')}`
  const coding = status !== 204 && random.below(4) === 0
  const content = coding ? gzipSync(body) : body
  const isChunked = status !== 204 && random.below(3) === 0
  const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`
  const fields = [field.trimEnd(), ...(coding ? ['Content-Encoding: gzip'] : []), ...(status === 204 ? [] : [framing])]
  const head = Buffer.from(
    `HTTP/1.1 ${status} ${random.pick(['OK', '', "It's `odd`"])}\r\n${fields.join('\r\n')}\r\n\r\n`,
    'latin1',
  )
  if (!isChunked) return Buffer.concat([head, content])
  const chunk =
    content.length === 0 ? [] : [Buffer.from(`${content.length.toString(16)}\r\n`), content, Buffer.from('\r\n')]
  return Buffer.concat([head, ...chunk, Buffer.from('0\r\n\r\n')])
}

/** Numerical Recipes' linear congruence: enough for choosing. */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to pick')
    return item
  }

  text(): string {
    return Array.from({ length: this.below(4) }, () => this.pick(HOSTILE)).join(this.pick(['', ' ', 'x']))
  }

  bytes(): Buffer {
    if (this.below(2) === 0) return Buffer.from(JSON.stringify({ text: this.text(), number: this.below(1e9) }))
    return Buffer.from(Array.from({ length: this.below(200) }, () => this.below(256)))
  }
}
