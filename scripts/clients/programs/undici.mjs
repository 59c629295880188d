const { Agent, fetch, request } = await import(process.env.UNDICI)
const url = process.env.SERVER_URL
const print = (...seen) => console.log(JSON.stringify(seen))
const dispatcher = new Agent({ keepAliveTimeout: 10_000 })

const ask = async (path, options) => {
  try {
    const { statusCode, headers, trailers, body } = await request(url + path, { dispatcher, ...options })
    const text = await body.text()
    return [statusCode, headers, trailers, text.length, text.slice(0, 100)]
  } catch (error) {
    return [error.name, error.code, error.message]
  }
}

print(await ask('/json'))
print(await ask('/echo', { method: 'POST', body: 'as text', headers: { 'Content-Type': 'text/plain' } }))
print(await ask('/chunked'))
print(await ask('/large'))
print(await ask('/missing'))
print(await Promise.all(['/json?a', '/json?b', '/json?c'].map((path) => ask(path))))
const response = await fetch(`${url}/moved`, { dispatcher })
print(response.status, response.redirected, await response.json())
print(await ask('/cut'))
await dispatcher.close()
