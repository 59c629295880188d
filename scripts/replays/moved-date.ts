/** Moves the calendar of this process by a number of years. It must be imported before code that reads the date. */
const YEAR = 365.25 * 24 * 60 * 60 * 1_000
const RealDate = Date
const shift = Number(process.env['MOVED_YEARS'] ?? 0) * YEAR

globalThis.Date = new Proxy(RealDate, {
  construct: (target, parts: unknown[], newTarget): object =>
    Reflect.construct(target, parts.length === 0 ? [RealDate.now() + shift] : parts, newTarget),
  get: (target, name): unknown => (name === 'now' ? () => RealDate.now() + shift : Reflect.get(target, name)),
})
