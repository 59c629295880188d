import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { startApi } from '../playwright/suite.ts'

/** The API that the guides talk to: users, an order, a report with a wrong type, and a model that answers as a stream. */
export const startShop = (): ReturnType<typeof startApi> => startApi(answer)

const answer: RequestListener = async (request, response) => {
  const asked = await text(request)
  if (request.url === '/users') json(response, { users: ['Ada', 'Grace'] })
  else if (request.url?.startsWith('/orders/') === true) json(response, { id: 1, tea: 'green' })
  else if (request.url === '/report') json(response, { currency: 'EUR', total: '12.50' })
  else if (asked.includes('Too much?')) response.writeHead(429).end()
  else stream(response)
}

type Response = Parameters<RequestListener>[1]

function json(response: Response, value: unknown): void {
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value))
}

function stream(response: Response): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' })
  for (const content of ['The', ' tea', ' is', ' ready', ' ☕'])
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
  response.end('data: [DONE]\n\n')
}
