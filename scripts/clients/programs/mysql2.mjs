import mysql from 'mysql2/promise'

const print = (...seen) => console.log(JSON.stringify(seen))
const client = await mysql.createConnection({
  host: 'localhost',
  port: Number(process.env.SERVER_PORT),
  user: 'app',
  password: process.env.SERVER_PASSWORD,
  database: 'app',
})

await client.query('DROP TABLE IF EXISTS things')
await client.query('CREATE TABLE things (id int PRIMARY KEY, name text)')
print((await client.execute('INSERT INTO things VALUES (?, ?), (2, NULL)', [1, 'one']))[0].affectedRows)
print((await client.execute('SELECT * FROM things WHERE id = ?', [1]))[0])
print((await client.query('SELECT * FROM things'))[0])
print(await client.query('SELECT nothing').catch(({ code, message }) => [code, message]))
await client.beginTransaction()
await client.query('DELETE FROM things')
await client.rollback()
print((await client.query('SELECT count(*) AS count FROM things'))[0])
await client.end()
