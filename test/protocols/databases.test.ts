import { expect, test } from '../helpers/test.ts'
import { isWhole, ONLY_WHOLE } from '../helpers/share.ts'
import { startFakeMongo } from '../helpers/fake-mongo.ts'
import { startFakeSmtp } from '../helpers/fake-smtp.ts'
import { missing, programPath } from '../helpers/programs.ts'
import { PASSWORD, startMariadb, startMosquitto, startPostgres, startRedis, TLS } from '../helpers/servers.ts'
import { withIoredis, withMongo, withMqtt, withMysql, withNodemailer, withNodeRedis, withPg } from './clients.ts'
import { recordAndReplay, type Spoken, type SpokenCase } from './spoken.ts'

/** Real clients against real servers; `npm run databases` has all combinations. */
test.describe('a client whose protocol is named hears the same twice with its server gone', () => {
  test('pg, a pool of five, SCRAM', async () => {
    test.skip(programPath('postgres') === undefined, missing('postgres', 'postgresql'))
    await using server = await startPostgres()
    await expectSame({ protocol: 'postgres', run: withPg, port: server.port }, server)
  })

  test('mysql2, a pool of five', async () => {
    test.skip(!isWhole, ONLY_WHOLE)
    test.skip(programPath('mariadbd') === undefined, missing('mariadbd', 'mariadb-server'))
    await using server = await startMariadb()
    await expectSame({ protocol: 'mysql', run: withMysql, port: server.port }, server)
  })

  for (const [name, run] of Object.entries({ ioredis: withIoredis, redis: withNodeRedis }))
    test(`${name}, with a password`, async () => {
      test.skip(!isWhole && name === 'redis', ONLY_WHOLE)
      test.skip(programPath('redis-server') === undefined, missing('redis-server', 'redis-server'))
      await using server = await startRedis(PASSWORD)
      await expectSame({ protocol: 'redis', run, port: server.port, place: { password: PASSWORD } }, server)
    })

  test('mqtt, all qualities of service', async () => {
    test.skip(programPath('mosquitto') === undefined, missing('mosquitto', 'mosquitto'))
    await using server = await startMosquitto()
    await expectSame({ protocol: 'mqtt', run: withMqtt, port: server.port }, server)
  })

  test('nodemailer', async () => {
    await using server = await startFakeSmtp(TLS)
    const { text } = await expectSame({ protocol: 'smtp', run: withNodemailer, port: server.port }, server)
    expect(text).not.toContain(Buffer.from(`\0app\0${PASSWORD}`).toString('base64'))
    expect(server.mails).toHaveLength(3)
  })

  test('mongodb, a pool of five', async () => {
    await using server = await startFakeMongo()
    await expectSame({ protocol: 'mongodb', run: withMongo, port: server.port }, server)
  })
})

async function expectSame(one: SpokenCase, server: { stop(): Promise<void> }): Promise<Spoken> {
  const spoken = await recordAndReplay(one, server)
  expect(spoken.replays[0]).toEqual(spoken.live)
  expect(spoken.replays[1]).toEqual(spoken.live)
  expect(spoken.text).toContain(`speaks: ${one.protocol}`)
  expect(spoken.text).not.toContain(PASSWORD)
  return spoken
}
