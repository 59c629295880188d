import http from 'node:http'
import https from 'node:https'

const url = process.env.SERVER_URL
const print = (...seen) => console.log(JSON.stringify(seen))
const { Agent, request } = url.startsWith('https:') ? https : http
const agent = new Agent({ keepAlive: true })

const ask = (path, options = {}, pieces = []) =>
  new Promise((resolve) => {
    const events = []
    const call = request(url + path, { agent, ...options }, (response) => {
      events.push(response.statusCode, response.statusMessage, response.rawHeaders)
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => (text += part))
      response.on('aborted', () => events.push('aborted'))
      response.on('error', (error) => events.push(error.code, error.message))
      response.on('end', () => events.push('end', response.rawTrailers))
      response.on('close', () => resolve([...events, text.length, text.slice(0, 100)]))
    })
    call.on('error', (error) => resolve([...events, error.code, error.message]))
    for (const piece of pieces) call.write(piece)
    call.end()
  })

print(await ask('/json'))
print(await ask('/echo', { method: 'POST' }, ['one ', 'two']))
print(await ask('/chunked'))
print(await ask('/large'))
print(await ask('/missing'))
print(await ask('/moved', { method: 'HEAD' }))
print(await Promise.all(['/json?a', '/json?b', '/json?c'].map((path) => ask(path))))
print(await ask('/cut'))
agent.destroy()
