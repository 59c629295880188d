const url = process.env.SERVER_URL
const print = (...seen) => console.log(JSON.stringify(seen))

const ask = async (path, options) => {
  try {
    const response = await fetch(url + path, options)
    const text = await response.text()
    return [response.status, response.redirected, [...response.headers.keys()], text.length, text.slice(0, 100)]
  } catch (error) {
    return [error.name, error.message, error.cause?.code, error.cause?.message]
  }
}

print(await ask('/json'))
print(await ask('/echo', { method: 'POST', body: JSON.stringify({ a: 1 }), headers: { Accept: '*/*' } }))
print(await ask('/echo', { method: 'POST', body: new URLSearchParams({ a: '1 2' }) }))
print(await ask('/chunked'))
print(await ask('/gzip'))
print(await ask('/large'))
print(await ask('/moved'))
print(await ask('/missing'))
print(await Promise.all(['/json?a', '/json?b', '/json?c'].map((path) => ask(path))))
print(await ask('/cut'))
