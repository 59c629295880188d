import type { AskedRequest, MissReport, NearMiss } from './report.ts'

/** The report with all that came from requests put through `clean`, which takes secrets out; excerpts are clean already. */
export function cleaned(report: MissReport, clean: (text: string) => string): MissReport {
  const inText = (text: string | undefined): string | undefined => text && clean(text)
  return {
    ...report,
    origin: clean(report.origin),
    origins: report.origins.map(clean),
    asked: cleanedRequest(report.asked, clean),
    nearest: report.nearest.map((near) => cleanedMiss(near, inText, clean)),
    // Without the secret in it, it would say something that has not been tried.
    advice: report.advice.filter((text) => clean(text) === text),
  }
}

function cleanedRequest(asked: AskedRequest, clean: (text: string) => string): AskedRequest {
  return {
    ...asked,
    method: asked.method && clean(asked.method),
    url: asked.url && clean(asked.url),
    // With its name a value can be told.
    headers: asked.headers.map(({ name, value }) => ({
      name,
      value: clean(`${name}: ${value}`).slice(name.length + 2),
    })),
    problem: asked.problem && clean(asked.problem),
    ...(asked.statement !== undefined && { statement: clean(asked.statement) }),
  }
}

function cleanedMiss(
  near: NearMiss,
  inText: (text: string | undefined) => string | undefined,
  clean: (text: string) => string,
): NearMiss {
  return {
    number: near.number,
    connection: near.connection,
    method: inText(near.method),
    url: inText(near.url),
    ...(near.statement !== undefined && { statement: clean(near.statement) }),
    reasons: near.reasons.map(({ what, detail }) => ({ what, detail: clean(detail) })),
    firstDifference: near.firstDifference,
    headers: near.headers.map(({ kind, recorded, asked }) => ({
      kind,
      recorded: inText(recorded),
      asked: inText(asked),
    })),
    json: near.json.map(({ path, recorded, asked }) => ({
      path: clean(path),
      recorded: inText(recorded),
      asked: inText(asked),
    })),
  }
}
