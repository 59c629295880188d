'use strict'
const { OpenAI } = require('openai')

/** A few words by a language model, as they come. */
async function thanks(customer) {
  const model = new OpenAI({ baseURL: `${process.env.MODEL_URL}/v1`, apiKey: process.env.MODEL_KEY, maxRetries: 0 })
  const stream = await model.chat.completions.create({
    model: 'small',
    stream: true,
    messages: [{ role: 'user', content: `Thank ${customer} in five words.` }],
  })
  let words = ''
  for await (const { choices } of stream) words += choices[0]?.delta.content ?? ''
  return words
}

module.exports = { thanks }
