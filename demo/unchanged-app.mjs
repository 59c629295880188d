// A program that knows nothing of wiretape: its clients are fetch, node:http and a Redis client over a plain socket.
import http from 'node:http'
import { connect } from 'node:net'

const { API = '', REDIS_PORT = '' } = process.env

const users = await (await fetch(`${API}/users`, { headers: { authorization: `Bearer ${process.env.TOKEN}` } })).json()
console.log('fetch    ', JSON.stringify(users))

const agent = new http.Agent({ keepAlive: true })
for (const name of ['Ada', 'Grace']) {
  const answer = await new Promise((resolve, reject) => {
    const request = http.request(`${API}/users`, { method: 'POST', agent }, (response) => {
      let text = ''
      response.on('data', (part) => (text += part)).on('end', () => resolve(`${response.statusCode} ${text}`))
    })
    request.on('error', reject).end(JSON.stringify({ name }))
  })
  console.log('node:http', answer)
}
agent.destroy()

const redis = connect(Number(REDIS_PORT), 'localhost')
const ask = (...words) =>
  new Promise((resolve) => {
    redis.once('data', (reply) => resolve(String(reply).trim()))
    redis.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)
  })
console.log('net      ', await ask('SET', 'visits', '41'), await ask('INCR', 'visits'))
redis.end()
