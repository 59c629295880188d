import { once } from 'node:events'
import { createServer } from 'node:http'
import { fetchOver } from 'wiretape/fetch'
import { useCassette } from 'wiretape'
import { loadCassette } from 'wiretape/cassette'
import { toBodyFiles, toCurl, toTypes } from 'wiretape/generate'

const server = createServer((request, response) => {
  response
    .setHeader('Content-Type', 'application/json')
    .end(JSON.stringify({ id: Number(request.url?.slice('/teas/'.length)), tea: 'green' }))
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${Object(server.address()).port}`

{
  await using cassette = await useCassette('teas')
  await using fetchOnTape = fetchOver(cassette.connector)
  for (const id of [1, 2]) await (await fetchOnTape(`${url}/teas/${id}`)).text()
}
server.close().closeAllConnections()

const cassette = await loadCassette('cassettes/teas.yaml')
for (const { name, bytes } of toBodyFiles(cassette)) console.log(`${name}: ${Buffer.from(bytes).toString()}`)
console.log(await toTypes(cassette))
console.log(toCurl(cassette).split('\n')[0])
