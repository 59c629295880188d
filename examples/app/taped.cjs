// What is recorded though it is on this machine, and what the databases speak.
const placeOf = (url) => new URL(url).host
const { DATABASE_URL = 'postgres://localhost:5432', REDIS_URL = 'redis://localhost:6379' } = process.env

exports.taped = {
  hosts: ['localhost'],
  protocols: { [placeOf(DATABASE_URL)]: 'postgres', [placeOf(REDIS_URL)]: 'redis' },
}
