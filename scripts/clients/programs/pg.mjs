import { Client } from 'pg'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = new Client({
  host: 'localhost',
  port: Number(process.env.SERVER_PORT),
  user: 'app',
  database: 'postgres',
  application_name: 'table',
})
await client.connect()

const rows = async (...query) => (await client.query(...query)).rows
await client.query('DROP TABLE IF EXISTS things; CREATE TABLE things (id int PRIMARY KEY, name text)')
print((await client.query('INSERT INTO things VALUES ($1, $2), (2, NULL)', [1, 'one'])).rowCount)
print(await rows({ name: 'by-id', text: 'SELECT * FROM things WHERE id = $1', values: [1] }))
print(await rows({ name: 'by-id', text: 'SELECT * FROM things WHERE id = $1', values: [2] }))
print(await client.query('SELECT nothing').catch(({ code, message }) => [code, message]))
await client.query('BEGIN')
await client.query('DELETE FROM things')
await client.query('ROLLBACK')
print(await rows('SELECT count(*) FROM things'))
await client.end()
