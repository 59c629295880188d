import { holds } from '../content/marks.ts'
import { readNextWord } from '../named/quoted-pairs.ts'
import { IN_WORDS, withWordBefore, wordStart } from '../named/words.ts'
import type { Found } from './found.ts'
import { isWordy, looksRandom } from '../secrets/randomness.ts'
import { isSecretName, labelOf } from '../secrets/secret-names.ts'

/** What follows a word that says what it is has to look random. */
export const looksTold = (value: string): boolean => looksRandom(value) || /^\d{4,10}$/.test(value)

function findNextWord(text: string, name: string, at: number, found: Found): void {
  readNextWord(text, { name, at }, ({ start, end }) => {
    const value = text.slice(start, end)
    const label = looksTold(value) ? labelOf(name, value, 'member') : undefined
    if (label !== undefined) found(label, start, end)
  })
}

/** `Your verification code is 123456.`, `123456 is your code`, `invalid token "5df1..."`. */
export function findStatements(text: string, found: Found): void {
  for (let at = text.indexOf(' is'); at !== -1; at = text.indexOf(' is', at + 3)) {
    const end = text[at + 3] === ':' ? at + 4 : at + 3
    if (text[end] !== ' ') continue
    const start = wordStart(text, at)
    if (start !== at && isSecretName(withWordBefore(text, start, at)))
      findNextWord(text, withWordBefore(text, start, at), end, found)
    const told = YOUR_CODE.exec(text.slice(Math.max(0, at - 16), at + 16))?.[1]
    if (told !== undefined) found('code', at + 4, at + 4 + told.length)
    if (IS_CODE.test(text.slice(at, at + 80))) {
      const code = CODE_BEFORE.exec(text.slice(Math.max(0, at - 16), at))?.[1]
      if (code !== undefined) found('code', at - code.length, at)
    }
  }
  if (holds(text, 'key') || holds(text, 'code') || holds(text, 'secret')) findKeysInFours(text, found)
  if (text.includes('<'))
    for (const pattern of [SHOWN_CODE, TOLD_CODE])
      for (const match of text.matchAll(pattern)) takeLast(match, 'code', found)
  if (holds(text, ' codes')) findListedCodes(text, found)
  if (/\d (?:ist|es|est|\xc3\xa8) |(?:lautet|ist|es|est|\xc3\xa8):? \d/.test(text))
    for (const match of text.matchAll(CODE_ABROAD)) {
      const code = match[1] ?? match[2] ?? ''
      found('code', match.index + match[0].indexOf(code), match.index + match[0].indexOf(code) + code.length)
    }
  // The letter, or the colon, before the digits rules most others out.
  if (/[denDEN:] \d{3}/.test(text)) for (const match of text.matchAll(NAMED_CODE)) takeLast(match, 'code', found)
}

/** What is sent to a telephone: a name, and digits. */
const IS_CODE = /^ is your (?:[\w-]{1,20} ){0,4}(?:code|pin|passcode|otp|password)\b/i
const YOUR_CODE = /\byour (?:code|pin|passcode|otp) is (\d{4,8})(?!\w)/i
/** The same in German, Spanish, French and Italian, of which letters with marks are two bytes. */
const CODE_ABROAD =
  /(?<![\w-])(\d{4,8}) (?:ist (?:Ihr|dein)|es (?:tu|su)|est (?:votre|ton)|\xc3\xa8 il (?:tuo|suo)) [\w\x80-\xff-]{0,20}(?:code|c\xc3\xb3digo|codice)(?!\w)|(?:code|c\xc3\xb3digo|codice) (?:lautet|ist|es|est|\xc3\xa8):? (\d{4,8})(?!\w)/gi
