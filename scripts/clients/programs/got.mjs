import got from 'got'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = got.extend({ prefixUrl: process.env.SERVER_URL, retry: { limit: 0 } })

const ask = async (path, options) => {
  try {
    const response = await client(path, options)
    return [
      response.statusCode,
      response.statusMessage,
      response.redirectUrls.length,
      response.rawHeaders,
      response.body,
    ]
  } catch (error) {
    return [error.name, error.code, error.message, error.response?.body]
  }
}

print(await ask('json', { responseType: 'json' }))
print(await ask('echo', { method: 'POST', json: { a: 1 }, responseType: 'json' }))
print(await ask('gzip'))
print(await ask('chunked'))
print(await ask('moved'))
print(await ask('missing'))
print(await Promise.all(['a', 'b', 'c'].map((name) => ask('json', { searchParams: { name } }))))
print(await ask('cut'))
