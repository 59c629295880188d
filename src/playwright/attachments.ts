import type { TestInfo } from '@playwright/test'
import { encodeCassette } from '../entries/cassette.ts'
import { missReports, type OpenCassette } from '../index.ts'

/** Attaches the traffic of a test to it. If that fails, an attachment says so, and the failure of the test stays visible. */
export async function attachConversation(cassette: OpenCassette, info: TestInfo): Promise<void> {
  for (const make of [attachMisses, attachCassette, attachPage]) {
    try {
      await make(cassette, info)
    } catch (error) {
      await info.attach('wiretape', { body: `nothing could be attached: ${String(error)}`, contentType: 'text/plain' })
    }
  }
}

async function attachMisses({ misses }: OpenCassette, info: TestInfo): Promise<void> {
  if (misses.length === 0) return
  const body = missReports(misses).join('\n\n')
  await info.attach('wiretape-misses.txt', { body, contentType: 'text/plain' })
}

async function attachCassette({ cassette }: OpenCassette, info: TestInfo): Promise<void> {
  if (cassette === undefined || cassette.tape.length === 0) return
  await info.attach('wiretape-cassette.yaml', { body: encodeCassette(cassette), contentType: 'application/yaml' })
}

async function attachPage(
  { cassette, misses, path, summary, isRecording }: OpenCassette,
  info: TestInfo,
): Promise<void> {
  if (cassette === undefined) return
  const { played, recorded, unused } = summary
  // Loaded for a failed test only.
  const { cassettePage } = await import('../entries/view.ts')
  const body = cassettePage([{ name: path, cassette }], {
    title: info.titlePath.slice(1).join(' › '),
    remarks: [
      `${path}, ${isRecording ? 'recording' : 'replay'}: ${played} played, ${recorded} recorded, ${unused} unused`,
    ],
    problems: missReports(misses),
  })
  await info.attach('wiretape-conversation.html', { body, contentType: 'text/html' })
}
