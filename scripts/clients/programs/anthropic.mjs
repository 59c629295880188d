import Anthropic from '@anthropic-ai/sdk'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = new Anthropic({ apiKey: 'sk-ant-of-the-table', baseURL: process.env.SERVER_URL, maxRetries: 0 })

const ask = async (content, most = Infinity) => {
  const deltas = []
  try {
    const stream = client.messages.stream({ model: 'fake', max_tokens: 100, messages: [{ role: 'user', content }] })
    for await (const event of stream) {
      deltas.push(event.type === 'content_block_delta' ? event.delta.text : event.type)
      if (deltas.length === most) break
    }
    return [...deltas, 'end']
  } catch (error) {
    return [...deltas, error.constructor.name, error.message, error.cause?.code]
  }
}

print(await client.messages.create({ model: 'fake', max_tokens: 9, messages: [{ role: 'user', content: 'at once' }] }))
print(await ask('ten'))
print(await ask('cancel', 7))
print(await ask('cut'))
print(await ask('overloaded'))
