import { expect, test } from '../helpers/test.ts'
import { runTypeScript } from '../helpers/ts-process.ts'

const GIVEN = 'HTTP_PROXY=http://127.0.0.1:9'
const OWN = 'CA_FILE=/own.pem KEPT=1 NO_PROXY=b.test'
/** What the program has set itself stays. */
const ALL = `CA_FILE=/own.pem ${GIVEN} KEPT=1 NO_PROXY=`
const WAYS = ['spawn', 'spawn with arguments', 'exec', 'execFile', 'fork']
const WAYS_AT_ONCE = ['spawnSync', 'spawnSync with arguments', 'execFileSync', 'execSync']

test('a program of a run does not see its proxy, and those that it starts do, each variable once', async () => {
  test.skip(process.platform === 'win32', 'there is no program that prints its variables')
  const { stdout, stderr, code } = await runTypeScript(new URL('child-environment-process.ts', import.meta.url))
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    itself: OWN,
    ...Object.fromEntries([...WAYS, ...WAYS_AT_ONCE].map((way) => [way, ALL])),
    'spawn with variables': `CA_FILE=/ca.pem ${GIVEN} KEPT=2 NO_PROXY=`,
    'spawn with variables of its own': 'CA_FILE=/ca.pem HTTP_PROXY=http://own.test NO_PROXY=own.test',
    'spawnSync with variables': `CA_FILE=/ca.pem ${GIVEN} NO_PROXY=`,
    // What was there before and is not any more was taken away on purpose.
    'execSync with variables': `CA_FILE=/its.pem ${GIVEN}`,
    'spawn without the run': 'KEPT=3',
    'a browser': OWN,
    'a browser, at once': OWN,
    'a command that names one': ALL,
  })
})
