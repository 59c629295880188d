import { createTransport } from 'nodemailer'

const print = (...seen) => console.log(JSON.stringify(seen))
const transport = createTransport({
  // It looks up names by itself, and otherwise if there is no network.
  host: '127.0.0.1',
  port: Number(process.env.SERVER_PORT),
  ignoreTLS: true,
  name: 'client.test',
  auth: { user: 'app', pass: process.env.SERVER_PASSWORD },
})
// Without these two, nodemailer draws them.
const fixed = { messageId: '<1@client.test>', date: new Date(0) }
const { accepted, response } = await transport.sendMail({
  ...fixed,
  from: 'app@client.test',
  to: 'reader@client.test',
  subject: 'Grüße',
  text: 'Hello\n.\nworld',
})
print(accepted, response.split(' as ')[0])
transport.close()
