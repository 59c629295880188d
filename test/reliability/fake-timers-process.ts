import { mock } from 'node:test'
import { converse } from './fake-timers-work.ts'

mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
process.stdout.write(JSON.stringify(await converse()))
