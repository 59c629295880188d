/** A process of a test runner: the watch over it lasts to its end. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileRun } from '../../src/runner/file-run.ts'
import { keepWatch } from '../../src/runner/watch.ts'
import { Interception } from '../../src/intercept/interception.ts'

async function say(socket: Socket, words: string): Promise<string> {
  socket.write(words)
  return String((await once(socket, 'data'))[0])
}

const dir = await mkdtemp(join(tmpdir(), 'wiretape-'))
const accepted: Socket[] = []
const server = createServer((socket) => {
  accepted.push(socket)
  socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const port = Number(Object(server.address()).port)

keepWatch()
await Interception.ofProcess().start()
const [before, other] = [connect(port, 'localhost'), connect(port, '127.0.0.1')]
assert.equal(await say(before, 'before'), 'before')
assert.equal(await say(other, 'other'), 'other')

const options = { dir, env: {}, hosts: ['localhost'] }
const run = new FileRun({ file: join(process.cwd(), 'orders.test.ts'), options: () => options, flag: undefined })
await run.started
await once(before, 'close')
const after = connect(port, 'localhost')
assert.equal(await say(after, 'after'), 'after')
// What the file does not record goes on.
assert.equal(await say(other, 'still'), 'still')
assert.equal(await run.finish(), undefined)

const text = await readFile(join(dir, 'orders.test.ts', '_file.yaml'), 'utf8')
for (const socket of [after, other, ...accepted]) socket.destroy()
server.close()
await rm(dir, { recursive: true })
console.log(`after: ${text.includes('after')}, before: ${text.includes('before')}`)
