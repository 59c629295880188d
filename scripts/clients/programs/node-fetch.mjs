import fetch from 'node-fetch'

const url = process.env.SERVER_URL
const print = (...seen) => console.log(JSON.stringify(seen))

const ask = async (path, options) => {
  try {
    const response = await fetch(url + path, options)
    const text = await response.text()
    return [response.status, response.statusText, response.headers.raw(), text.length, text.slice(0, 100)]
  } catch (error) {
    return [error.name, error.code, error.message]
  }
}

print(await ask('/json'))
print(await ask('/echo', { method: 'POST', body: 'a=1' }))
print(await ask('/gzip'))
print(await ask('/chunked'))
print(await ask('/moved'))
print(await ask('/missing'))
print(await ask('/cut'))
