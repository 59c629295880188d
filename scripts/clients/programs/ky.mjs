import ky from 'ky'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = ky.create({ prefixUrl: process.env.SERVER_URL, retry: 0 })

const ask = async (path, options) => {
  try {
    const response = await client(path, options)
    return [response.status, [...response.headers.keys()], await response.text()]
  } catch (error) {
    return [error.name, error.message, error.cause?.code]
  }
}

print(await ask('json'))
print(await ask('echo', { method: 'post', json: { a: 1 } }))
print(await ask('gzip'))
print(await ask('moved'))
print(await ask('missing'))
print(await ask('cut'))