const CODE_BEFORE = /(?:^|[\s"'>+-])(\d{4,8})$/
const NAMED_CODE =
  /\b(?:verification|security|login|log-in|sign-in|confirmation|access|one-time|authentication|authorization|2fa|otp) (?:code|pin|password|passcode):? (\d{4,8}|\d{3}[ -]\d{3})(?!\w)/gi

/** A key in base32 that people type into an app, in groups of four: letters and digits are mixed as no words and no dump of bytes has them. */
function findKeysInFours(text: string, found: Found): void {
  for (const { index, 0: key } of text.matchAll(IN_FOURS)) {
    const groups = key.split(' ').filter((group) => /\d/.test(group) && /\D/.test(group))
    if (groups.length > 1 && /[g-z]/i.test(key) && (key === key.toLowerCase() || key === key.toUpperCase()))
      found('otp', index, index + key.length)
  }
}

const IN_FOURS = /\b[a-z2-7]{4}(?: [a-z2-7]{4}){3,15}\b/gi

/** Codes for one use each, line by line below what they are. */
function findListedCodes(text: string, found: Found): void {
  for (const { index, 0: head } of text.matchAll(CODES_HEAD)) {
    LISTED_CODE.lastIndex = index + head.length
    for (let line = LISTED_CODE.exec(text), count = 0; line !== null && count < MOST_LISTED; count += 1) {
      const [all, code = ''] = line
      if (/\d/.test(code) || looksRandom(code))
        found('code', line.index + all.length - code.length, line.index + all.length)
      line = LISTED_CODE.exec(text)
    }
  }
}

const CODES_HEAD =
  /\b(?:recovery|backup|scratch|emergency|one-time) codes\b[^\r\n<>]{0,80}(?:<\/\w{1,10}>\s{0,40}<(?:pre|textarea|code|div)\b[^<>]{0,200}>\s{0,20}|:[ \t]{0,8}\r?\n)/gi
const LISTED_CODE =
  /\s{0,40}(?:[-*\u2022][ \t]{1,4}|\d{1,2}[.)][ \t]{1,4})?([A-Za-z\d]{3,40}(?:-[A-Za-z\d]{3,12}){0,7}|\d{3,6}(?: \d{3,6}){1,3})(?=[ \t]{0,8}(?:\r?\n|<))/y
const MOST_LISTED = 50

/** The same with tags between the name and the digits, as mail has it. */
const SHOWN_CODE =
  /\b(?:verification|security|login|log-in|sign-in|confirmation|access|one-time|authentication|authorization|activation|2fa|otp) (?:code|pin|password|passcode)(?: is)?:?\s{0,20}(?:<[^<>]{1,400}>\s{0,40}){1,12}(\d{4,8}|\d{3}[ -]\d{3})(?=\s{0,20}<)/gi
const TOLD_CODE =
  /\b(?:this|your|following) (?:one-time )?(?:code|pin|passcode|otp)\b[^<>.!?]{0,80}(?:<[^<>]{1,400}>\s{0,40}){1,12}(\d{4,8}|\d{3}[ -]\d{3})(?=\s{0,20}<)/gi

/** A value in quotes after a word that says what it is. */
export function findQuotedBehindWords(text: string, found: Found): void {
  for (const quote of [' "', " '"])
    for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 2)) {
      if (IN_WORDS[text.charCodeAt(at - 1)] !== 1) continue
      const start = wordStart(text, at)
      if (!isSecretName(text.slice(start, at)) && !isSecretName(withWordBefore(text, start, at))) continue
      const end = text.indexOf(quote.slice(1), at + 2)
      const value = text.slice(at + 2, end)
      if (end !== -1 && value.length <= LONGEST_QUOTED && looksRandom(value) && !/\s/.test(value)) {
        const label =
          labelOf(text.slice(start, at), value, 'member') ?? labelOf(withWordBefore(text, start, at), value, 'member')
        if (label !== undefined) found(label, at + 2, end)
      }
    }
}

const LONGEST_QUOTED = 1024

