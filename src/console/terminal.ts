import { styleText } from 'node:util'

export { count, escapeBytes, escapeLines, escapeText, milliseconds, toPrintableJson } from '../content/printable.ts'

/** A stream that only ever gets printable characters, line ends, and the colours chosen here. */
export class Output {
  readonly #stream: NodeJS.WriteStream

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Prints one line. The text is escaped already, where it is not our own. */
  line(text = ''): void {
    this.#stream.write(`${text}\n`)
  }

  /** Colours text where the stream is a terminal that wants colours. */
  paint(style: Style, text: string): string {
    return styleText(STYLES[style], text, { stream: this.#stream })
  }
}

/** What a colour means. */
export type Style = 'title' | 'sent' | 'received' | 'failed' | 'aside'

const STYLES = {
  title: 'bold',
  sent: 'cyan',
  received: 'green',
  failed: 'red',
  aside: 'dim',
} as const satisfies Record<Style, Parameters<typeof styleText>[0]>
