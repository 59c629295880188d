import { connect } from 'node:http2'

const print = (...seen) => console.log(JSON.stringify(seen))
const session = connect(process.env.SERVER_URL)

const ask = (headers, body) =>
  new Promise((resolve) => {
    const seen = []
    const stream = session.request(headers)
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (fields) => seen.push({ ...fields }))
    stream.on('trailers', (fields) => seen.push({ ...fields }))
    stream.on('data', (part) => (text += part))
    stream.on('error', (error) => seen.push(error.code))
    stream.on('close', () => resolve([...seen, text.length, text.slice(0, 100), stream.rstCode]))
    stream.end(body)
  })

print(await ask({ ':path': '/one' }))
print(await ask({ ':path': '/two', ':method': 'POST' }, 'a body'))
print(await ask({ ':path': '/large' }))
print(await ask({ ':path': '/reset' }))
await new Promise((resolve) => session.close(resolve))