/** Statements of SQL that give a user a password. */
const SQL_PASSWORD =
  /\b(?:identified\s{1,4}(?:with\s{1,4}['"]?\w{1,40}['"]?\s{1,4})?(?:by|as)|(?:encrypted\s{1,4})?password)\s{1,4}(?:password\s{1,4})?'([^'\r\n]{3,200})'/gi

/** Commands of mail, news, file transfer and Redis, line by line: `a1 LOGIN bob secret`, `PASS secret`, `AUTH PLAIN ...`. */
const LOGIN_LINE =
  /^(?:[\w.]{1,12} LOGIN "?[^\s"]{1,120}"? |PASS |(?:[\w.]{1,12} )?AUTH(?:ENTICATE|INFO PASS)? (?:(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|default) )?|(?:requirepass|masterauth)[ \t]+)"?([^\s"]{4,4096})"?\r?$/gm

/** A part of a form in a text that does not say that it has parts, as a log shows it. */
const LOGGED_PART =
  /\bname="([\w[\]. -]{1,80})"(?:; filename="[^"\r\n]{0,200}")?\r?\n(?:[\w-]{1,40}: [^\r\n]{0,200}\r?\n){0,4}\r?\n([^\r\n]{3,4096})/g

/** What parts of forms have under secret names. */
export function findLoggedParts(text: string, found: Found): void {
  for (const match of text.matchAll(LOGGED_PART)) {
    const [all, name = '', value = ''] = match
    const label = labelOf(name, value, 'parameter')
    if (label !== undefined) found(label, match.index + all.length - value.length, match.index + all.length)
  }
}

/** Lines of the configuration of switches and routers: `username bob password 7 0A1B2C`, `snmp-server community x RO`. */
const DEVICE_LINE =
  /^[ \t]{0,8}(?:(?:snmp-server|username|enable|crypto|ntp|tacacs-server|radius-server|neighbor|ip|wpa-psk|key|line)[ \t][^\r\n]{0,120}?)?\b(?:community|isakmp key(?: \d)?|key-string(?: \d)?|authentication-key \d{1,5} md5|(?:password|secret|key) \d{1,2}|wpa-psk ascii \d)[ \t]+([^\s"'{]{4,200})/gm

/** What a user of a tunnel proves who he is with: `: PSK "..."`, `bob : EAP "..."`. */
const TUNNEL_LINE =
  /^[^\r\n:"]{0,120}:[ \t]+(?:PSK|EAP|XAUTH|NTLM|PIN|(?:RSA|ECDSA|P12|PKCS8)[ \t]+\S{1,120})[ \t]+"([^"\r\n]{3,200})"/gm

/** `machine host login bob password secret` of netrc, in one line or in several. */
const NETRC =
  /(?<![\w-])login\s{1,40}\S{1,120}\s{1,40}(?:account\s{1,40}\S{1,120}\s{1,40})?password\s{1,40}(\S{3,400})/g

/** A list of `user:password` for chpasswd, as cloud-config has it. */
const PASSWORD_LIST =
  /chpasswd:\s{1,40}(?:expire:\s{0,4}\w{1,5}\s{1,40})?(?:list|users):[ \t]{0,4}\|?-?((?:\r?\n[ \t]+(?:- )?[\w.-]{1,40}:\S{3,200})+)/g

/** What opens a vault, as it is shown once. */
const UNSEAL_KEY = /\bUnseal Key \d{1,2}: (\S{20,200})/g

/** The rules of a user that Redis gets, and its answer about its own password. */
const ACL_PASSWORD = /(?:\bSETUSER [^\s"]{1,80}|^user [^\s"]{1,80} (?:on|off))[^\r\n"]{0,200}? >([^\s"']{3,200})/gm
const CONFIGURED = /"(?:requirepass|masterauth)"\r?\n\d{1,3}\) "([^"\r\n]{3,200})"/g

/** Of users of SNMP: `createUser bob SHA "..." AES "..."`, `auth sha ... priv aes 128 ...`. */
const SNMP_USERS: readonly RegExp[] = [
  /\b(?:MD5|SHA(?:-?\d{3})?)[ \t]+"?([^\s"'{]{6,200})(?="?[ \t]+(?:priv[ \t]+)?(?:AES|DES)\b)/gi,
  /\b(?:MD5|SHA(?:-?\d{3})?)[ \t]+\S{6,200}[ \t]+(?:priv[ \t]+)?(?:AES|DES)(?:[ -]?\d{3})?[ \t]+"?([^\s"'{]{6,200})/gi,
]

/** Lines of servers that give a name and a password with nothing but a blank or a colon between them. */
const SERVER_LINES: readonly (readonly [mark: string, pattern: RegExp])[] = [
  ['neighbor ', /^[ \t]{0,8}neighbor[ \t]\S{1,80}[ \t]password[ \t]+([^\s"'{]{4,200})(?=[ \t]|\r?$)/gm],
  ['insecure-password ', /\binsecure-password[ \t]+([^\s"'{]{3,200})/g],
  // Of a pool for databases, and of a server that people dial in to: a user, where, a password, and from which address.
  ['" "', /^"[^"\r\n]{1,64}" "(?=[^"\r\n]*\d)([^"\r\n\s{]{6,200})(?="[ \t]*\r?$)/gm],
  [' * ', /^[\w.@"\\-]{1,60}[ \t]+\*[ \t]+"?([^\s"*{]{4,200})(?="?[ \t]+(?:\*|\d{1,3}(?:\.\d{1,3}){3})[ \t]*\r?$)/gm],
  ['login=', /(?<![\w-])login=[^\s:&"']{1,60}:(?=[^\s&"']*\d)([^\s&"'{]{6,200})/g],
  ['stats auth ', /^[ \t]{0,8}stats auth [^\s:]{1,80}:([^\s{]{3,200})/gm],
  ['community ', /^[ \t]{0,40}community[ \t]+([^\s"'{};]{4,200})(?=[ \t]{0,4}\{)/gm],
  // Postfix, for the servers that it sends mail through.
  [']:', /^\[[\w-]{1,60}(?:\.[\w-]{1,60}){1,8}\]:\d{1,5}[ \t]+[^\s:]{1,100}:([^\s{]{3,200})$/gm],
  ['user', /^[ \t]{0,8}(?:proxy-)?user[ \t]{0,8}(?:=[ \t]{0,8})?"[^\s:"]{1,100}:(?!\d+")([^\s"{]{3,200})(?=")/gm],
]

const DEVICE_LINES: readonly string[] = [
  'snmp-server ',
  'isakmp key ',
  'key-string ',
  'username ',
  'password 7 ',
  'tacacs-server ',
  'radius-server ',
  'enable ',
  ' md5 ',
  'wpa-psk ',
]

/** Passwords in statements of other languages than those of data. */
export function findLogins(text: string, found: Found): void {
  if (holds(text, " '") && /identified|password\s/i.test(text))
    for (const match of text.matchAll(SQL_PASSWORD)) takePassword(match, 1, found)
  if (
    holds(text, 'LOGIN ') ||
    holds(text, 'PASS ') ||
    holds(text, 'AUTH') ||
    holds(text, 'requirepass') ||
    holds(text, 'masterauth')
  )
    for (const match of text.matchAll(LOGIN_LINE))
      takePassword(match, match[0].length - match[0].trimEnd().replace(/"$/, '').length, found)
  if (DEVICE_LINES.some((mark) => holds(text, mark)))
    for (const match of text.matchAll(DEVICE_LINE)) takePassword(match, 0, found)
  for (const [mark, pattern] of SERVER_LINES)
    if (holds(text, mark)) for (const match of text.matchAll(pattern)) takePassword(match, 0, found)
  if (holds(text, ' AES') || holds(text, ' aes') || holds(text, ' DES'))
    for (const pattern of SNMP_USERS) for (const match of text.matchAll(pattern)) takePassword(match, 0, found)
  if (TUNNELS.some((mark) => holds(text, mark)))
    for (const match of text.matchAll(TUNNEL_LINE)) takePassword(match, 1, found)
  if (text.includes('\n')) findInBareLines(text, found)
  if (holds(text, 'login') && holds(text, 'password'))
    for (const match of text.matchAll(NETRC)) takePassword(match, 0, found)
  if (holds(text, 'Unseal Key ')) for (const match of text.matchAll(UNSEAL_KEY)) takePassword(match, 0, found)
  if (holds(text, 'SETUSER ') || holds(text, ' >'))
    for (const match of text.matchAll(ACL_PASSWORD)) takePassword(match, 0, found)
  if (holds(text, 'requirepass"') || holds(text, 'masterauth"'))
    for (const match of text.matchAll(CONFIGURED)) takePassword(match, 1, found)
  if (holds(text, 'chpasswd:'))
    for (const match of text.matchAll(PASSWORD_LIST)) {
      const from = match.index + match[0].length - (match[1] ?? '').length
      for (const line of (match[1] ?? '').matchAll(/:(\S+)/g))
        found('password', from + line.index + 1, from + line.index + line[0].length)
    }
}

const TUNNELS: readonly string[] = ['PSK "', 'EAP "', 'XAUTH "', 'RSA ']

/** A line with a name and a value, and nothing between them but blanks. */
const BARE_LINE = /[ \t]*(?:set[ \t]+)?([A-Za-z][\w-]{2,40})[ \t]+(?:\|[ \t]+)?([^\s"';{}|]{6,512});?(?=\r?\n|$)/y

function findInBareLines(text: string, found: Found): void {
  for (let at = 0; at !== -1; at = text.indexOf('\n', at + 1)) {
    const start = at === 0 ? 0 : at + 1
    // Neither a letter nor a blank.
    const code = text.charCodeAt(start)
    if (code !== 0x20 && code !== 0x09 && ((code | 0x20) < 0x61 || (code | 0x20) > 0x7a)) continue
    BARE_LINE.lastIndex = start
    const [all, name = '', value = ''] = BARE_LINE.exec(text) ?? []
    const label = all !== undefined && looksRandom(value) ? labelOf(name, value, 'member') : undefined
    if (label === undefined || all === undefined) continue
    const from = start + all.lastIndexOf(value)
    found(label, from, from + value.length)
  }
}

/** `after`: how many characters of what was found follow the value. */
function takePassword(match: RegExpExecArray, after: number, found: Found): void {
  const value = match[1] ?? ''
  const end = match.index + match[0].length - after
  if (labelOf('password', value, 'field') !== undefined && !isPlainWords(value))
    found('password', end - value.length, end)
}

const isPlainWords = (value: string): boolean => value.includes(' ') && isWordy(value)

function takeLast(match: RegExpExecArray, label: string, found: Found): void {
  const end = match.index + match[0].length
  found(label, end - (match[1] ?? '').length, end)
}
