import { create } from 'axios'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = create({ baseURL: process.env.SERVER_URL })

const ask = async (config) => {
  try {
    const { status, statusText, headers, data } = await client.request(config)
    return [status, statusText, Object(headers).toJSON(), data]
  } catch (error) {
    return [error.code, error.message, error.response?.status, error.response?.data]
  }
}

print(await ask({ url: '/json' }))
print(await ask({ url: '/echo', method: 'post', data: { a: 1 }, auth: { username: 'ada', password: 'lovelace' } }))
print(await ask({ url: '/gzip' }))
print(await ask({ url: '/moved' }))
print(await ask({ url: '/missing' }))
print(await Promise.all(['a', 'b', 'c'].map((name) => ask({ url: '/json', params: { name } }))))
print(await ask({ url: '/cut' }))
