import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import { isBodyRule } from '../matching/match-check.ts'
import { comparable, type MessageJudge, type MissedMessage } from '../matching/message-judge.ts'
import { askedRequest, type MissContext, missReport, nearMiss } from './miss-report.ts'
import type { MissReport } from './report.ts'

/** The report on a message of a WebSocket that is not the one that was recorded. */
export function reportOnMessage(
  { asked, number, recorded, reasons }: MissedMessage,
  playing: Interaction,
  judge: MessageJudge,
  context: MissContext,
): MissReport {
  const theirs = recorded?.message
  const [ours, other] = theirs === undefined ? [asked.payload, NOTHING] : comparable(asked, theirs)
  const said = judge.asRequest(asked, ours)
  const request = { ...playing.request, ...judge.asRequest(theirs ?? asked, other) }
  const near = nearMiss(said, { ...playing, request }, reasons, context)
  const report = missReport(askedRequest(said), [near], context)
  const kind = asked.kind === 'close' || asked.kind === 'binary' ? asked.kind : 'text'
  return {
    ...report,
    asked: { ...report.asked, headers: [], message: { kind, number }, bodyLength: asked.payload.length },
    advice: [...ignoring(near.json[0]?.path, playing, context), ...report.advice],
  }
}

const NOTHING = new Uint8Array(0)

/** How a member that differs from run to run is left out. */
function ignoring(path: string | undefined, { request }: Interaction, { pool }: MissContext): readonly string[] {
  const isIgnorable = pool
    .listFor(request)
    .some((rule) => rule === 'body' || (typeof rule !== 'function' && isBodyRule(rule)))
  return path === undefined || !isIgnorable
    ? []
    : [
        `matchOn with { body: { ignore: ['${path.replaceAll("'", String.raw`\'`)}'] } } leaves that place out of messages and bodies`,
      ]
}

/** The report on a client that would refuse the recorded handshake. */
export function reportOnAgreement(
  asked: WireRequest,
  playing: Interaction,
  detail: string,
  context: MissContext,
): MissReport {
  const near = nearMiss(asked, playing, [{ what: 'agreement', detail }], context)
  return { ...missReport(askedRequest(asked), [near], context), isRefused: true }
}
