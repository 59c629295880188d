import superagent from 'superagent'

const url = process.env.SERVER_URL
const print = (...seen) => console.log(JSON.stringify(seen))

const see = async (call) => {
  try {
    const { status, headers, text, body } = await call
    return [status, headers, text, body]
  } catch (error) {
    return [error.code, error.message, error.status]
  }
}

print(await see(superagent.get(`${url}/json`).query({ a: 1 })))
print(await see(superagent.post(`${url}/echo`).send({ a: 1 }).auth('ada', 'lovelace')))
print(await see(superagent.get(`${url}/gzip`)))
print(await see(superagent.get(`${url}/moved`)))
print(await see(superagent.get(`${url}/missing`)))
print(await see(superagent.get(`${url}/cut`)))
