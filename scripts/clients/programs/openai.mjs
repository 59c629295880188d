import OpenAI from 'openai'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = new OpenAI({ apiKey: 'sk-test-of-the-table', baseURL: `${process.env.SERVER_URL}/v1`, maxRetries: 0 })

const ask = async (content, most = Infinity) => {
  const deltas = []
  try {
    const stream = await client.chat.completions.create({
      model: 'fake',
      stream: true,
      messages: [{ role: 'user', content }],
    })
    for await (const { choices } of stream) {
      deltas.push(choices[0]?.delta.content ?? choices[0]?.finish_reason)
      if (deltas.length === most) break
    }
    return [...deltas, 'end']
  } catch (error) {
    return [...deltas, error.constructor.name, error.message, error.cause?.code]
  }
}

print(await client.chat.completions.create({ model: 'fake', messages: [{ role: 'user', content: 'at once' }] }))
print(await ask('ten'))
print(await ask('cancel', 7))
print(await ask('cut'))
print(await ask('overloaded'))
