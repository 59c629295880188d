import type { RequestHead, ResponseHead } from '../http1/events.ts'
import type { Interaction } from '../index.ts'
import { parseOrigin } from '../transport.ts'
import { domainOf, misfitOf } from './mended-origins.ts'

/** What the page of a test gets of recorded answers that its browser refuses, since they were recorded at another address. */
export class Misfits {
  readonly #recorded: () => readonly Interaction[]
  readonly #all = new Set<string>()

  /** @param recorded what is on the cassette. */
  constructor(recorded: () => readonly Interaction[]) {
    this.#recorded = recorded
  }

  /** In words, and each once. */
  get all(): readonly string[] {
    return [...this.#all]
  }

  note(origin: string, request: RequestHead, { fields }: ResponseHead): void {
    const asked = {
      page: valueOf(request, 'origin'),
      wasFor: (page: string) => this.#recorded().some((each) => valueOf(each.request, 'origin') === page),
      host: parseOrigin(origin)?.host ?? '',
    }
    for (const { name, value } of fields) {
      const kind = misfitOf([name, value], asked)
      if (kind === 'permission') this.#add(`${origin} answers for a page at ${value}, and this one is at ${asked.page}`)
      if (kind === 'cookie') this.#add(`${origin} answers with a cookie for ${domainOf(value)}`)
    }
  }

  #add(what: string): void {
    this.#all.add(`${what}: the browser refuses it; bothSides: { mendOrigins: true } mends it`)
  }
}

const valueOf = ({ fields }: Pick<RequestHead, 'fields'>, field: string): string | undefined =>
  fields.find(({ name }) => name.toLowerCase() === field)?.value
