/**
 * Whether a value looks drawn at random: letters and digits in an order that words, numbers, dates, paths and URLs do not have.
 *
 * At least eight characters have to look so, and a good part of all.
 */
export function looksRandom(value: string): boolean {
  return value.length >= LEAST_RANDOM && !isKnownForm(value) && isNoisy(value, LEAST_RANDOM)
}

/** The same for a value under a name that says credential: shorter ones count. */
export const looksDrawn = (value: string): boolean => !isKnownForm(value) && isNoisy(value, LEAST_DRAWN)

/** Whether a value is one ordinary word or some, or a short number, with nothing in it that looks random. */
export function isWordy(value: string): boolean {
  const { letters, noise } = noiseOf(value)
  return letters > 0 && noise === 0
}

/** Whether a value is one ordinary word or some, with nothing in it that a word does not have. */
export const isWord = (value: string): boolean => WORDS.test(value)

/** Whether a value is a time, a number, a path of words, an address or something that is made to be shown. */
export const isKnownForm = (value: string): boolean => KNOWN_FORM.test(value) || PUBLIC_FORM.test(value)

const LEAST_RANDOM = 8
const LEAST_DRAWN = 5
const LEAST_SHARE = 0.4

const KNOWN_FORM =
  /^(?:(?:https?|wss?|ftp|file):[^\s]*|(?:urn|arn):[\w-]+:[^\s]*|mailto:[^\s]+@[^\s]*|tel:[\d+().;=-]+|data:[\w/+.;=-]*,[^\s]*|\d{4}-\d\d-\d\d(?:[T ][\d:.,]+(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?|[-+]?[\d.,: /]+%?|(?:[\w.-]+\/)+[\w.-]+\.(?:[a-z]{2,4}|mp3|mp4|html|jpeg|webp|json|parquet|7z)(?:\.gz)?|\/(?:home|Users|usr|var|tmp|opt|etc|root|app|srv|mnt|builds?)(?:\/.*)?|[A-Za-z]:\\.*)$/

/** Keys, certificates and signatures that everybody may see. */
const PUBLIC_FORM =
  /^\s*(?:-----BEGIN (?:[A-Z0-9]+ )*(?:PUBLIC KEY|CERTIFICATE|SIGNATURE|MESSAGE)|ssh-(?:rsa|dss|ed25519) |ecdsa-sha2-|SHA256:|sha(?:1|256|384|512)[-:]|LS0tLS1CRUdJTiBDRVJU|LS0tLS1CRUdJTiBQVUJM|MII[A-Z][A-Za-z]jANBgkqhkiG9w0BAQEFAAOC|MIGfMA0GCSqGSIb3DQEBAQUAA4G|MFkwEwYHKoZIzj0C|MHYwEAYHKoZIzj0C|MCowBQYDK2V[uw]AyEA|MII[\w+/]{3}CC[\w+/]{2,3}gAwIBAgI)/

const WORDS = /^(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-_. ](?:[A-Z]?[a-z]+|[A-Z]+|\d{1,2}))*$/

function isNoisy(value: string, least: number): boolean {
  const { letters, noise } = noiseOf(value)
  return noise >= least && noise >= letters * LEAST_SHARE
}

/** More of a value than this is not looked at. */
const MOST_LOOKED_AT = 1024

const RUN = /[A-Za-z0-9]+/g

/** How many letters and digits beside plain numbers a value has, and how many of them stand in runs that are no words. */
function noiseOf(value: string): { readonly letters: number; readonly noise: number } {
  let [letters, noise] = [0, 0]
  const text = value.length > MOST_LOOKED_AT ? value.slice(0, MOST_LOOKED_AT) : value
  for (const [run] of text.matchAll(RUN)) {
    if (/^\d+$/.test(run)) continue
    letters += run.length
    if (!isWordRun(run)) noise += run.length
  }
  return { letters, noise }
}

const PIECE = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+/g

/** `getElementById2`, `sha256`, `HTTP`: pieces that can be said, with a number or two. */
function isWordRun(run: string): boolean {
  const hasDigits = /\d/.test(run)
  if (!hasDigits && run.length <= SHORTEST_NOISE) return true
  let [said, letters, numbers] = [0, 0, 0]
  for (const [piece] of run.matchAll(PIECE)) {
    if (piece <= '9') {
      numbers += 1
      continue
    }
    letters += piece.length
    if (piece.length > 1 && canBeSaid(piece)) said += piece.length
  }
  if (!hasDigits) return said >= letters * LEAST_SAID
  // One number at either end, as in `user42` or `2fa`; between letters it is as likely drawn.
  return (
    numbers <= 1 && (said >= letters * LEAST_SAID || run.length <= SHORTEST_NOISE) && !/[A-Za-z]\d+[A-Za-z]/.test(run)
  )
}

const SHORTEST_NOISE = 4
const LEAST_SAID = 0.7

/** Whether letters follow each other as in words: of random ones two in five do. */
function canBeSaid(letters: string): boolean {
  const word = letters.toLowerCase()
  let usual = 0
  for (let i = 1; i < word.length; i += 1)
    usual += USUAL_PAIRS[(word.charCodeAt(i - 1) - A) * 26 + word.charCodeAt(i) - A] ?? 0
  return usual >= (word.length - 1) * (word.length < LONG_WORD ? LEAST_USUAL_IN_SHORT : LEAST_USUAL)
}

const LEAST_USUAL = 0.75
const LEAST_USUAL_IN_SHORT = 0.7
const LONG_WORD = 10
const A = 0x61

/** What follows each letter in one of 1,250 pairs at least, in 20,000 words of documentation and source. */
// oxfmt-ignore
const FOLLOWERS = [
  'abcdefghiklmnoprstuvwy', 'aeilorsu', 'acehiklortu', 'adeinorsu', 'abcdefgilmnoprstuvwxy', 'aefiloru', 'aehilnoru', 'aeiotu',
  'abcdefgklmnoprstvz', 'eo', 'aeiosu', 'acdeilostuy', 'abeimopsuy', 'acdefgiknostuv', 'abcdfgiklmnoprstuvwy', 'aehiloprstu', 'u',
  'acdegiklmnoprstuvy', 'acehiklmopstuy', 'acehilorstuy', 'abcdegiklmnprst', 'aeio', 'aeio', 'n', 'anops', 'ae',
]
const USUAL_PAIRS = Uint8Array.from({ length: 26 * 26 }, (_, pair) =>
  Number(FOLLOWERS[Math.floor(pair / 26)]?.includes(String.fromCharCode(A + (pair % 26))) ?? false),
)
