/** Records three requests with nock or Polly, and prints what that tool makes of them. Arguments: the tool, and a folder. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import http, { createServer } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import NodeHttpAdapter from '@pollyjs/adapter-node-http'
import { Polly } from '@pollyjs/core'
import FsPersister from '@pollyjs/persister-fs'
import nock from 'nock'

const [, , tool, folder = '.'] = process.argv

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    if (request.url === '/zip')
      response
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
        .end(gzipSync('{"a":1}'))
    else if (request.url === '/png')
      response.writeHead(200, { 'Content-Type': 'image/png' }).end(Buffer.from('89504eff00', 'hex'))
    else response.writeHead(201, { 'X-Tea': 'green' }).end(`{"url":"${request.url}"}`)
  })
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

async function ask(method: string, path: string, body?: string): Promise<void> {
  const request = http.request(url + path, { method, headers: { 'X-One': '1' } })
  request.end(body)
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
}

async function askAll(): Promise<void> {
  await ask('GET', '/zip')
  await ask('GET', '/png')
  await ask('POST', '/orders?x=1', '{"n":1}')
}

if (tool === 'nock') {
  nock.recorder.rec({ output_objects: true, dont_print: true, enable_reqheaders_recording: true })
  await askAll()
  console.log(JSON.stringify(nock.recorder.play()))
  nock.restore()
} else {
  const polly = new Polly('sample', {
    // Their types say a module where a class is.
    adapters: [Object(NodeHttpAdapter)],
    persister: Object(FsPersister),
    persisterOptions: { fs: { recordingsDir: folder } },
    logLevel: 'silent',
  })
  await askAll()
  await polly.stop()
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.har'))
  console.log(readFileSync(join(folder, file ?? 'none'), 'utf8'))
}
server.close().closeAllConnections()
