/** The cost of opening a large cassette. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { HttpConnection, Replayer } from 'wiretape'
import { openCassette, saveCassette } from 'wiretape/cassette'
import { ORIGIN, pagesOf, targetOf } from './conversation.ts'
import { type Contender, type Group, OURS, type Row } from './harness.ts'

const JSON_PARSE = 'JSON.parse'

/** `JSON.parse` returns the same bytes as text, but nothing that could be replayed. */
export const CASSETTE: Group = {
  name: 'cassette',
  title: 'opening a cassette, with the file read',
  baseline: JSON_PARSE,
  *rows() {
    yield row(10_000)
  },
}

function row(size: number): Row {
  return {
    name: `${size} interactions of 1.8 KB in the file, the first one played`,
    operation: 'an opening',
    goals: { [JSON_PARSE]: 2 },
    async open() {
      const folder = await mkdtemp(path.join(tmpdir(), 'wiretape-bench-'))
      const [yaml, json] = [path.join(folder, 'pages.yaml'), path.join(folder, 'pages.json')]
      const cassette = pagesOf(size)
      await saveCassette(yaml, cassette)
      await writeFile(
        json,
        JSON.stringify(
          cassette.tape.map((event) =>
            'bytes' in event ? Object.assign({}, event, { bytes: Buffer.from(event.bytes).toString() }) : event,
          ),
        ),
      )
      return [ours(yaml, folder), parse(json, size)]
    },
  }
}

function ours(file: string, folder: string): Contender {
  return {
    name: OURS,
    async run(operations) {
      for (let done = 0; done < operations; done += 1) {
        const replayer = new Replayer(await openCassette(file))
        await using connection = HttpConnection.to(ORIGIN, { connector: replayer.connector })
        await connection.request('GET', targetOf(0))
        const { length } = await (await connection.getResponse()).bytes()
        if (length === 0) throw new Error('nothing was played')
      }
    },
    close: () => rm(folder, { recursive: true }),
  }
}

function parse(file: string, size: number): Contender {
  return {
    name: JSON_PARSE,
    async run(operations) {
      for (let done = 0; done < operations; done += 1) {
        const tape: unknown = JSON.parse(await readFile(file, 'utf8'))
        if (!Array.isArray(tape) || tape.length < size) throw new Error('not the tape')
      }
    },
  }
}
