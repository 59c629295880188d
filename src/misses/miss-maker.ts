import type { Interaction } from '../interactions/interaction.ts'
import type { WireRequest } from '../interactions/request-reader.ts'
import type { OutgoingPlaceholder } from '../outgoing/guard.ts'
import { maskSecrets } from '../redaction/masks.ts'
import { Redactor } from '../redaction/redact-cassette.ts'
import type { RedactionOptions } from '../redaction/redaction-options.ts'
import type { RecordedScript } from '../matching/script-shelf.ts'
import type { MessageJudge, MissedMessage } from '../matching/message-judge.ts'
import { CassetteMiss } from './cassette-miss.ts'
import { cleaned } from './cleaned.ts'
import {
  type MissContext,
  reportOnBytes,
  reportOnEnd,
  reportOnPlaceholder,
  reportOnRequest,
  reportOnScriptEnd,
  reportOnWait,
} from './miss-report.ts'
import { formatMissReport } from './miss-text.ts'
import { reportOnAgreement, reportOnMessage } from './socket-report.ts'
import type { MissReport } from './report.ts'
import { type KnownQuestion, reportOnQuestion, reportOnSilence } from './spoken-report.ts'
import type { Question } from '../protocols/dialogue.ts'

/** What a miss is made from, but for what hides secrets. */
export type MissFacts = Omit<MissContext, 'mask'>

/**
 * Makes misses without secrets in them.
 *
 * It is loaded by the first connection of a replay and not by `import 'wiretape'`: it brings reports and redaction along, a quarter of
 * what the package holds.
 */
export class MissMaker {
  readonly #redact: RedactionOptions | false
  #redactor: Redactor | undefined

  /** @param redact what is secret; `false`: only the values of fields with secret names. */
  constructor(redact: RedactionOptions | false) {
    this.#redact = redact
  }

  /** A URL as a report shows it. */
  shown(url: string): string {
    return maskSecrets(url)
  }

  /** A text without what is secret. */
  clean(text: string): string {
    return this.#secrets()?.redactText(text) ?? text
  }

  onRequest(asked: WireRequest, last: Interaction | undefined, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnRequest(asked, last, this.#contextOf(facts)))
  }

  onWait(asked: WireRequest, playing: Interaction, due: Interaction, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnWait(asked, playing, due, this.#contextOf(facts)))
  }

  onEnd(asked: WireRequest, playing: Interaction, told: number, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnEnd(asked, playing, told, this.#contextOf(facts)))
  }

  onScriptEnd(recorded: RecordedScript, told: number, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnScriptEnd(recorded, told, this.#contextOf(facts)))
  }

  onMessage(missed: MissedMessage, playing: Interaction, judge: MessageJudge, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnMessage(missed, playing, judge, this.#contextOf(facts)))
  }

  onAgreement(asked: WireRequest, playing: Interaction, reason: string, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnAgreement(asked, playing, reason, this.#contextOf(facts)))
  }

  onBytes(bytes: Uint8Array, nearest: readonly RecordedScript[], facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnBytes(bytes, nearest, this.#contextOf(facts)))
  }

  onQuestion(asked: Question, known: readonly KnownQuestion[], facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnQuestion(asked, known, this.#contextOf(facts)))
  }

  onSilence(asked: KnownQuestion, known: readonly KnownQuestion[], facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnSilence(asked, known, this.#contextOf(facts)))
  }

  onPlaceholder(asked: WireRequest | undefined, found: OutgoingPlaceholder, facts: MissFacts): CassetteMiss {
    return this.#miss(reportOnPlaceholder(asked, found, this.#contextOf(facts)))
  }

  #contextOf(facts: MissFacts): MissContext {
    return { ...facts, mask: (request) => this.#secrets()?.mask(request) ?? request }
  }

  #miss(report: MissReport): CassetteMiss {
    const secrets = this.#secrets()
    const told = secrets === undefined ? report : cleaned(report, (text) => secrets.redactText(text))
    return new CassetteMiss(told, formatMissReport)
  }

  /** Made for the first miss: most runs have none. */
  #secrets(): Redactor | undefined {
    if (this.#redact !== false) this.#redactor ??= new Redactor(this.#redact)
    return this.#redactor
  }
}
