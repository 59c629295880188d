import type { Api, Exchange } from '../real-apis.ts'
import { Drawn } from './drawn.ts'

type Fields = Readonly<Record<string, string>>

/** What a service answers: a text with its type, or a value as JSON. */
export interface Answer {
  readonly status?: number
  readonly fields?: Fields
  readonly body?: string
  readonly json?: unknown
}

export interface Call {
  readonly fields?: Fields
  readonly body?: string
  readonly json?: unknown
  readonly form?: Fields
  readonly answer?: Answer
}

/** Harmless values of another conversation, by label. */
type Kept = Api['benign']

const isLike = <T>(value: unknown, other: T): value is T => typeof value === typeof other

/** Notes what is secret and what is harmless in the exchanges with a service. */
export class Service {
  readonly drawn: Drawn
  readonly #ex: Exchange[] = []
  readonly #secrets: Record<string, string | number> = {}
  readonly #benign: Record<string, string | number> = {}
  readonly #kept: Kept

  constructor(drawn: Drawn, kept: Kept = {}) {
    this.drawn = drawn
    this.#kept = kept
  }

  secret<T extends string | number>(label: string, value: T): T {
    this.#secrets[label] = value
    return value
  }

  harmless<T extends string | number>(label: string, drawn: T): T {
    const kept: unknown = this.#kept[label]
    const value = isLike(kept, drawn) ? kept : drawn
    this.#benign[label] = value
    return value
  }

  /** `POST /path`. */
  call(line: string, { fields = {}, body, json, form, answer = {} }: Call = {}): void {
    const [method = '', target = ''] = line.split(' ')
    const typed = json !== undefined ? JSON_TYPE : form !== undefined ? FORM_TYPE : {}
    this.#ex.push({
      method,
      target,
      headers: Object.entries({ ...typed, ...fields }),
      body: json !== undefined ? JSON.stringify(json) : form !== undefined ? String(new URLSearchParams(form)) : body,
      response: {
        status: answer.status ?? 200,
        headers: Object.entries({ ...(answer.json === undefined ? {} : JSON_TYPE), ...answer.fields }),
        body: answer.json === undefined ? (answer.body ?? '') : JSON.stringify(answer.json),
      },
    })
  }

  /** A text that a server gives out. */
  text(target: string, type: string, body: string): void {
    this.call(`GET ${target}`, { answer: { fields: { 'Content-Type': type }, body } })
  }

  api(name: string, host: string): Api {
    return { name, host, ex: this.#ex, secrets: this.#secrets, benign: this.#benign }
  }
}

const JSON_TYPE: Fields = { 'Content-Type': 'application/json' }
const FORM_TYPE: Fields = { 'Content-Type': 'application/x-www-form-urlencoded' }

/** Holds conversations with a service. */
export type Talk = (service: Service) => void

/** Services by name and host. */
export type Services = Readonly<Record<string, Talk>>

export const talksWith = (services: Services, seed: string, before: readonly Api[] = []): readonly Api[] =>
  Object.entries(services).map(([key, talk]) => {
    const [name = '', host = ''] = key.split(' @ ')
    const kept = before.find((api) => api.name === name)?.benign
    const service = new Service(new Drawn(`${seed}/${name}`), kept)
    talk(service)
    return service.api(name, host)
  })

export const bearer = (token: string): Fields => ({ Authorization: `Bearer ${token}` })
export const basic = (user: string, password: string): Fields => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
export const inBase64 = (text: string): string => Buffer.from(text).toString('base64')
